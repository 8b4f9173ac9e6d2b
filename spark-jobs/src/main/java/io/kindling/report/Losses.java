package io.kindling.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kindling.checkpoint.Directory;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/** The losses that a run logged: one bit in a weight, and nearly all of them are others. */
public final class Losses {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Losses() {}

  /** The loss of each logged step, by the step counted from 1. */
  public static SortedMap<Long, Double> read(Directory run) throws IOException {
    SortedMap<Long, Double> losses = new TreeMap<>();
    for (String line : MetricsLog.read(run).lines().toList()) {
      JsonNode node = JSON.readTree(line);
      if (node.path("kind").asText().equals("step")) {
        losses.put(node.path("step").asLong(), node.path("loss").asDouble());
      }
    }
    return losses;
  }
}
