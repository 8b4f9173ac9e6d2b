package io.kindling.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files that a run left. */
record RunOutput(Path dir) {
  private static final ObjectMapper JSON = new ObjectMapper();

  JsonNode status() throws IOException {
    return JSON.readTree(dir.resolve("status.json").toFile());
  }

  String weightsSha256() throws IOException {
    return status().path("weights_sha256").asText();
  }

  /** The lines of metrics.jsonl without what tells of time. */
  List<String> losses() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(dir.resolve("metrics.jsonl"))) {
      JsonNode node = JSON.readTree(line);
      ((com.fasterxml.jackson.databind.node.ObjectNode) node)
          .remove(List.of("seconds", "examples_per_second"));
      lines.add(node.toString());
    }
    return lines;
  }
}
