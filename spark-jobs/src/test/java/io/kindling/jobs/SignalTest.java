package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers as processes of their own, which are told to end while they train. */
@DisplayName("A driver's process")
class SignalTest {
  private static final int SECONDS = 90;
  private static final Pattern EPOCHS = Pattern.compile("(?s)(epoch \\d+/\\d+ done.*){3}");

  @TempDir Path dir;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process train(String name, String... more) throws IOException {
    Path config =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            data: {root: %s, generate: {train_count: 200, test_count: 60}, shape: [784]}
            model: {class: mlp, args: {sizes: [784, 10]}}
            train: {epochs: 1000000, batch_size: 50, log_every: 1}
            optimizer: {name: adam, lr: 0.001}
            """
                .formatted(dir.resolve("data")));
    Path jar = dir.resolve("application.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream ignored = new JarOutputStream(file, new Manifest())) {
      assertTrue(Files.exists(jar));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.addAll(List.of("--master", "local[1]", "--conf", "spark.ui.enabled=false"));
    command.addAll(List.of("--class", Kindling.class.getName(), jar.toString()));
    command.addAll(List.of("train", "--config", config.toString(), "--output", dir + "/out"));
    command.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process =
        builder
            .redirectOutput(dir.resolve(name + ".out").toFile())
            .redirectError(dir.resolve(name + ".err").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private int ended(Process process) throws InterruptedException {
    assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), "the process did not end");
    return process.exitValue();
  }

  /** Until some epochs were made, so that there is a checkpoint. */
  private void awaitSteps(Process process, String name) throws Exception {
    long start = System.nanoTime();
    while (!EPOCHS.matcher(Files.readString(dir.resolve(name + ".out"))).find()) {
      assertTrue(process.isAlive(), Files.readString(dir.resolve(name + ".err")));
      assertTrue(System.nanoTime() - start < SECONDS * 1_000_000_000L, "no step was made");
      Thread.sleep(50);
    }
  }

  private String last(String name) throws IOException {
    List<String> lines = Files.readAllLines(dir.resolve(name));
    return lines.get(lines.size() - 1);
  }

  @Test
  @DisplayName(
      "that was killed leaves a checkpoint; the next goes on at once, keeps its output from others"
          + " while it lives, and ends by SIGTERM with a checkpoint and 75")
  void signals() throws Exception {
    Process first = train("first");
    awaitSteps(first, "first");
    first.destroyForcibly();
    ended(first);
    assertTrue(Files.exists(dir.resolve("out/_lease")));

    Process second = train("second");
    awaitSteps(second, "second");
    String told = Files.readString(dir.resolve("second.out"));
    assertTrue(told.contains("going on after step "), told);

    assertEquals(75, ended(train("third", "--overwrite", "--set", "train.seed=5")));
    String refusal = last("third.err");
    assertTrue(refusal.contains("/out is being written by the run "), refusal);
    assertTrue(refusal.contains(", process " + second.pid() + " on "), refusal);

    second.destroy();
    assertEquals(75, ended(second), last("second.err"));
    assertTrue(
        Files.readString(dir.resolve("second.err"))
            .contains("with a checkpoint; the same command goes on from there"),
        last("second.err"));
    JsonNode status = new ObjectMapper().readTree(dir.resolve("out/status.json").toFile());
    assertEquals("FAILED", status.path("state").asText());
    assertEquals("StoppedException", status.path("error").path("type").asText());
    assertFalse(Files.exists(dir.resolve("out/_lease")));
    Path checkpoint = dir.resolve("out/checkpoints/step-" + status.path("steps").asLong());
    assertTrue(Files.exists(checkpoint.resolve("_SUCCESS")));
  }
}
