package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kindling.conf.GenerateConfig;
import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.source.GeneratedData;
import io.kindling.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands in this process, as spark-submit runs them: Spark's conf in system properties. */
@DisplayName("The commands")
class JobsTest {
  private static final Map<String, String> SPARK =
      Map.of(
          "spark.master", "local[2]",
          "spark.ui.enabled", "false",
          "spark.driver.host", "127.0.0.1",
          "spark.kryo.registrationRequired", "true");
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir static Path shared;
  @TempDir Path dir;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path data;

  @BeforeAll
  static void start() throws IOException {
    SPARK.forEach(System::setProperty);
    GeneratedData.generate(
        shared.toString(),
        new GenerateConfig(GenerateConfig.Kind.DIGITS, 200, 60, 1),
        false,
        new Configuration(false));
  }

  @AfterAll
  static void stop() {
    SPARK.keySet().forEach(System::clearProperty);
  }

  @BeforeEach
  void copyData() throws IOException {
    data = Files.createDirectory(dir.resolve("data"));
    try (Stream<Path> files = Files.list(shared)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".gz")) {
          Files.copy(file, data.resolve(name));
        }
      }
    }
  }

  private String config() throws IOException {
    return Files.writeString(
            dir.resolve("run.yaml"),
            """
            data: {root: %s, partitions: 2, shape: [784]}
            model: {class: mlp, args: {sizes: [784, 10]}}
            train: {epochs: 1, batch_size: 50}
            optimizer: {name: adam, lr: 0.01}
            """
                .formatted(data))
        .toString();
  }

  private JobException run(String... args) {
    PrintStream before = System.out;
    PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8);
    System.setOut(captured);
    try {
      return Kindling.run(captured, new PrintStream(err, true, StandardCharsets.UTF_8), args);
    } finally {
      System.setOut(before);
    }
  }

  private JobException train(String... more) throws IOException {
    List<String> args =
        new ArrayList<>(List.of("train", "--config", config(), "--output", dir + "/out"));
    args.addAll(Arrays.asList(more));
    return run(args.toArray(String[]::new));
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private JsonNode status() throws IOException {
    return new ObjectMapper().readTree(dir.resolve("out/status.json").toFile());
  }

  /** A failure with this ending and this last line, without a stack trace or a model. */
  private JsonNode failure(Ending ending, String message, String... more) throws IOException {
    JobException failure = train(more);
    assertNotNull(failure, text());
    List<String> told = err.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(message, told.get(told.size() - 1));
    assertEquals(ending, failure.ending());
    assertFalse(told.stream().anyMatch(line -> line.startsWith("\tat ")), told.toString());
    assertFalse(Files.exists(dir.resolve("out/_SUCCESS")));
    assertFalse(Files.exists(dir.resolve("out/model.safetensors")));
    JsonNode status = status();
    assertEquals("FAILED", status.path("state").asText());
    assertEquals(failure.getMessage(), status.path("error").path("message").asText());
    return status.path("error");
  }

  private void inflate(String name) throws IOException {
    Path gzipped = data.resolve(name + ".gz");
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(gzipped))) {
      Files.write(data.resolve(name), in.readAllBytes());
    }
    Files.delete(gzipped);
  }

  private String uri(String name) {
    return "file:" + data.resolve(name);
  }

  @Test
  @DisplayName("train, again, evaluate and show")
  void commands() throws IOException {
    assertNull(train("--run-id", "first"), err.toString(StandardCharsets.UTF_8));
    assertTrue(text().contains("step budget"), text());
    assertTrue(text().contains("\nSUCCEEDED  test_accuracy "), text());
    String weights = status().path("weights_sha256").asText();
    assertTrue(text().contains("weights_sha256 " + weights), text());

    out.reset();
    assertNull(train());
    assertTrue(text().contains("complete: nothing to do"), text());

    Path report = dir.resolve("reports/evaluation.json");
    assertNull(
        run(
            "evaluate",
            "--model",
            dir + "/out",
            "--config",
            config(),
            "--output",
            report.toString()));
    JsonNode found = new ObjectMapper().readTree(report.toFile());
    assertEquals(60, found.path("examples").asInt());
    Path bare = Path.of("kindling-evaluation-test.json"); // Below the working directory.
    try {
      String[] here = {
        "evaluate", "--model", dir + "/out", "--config", config(), "--output", bare.toString()
      };
      assertNull(run(here), err.toString(StandardCharsets.UTF_8));
      assertEquals(Files.readString(report), Files.readString(bare));
    } finally {
      Files.deleteIfExists(bare);
    }
    JsonNode metrics = status().path("metrics");
    assertEquals(metrics.path("test_loss").asDouble(), found.path("test_loss").asDouble());
    assertEquals(metrics.path("test_accuracy").asDouble(), found.path("test_accuracy").asDouble());

    out.reset();
    assertNull(run("show", dir + "/out"));
    assertTrue(text().contains("run            first\nstate          SUCCEEDED\n"), text());
    assertTrue(text().contains("weights_sha256 " + weights), text());
    assertTrue(text().contains("  model_class: mlp\n"), text());
    assertTrue(text().contains("[10, 784]            7,840\n"), text());
    assertTrue(text().endsWith("2 tensors, 7,850 elements, 31,400 bytes\n"), text());
    out.reset();
    assertNull(run("show", dir + "/out/model.safetensors"));
    assertTrue(text().startsWith("model          "), text());
  }

  @Test
  @DisplayName("a missing data file ends with 66")
  void missingFile() throws IOException {
    Files.delete(data.resolve(LABELS + ".gz"));
    failure(
        Ending.INPUT_MISSING,
        "FileNotFoundException: neither "
            + uri(LABELS)
            + " nor "
            + uri(LABELS)
            + ".gz exists; set data.root to the directory that holds it, or data.train_labels to"
            + " its name");
  }

  @Test
  @DisplayName("a truncated gzip file ends with 65, with partition, host and file")
  void truncatedGzip() throws IOException {
    Path images = data.resolve(IMAGES + ".gz");
    byte[] bytes = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(bytes, bytes.length - 4));
    String file = uri(IMAGES + ".gz");
    JsonNode error =
        failure(
            Ending.BAD_DATA, file + ": truncated gzip: its checksum is missing; fetch it again");
    assertEquals("DataException", error.path("type").asText());
    assertEquals(file, error.path("file").asText());
    assertEquals(1, error.path("partition").asInt());
    assertTrue(error.has("host"), error.toString());
  }

  @Test
  @DisplayName("a wrong magic number ends with 65")
  void wrongMagic() throws IOException {
    Files.writeString(data.resolve(IMAGES), "<html>not found</html>");
    JsonNode error =
        failure(
            Ending.BAD_DATA,
            uri(IMAGES)
                + ": not an IDX image file: magic number 3c68746d, expected 00000803; this looks"
                + " like a web page, did the download fail?");
    assertEquals(uri(IMAGES), error.path("file").asText());
  }

  @Test
  @DisplayName("image and label counts that differ end with 65")
  void countsDiffer() throws IOException {
    Files.delete(data.resolve(LABELS + ".gz"));
    Files.copy(data.resolve("t10k-labels-idx1-ubyte.gz"), data.resolve(LABELS + ".gz"));
    failure(
        Ending.BAD_DATA,
        uri(LABELS)
            + ".gz holds 60 labels and "
            + uri(IMAGES)
            + ".gz holds 200 images; expected as many of each, do the two files belong together?");
  }

  @Test
  @DisplayName("a label outside the model's classes ends with 65, with file and record")
  void labelOutside() throws IOException {
    inflate(LABELS);
    byte[] labels = Files.readAllBytes(data.resolve(LABELS));
    labels[8 + 17] = 11;
    try (OutputStream file = Files.newOutputStream(data.resolve(LABELS))) {
      file.write(labels);
    }
    JsonNode error =
        failure(
            Ending.BAD_DATA,
            uri(LABELS) + ": record 17 holds the label 11; expected 0 to 9 (data.classes is 10)");
    assertEquals(uri(LABELS), error.path("file").asText());
    assertEquals(17, error.path("record").asInt());
  }

  @Test
  @DisplayName("a model that does not take the data ends with 78, with layer and shapes")
  void wrongInput() throws IOException {
    failure(
        Ending.BAD_CONFIG,
        "the model mlp does not fit the data, whose examples have the shape [784] (data.shape),"
            + " tried with one, [1, 784]: linear_relu_stack.0 (Linear(in_features=100,"
            + " out_features=10, bias=True)): mat1 and mat2 shapes cannot be multiplied: linear"
            + " takes [..., 100], got [1, 784]",
        "--set",
        "model.args={sizes: [100, 10]}");
  }

  @Test
  @DisplayName("a data.shape that does not hold the data ends with 78")
  void wrongShape() throws IOException {
    failure(
        Ending.BAD_CONFIG,
        "data.shape: [1, 32, 32] holds 1024 values, and an example of the data has the shape [28,"
            + " 28], which are 784; leave data.shape out, or give a shape of 784 values",
        "--set",
        "data.shape=[1, 32, 32]");
  }

  @Test
  @DisplayName("a model class that is not there, or no Module, ends with 78")
  void wrongClass() throws IOException {
    failure(
        Ending.BAD_CONFIG,
        "model.class: there is no class com.acme.MyNet on the job's class path; add its jar with"
            + " --jars FILE, or use one of lenet, mlp, two_layer",
        "--set",
        "model.class=com.acme.MyNet");
    failure(
        Ending.BAD_CONFIG,
        "model.class: java.lang.String is not a Module; expected a class that extends"
            + " io.kindling.nn.Module",
        "--set",
        "model.class=java.lang.String");
  }

  @Test
  @DisplayName("an output of another configuration ends with 73 and is left alone")
  void occupied() throws IOException {
    assertNull(train("--set", "train.max_steps=1"));
    String before = Files.readString(dir.resolve("out/status.json"));
    JobException failure = train("--set", "train.seed=9");
    assertEquals(Ending.CANNOT_WRITE, failure.ending());
    assertTrue(
        failure.getMessage().endsWith("give another --output, or --overwrite to replace it"),
        failure.getMessage());
    assertEquals(before, Files.readString(dir.resolve("out/status.json")));
    assertTrue(Files.exists(dir.resolve("out/_SUCCESS")));
    assertNull(train("--set", "train.seed=9", "--overwrite"));

    Path foreign = Files.createDirectory(dir.resolve("foreign"));
    Files.writeString(foreign.resolve("thesis.tex"), "mine");
    JobException refused = run("train", "--config", config(), "--output", foreign.toString());
    assertEquals(Ending.CANNOT_WRITE, refused.ending());
    assertEquals(
        "FileAlreadyExistsException: file:"
            + foreign
            + " holds files that are not of a run; give another --output, or --overwrite to replace"
            + " it",
        refused.getMessage());
  }

  @Test
  @DisplayName("too small a memory limit ends with 69 and says what asked for how much")
  void memoryLimit() throws IOException {
    // Of a size that no other test leaves behind in the pool.
    String large = "model.args={sizes: [784, 3001, 10]}";
    JobException failure = train("--set", "engine.memory_limit=16k", "--set", large);
    assertEquals(Ending.NO_DEVICE, failure.ending());
    assertEquals("MemoryException", failure.type());
    assertTrue(failure.getMessage().contains("the limit is 0.0 MiB"), failure.getMessage());
    assertNull(train("--set", "train.max_steps=1", "--overwrite"), "the limit is gone again");
  }

  @Test
  @DisplayName("a value of the wrong type ends with 78 and leaves no output")
  void wrongType() throws IOException {
    JobException type = train("--set", "train.epochs=many");
    assertEquals(Ending.BAD_CONFIG, type.ending());
    assertEquals(
        "--set train.epochs=many: train.epochs: expected an integer, got text \"many\"",
        type.getMessage());
    assertFalse(Files.exists(dir.resolve("out")));
  }

  @Test
  @DisplayName("evaluate and show name what is missing; another model is refused")
  void missingModel() throws IOException {
    JobException none = run("evaluate", "--model", dir + "/none", "--config", config());
    assertEquals(Ending.INPUT_MISSING, none.ending());
    assertTrue(none.getMessage().contains("none/model.safetensors does not exist"));
    assertEquals(Ending.INPUT_MISSING, run("show", dir + "/none").ending());
    assertEquals(Ending.INPUT_MISSING, run("show", data.toString()).ending());
    assertNull(train("--set", "train.max_steps=1"));
    JobException other =
        run(
            "evaluate",
            "--model",
            dir + "/out",
            "--config",
            config(),
            "--set",
            "model.args={sizes: [784, 5, 10]}");
    assertEquals(Ending.BAD_CONFIG, other.ending());
    assertTrue(other.getMessage().contains("size mismatch"), other.getMessage());
  }

  @Test
  @DisplayName("generate makes a data.root")
  void generate() throws IOException {
    String made = dir.resolve("made").toString();
    String[] command = {"generate", "--kind", "digits", "--count", "12", "--output", made};
    assertNull(run(command));
    assertEquals(made + ": 12 training and 2 test digits, seed 0\n", text());
    assertNull(run(command));
    assertTrue(text().endsWith(", were there already\n"), text());
    JobException refused = run("generate", "--kind", "digits", "--count", "13", "--output", made);
    assertEquals(Ending.CANNOT_WRITE, refused.ending());
  }

  @Test
  @DisplayName("a directory as the file of the metrics ends with 73 before any work")
  void metricsDirectory() throws IOException {
    JobException failure =
        run("evaluate", "--model", dir + "/none", "--config", config(), "--output", dir.toString());
    assertEquals(Ending.CANNOT_WRITE, failure.ending());
    assertEquals(
        "FileAlreadyExistsException: file:" + dir + " is a directory; --output takes a file's name",
        failure.getMessage());
  }

  private void usage(String message, String... args) {
    JobException failure = run(args);
    assertEquals(message, failure.getMessage());
    assertEquals(Ending.USAGE, failure.ending());
  }

  @Test
  @DisplayName("arguments that are no paths, or too large counts, end with 64")
  void wrongArguments() throws IOException {
    String advice = "; give a path without a colon, or a whole URI such as hdfs://host/dir";
    String colon =
        "--output \"run:1\" is no path: java.net.URISyntaxException: Relative path in absolute URI:"
            + " run:1"
            + advice;
    usage(colon, "train", "--config", config(), "--output", "run:1");
    usage(colon, "evaluate", "--model", "m", "--config", config(), "--output", "run:1");
    usage(
        "--output \"\" is no path: Can not create a Path from an empty string" + advice,
        "train",
        "--config",
        config(),
        "--output",
        "");
    usage(
        "--count must lie between 1 and 2739137, got 3000000",
        "generate",
        "--kind",
        "digits",
        "--count",
        "3000000",
        "--output",
        dir + "/many");
    assertFalse(Files.exists(dir.resolve("many")));
  }

  private JobException evaluate(String model) throws IOException {
    return run("evaluate", "--model", model, "--config", config());
  }

  @Test
  @DisplayName("evaluate takes a model file; a damaged one, or one that gives no number, is told")
  void savedModels() throws IOException {
    assertNull(train("--set", "train.max_steps=1"));
    Path file = dir.resolve("out/model.safetensors");
    assertNull(evaluate(file.toString()), err.toString(StandardCharsets.UTF_8));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] = 0x7f; // The last weight is NaN now.
    bytes[bytes.length - 2] = (byte) 0xc0;
    Files.write(file, bytes);
    JobException damaged = evaluate(dir + "/out");
    assertEquals(Ending.BAD_DATA, damaged.ending());
    assertTrue(
        damaged.getMessage().startsWith("file:" + file + " is damaged: weights_sha256 is "),
        damaged.getMessage());
    Path alone = Files.copy(file, dir.resolve("alone.safetensors"));
    JobException nan = evaluate(alone.toString());
    assertEquals(Ending.BAD_DATA, nan.ending());
    assertEquals(
        "file:"
            + alone
            + ": the loss on the test examples is NaN; the model or the data holds values that are"
            + " not finite numbers",
        nan.getMessage());
  }

  /** Gives no number whatever its parameters are. */
  public static final class NotANumber extends Module {
    private static final long serialVersionUID = 1L;
    private final Linear layer = new Linear(784, 10);

    @Override
    public Tensor forward(Tensor x) {
      return layer.forward(x).mul(Double.NaN);
    }
  }

  @Test
  @DisplayName("a loss that is no number before the first update is not put down to optimizer.lr")
  void notANumber() throws IOException {
    failure(
        Ending.BAD_CONFIG,
        "step 1 of epoch 1, shard 0 (training examples 0 to 24): the loss is NaN before the first"
            + " update: the model or the data gives values that are not finite numbers; look at"
            + " data.normalize, the data and the model's forward",
        "--set",
        "model={class: '" + NotANumber.class.getName() + "', args: null}");
  }
}
