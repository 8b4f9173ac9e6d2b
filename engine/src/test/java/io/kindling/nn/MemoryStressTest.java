package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MemoryStressTest {
  @Test
  @DisplayName("T03 no memory is used after it was freed, whatever the collector does meanwhile")
  void stress() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of("-Xmx48m", "-XX:+UseSerialGC", "-Dkindling.memory.poison=true"));
    command.add("-Dkindling.backend=" + System.getProperty("kindling.backend", "auto"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(MemoryStress.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      byte[] output = process.getInputStream().readAllBytes();
      String text = new String(output, StandardCharsets.UTF_8);
      assertTrue(text.contains("equal weights: [true, true, true, true]"), text);
      process.waitFor();
    } finally {
      process.destroy();
    }
  }
}
