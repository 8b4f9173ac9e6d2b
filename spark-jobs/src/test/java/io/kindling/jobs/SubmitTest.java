package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs Spark's own SparkSubmit as a process of its own. */
class SubmitTest {
  @TempDir Path dir;

  private record Ended(int status, List<String> out, List<String> err) {
    String lastOfErr() {
      return err.get(err.size() - 1);
    }
  }

  private Ended submit(String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.addAll(List.of("--master", "local[1]", "--conf", "spark.kindling.train.log_every=3"));
    command.addAll(List.of("--class", Kindling.class.getName(), emptyJar()));
    command.addAll(List.of(args));
    File out = dir.resolve("out.txt").toFile();
    File err = dir.resolve("err.txt").toFile();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.redirectOutput(out).redirectError(err).start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "SparkSubmit did not end");
    } finally {
      process.destroyForcibly();
    }
    return new Ended(
        process.exitValue(), Files.readAllLines(out.toPath()), Files.readAllLines(err.toPath()));
  }

  /**
   * The classes are on the class path already; SparkSubmit wants an application jar all the same.
   */
  private String emptyJar() throws IOException {
    Path jar = dir.resolve("application.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream ignored = new JarOutputStream(file, new Manifest())) {
      return jar.toString();
    }
  }

  @Test
  @DisplayName("under spark-submit a bad configuration ends with status 78, the cause last")
  void badConfiguration() throws Exception {
    Path file =
        Files.writeString(
            dir.resolve("bad.yaml"),
            "data: {root: x}\nmodel: {class: mlp}\noptimizer: {name: sgd, beta: 1}\n");
    Ended ended = submit("train", "--config", file.toString(), "--output", dir + "/out");
    assertEquals(78, ended.status(), ended.err().toString());
    assertEquals(
        file
            + ":3: unknown key optimizer.beta; the keys of optimizer: name, lr, momentum,"
            + " dampening, nesterov, weight_decay, no_decay",
        ended.lastOfErr());
    assertFalse(ended.err().stream().anyMatch(line -> line.startsWith("\tat ")));
    assertFalse(Files.exists(dir.resolve("out")));
  }

  @Test
  @DisplayName("under spark-submit wrong usage ends with status 64, and spark.kindling.* is read")
  void wrongUsage() throws Exception {
    assertEquals(64, submit("train").status());
    Path file = Files.writeString(dir.resolve("run.yaml"), "data: {root: x}\n");
    Ended ended = submit("train", "--config", file.toString(), "--output", dir + "/out");
    assertEquals(78, ended.status());
    assertEquals(
        "Spark's conf, " + file + ": model.class is required and has no default; give it a value",
        ended.lastOfErr());
  }

  @Test
  @DisplayName("under spark-submit help ends with status 0")
  void help() throws Exception {
    Ended ended = submit("train", "--help");
    assertEquals(0, ended.status(), ended.err().toString());
    assertTrue(ended.out().get(0).startsWith("Usage: kindling train"), ended.out().toString());
  }

  /** A model that ends the process. */
  public static final class Quitter extends Module {
    public Quitter() {
      System.exit(0);
    }

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  /** A model that ends the process from a task's thread, while the command waits. */
  public static final class LateQuitter extends Module {
    private final Linear layer = new Linear(784, 10);

    @Override
    public Tensor forward(Tensor x) {
      if (x.size(0) > 1) { // Not on the driver, which tries the model with one example.
        System.exit(0);
      }
      return layer.forward(x);
    }
  }

  /** A model whose use takes more heap than there is. */
  public static final class Hoarder extends Module {
    private final Linear layer = new Linear(784, 10);

    @Override
    public Tensor forward(Tensor x) {
      if (x.size(0) > 1) { // Not on the driver, which tries the model with one example.
        List<long[]> kept = new ArrayList<>();
        while (true) {
          kept.add(new long[10_000_000]);
        }
      }
      return layer.forward(x);
    }
  }

  private Ended train(Class<? extends Module> model) throws Exception {
    Path file =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            data: {root: %s/digits, generate: {train_count: 60, test_count: 10}, shape: [784]}
            model: {class: %s}
            train: {epochs: 1}
            optimizer: {name: sgd, lr: 0.1}
            """
                .formatted(dir, model.getName()));
    return submit("train", "--config", file.toString(), "--output", dir + "/out");
  }

  @ParameterizedTest
  @ValueSource(classes = {Quitter.class, LateQuitter.class})
  @DisplayName("under spark-submit a model that ends the process does not end it as a success")
  void exitInModel(Class<? extends Module> model) throws Exception {
    Ended ended = train(model);
    assertEquals(70, ended.status(), ended.err().toString());
    assertTrue(
        ended
            .lastOfErr()
            .matches(
                "io\\.kindling\\.jobs\\.SubmitTest\\$(Late)?Quitter\\.\\S+\\(SubmitTest\\.java:\\d+\\)"
                    + " ended the process before the command was done; code must throw instead"),
        ended.lastOfErr());
    assertFalse(Files.exists(dir.resolve("out/_SUCCESS")));
  }

  @Test
  @DisplayName("under spark-submit a heap that is used up in a task ends with 69 and the remedy")
  void heap() throws Exception {
    Ended ended = train(Hoarder.class);
    assertEquals(69, ended.status(), ended.err().toString());
    assertEquals(
        "OutOfMemoryError: Java heap space; raise --driver-memory or --executor-memory, or lower"
            + " train.batch_size",
        ended.lastOfErr());
    assertTrue(Files.readString(dir.resolve("out/status.json")).contains("OutOfMemoryError"));
  }

  @Test
  @DisplayName("outside client mode main throws the cause, short and without a stack trace")
  void clusterMode() {
    JobException thrown =
        assertThrows(JobException.class, () -> Kindling.main(new String[] {"train"}));
    assertEquals(Ending.USAGE, thrown.ending());
    assertEquals("Missing required options: '--config=FILE', '--output=DIR'", thrown.getMessage());
    assertEquals(0, thrown.getStackTrace().length);
  }
}
