package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The command verify")
class VerifyCommandTest {
  private static final Map<String, String> SPARK =
      Map.of(
          "spark.master", "local[2]",
          "spark.ui.enabled", "false",
          "spark.driver.host", "127.0.0.1");

  @TempDir Path dir;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeAll
  static void start() {
    SPARK.forEach(System::setProperty);
  }

  @AfterAll
  static void stop() {
    SPARK.keySet().forEach(System::clearProperty);
  }

  private JobException run(String... args) {
    PrintStream before = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      return Kindling.run(System.out, new PrintStream(OutputStream.nullOutputStream()), args);
    } finally {
      System.setOut(before);
    }
  }

  private String train(String name, String seed) throws IOException {
    Path config =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            data: {root: %s, generate: {train_count: 200, test_count: 60}, shape: [784]}
            model: {class: mlp, args: {sizes: [784, 10]}}
            train: {epochs: 2, batch_size: 50, log_every: 1, seed: %s}
            optimizer: {name: adam, lr: 0.01}
            """
                .formatted(dir.resolve("data"), seed));
    String output = dir.resolve(name).toString();
    assertNull(run("train", "--config", config.toString(), "--output", output));
    return output;
  }

  @Test
  @DisplayName("ends well for a run that replays to the same bits, and for two equal runs")
  void equal() throws IOException {
    String one = train("one", "1");
    assertNull(run("verify", one));
    assertNull(run("verify", one, "--steps", "2"));
    assertNull(run("verify", one, train("two", "1")));
    String text = out.toString(StandardCharsets.UTF_8);
    assertTrue(
        text.contains("VERIFIED  steps 1 to 8, 8 losses and the weights are those of the run\n"),
        text);
    assertTrue(text.contains("VERIFIED  steps 5 to 8, 4 losses"), text);
    assertTrue(text.contains("EQUAL  " + one + " and "), text);
  }

  @Test
  @DisplayName("ends with 65 for two that differ, 66 for none, 64 for a wrong number")
  void differs() throws IOException {
    String one = train("one", "1");
    JobException differs = run("verify", one, train("two", "2"));
    assertEquals(Ending.BAD_DATA, differs.ending());
    assertTrue(
        differs
            .getMessage()
            .startsWith(
                dir + "/two differs from " + one + " in train.seed (was 1, is 2), the model"),
        differs.getMessage());
    assertTrue(differs.getMessage().contains("the loss of step 1 (was "), differs.getMessage());
    assertEquals(Ending.INPUT_MISSING, run("verify", dir + "/none").ending());
    JobException usage = run("verify", one, "--steps", "-1");
    assertEquals(Ending.USAGE, usage.ending());
    assertEquals("--steps must be at least 1, got -1", usage.getMessage());
  }
}
