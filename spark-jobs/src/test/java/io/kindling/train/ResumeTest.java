package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kindling.checkpoint.Checkpoints;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.LeaseException;
import io.kindling.checkpoint.Manifest;
import io.kindling.checkpoint.ObjectStore;
import io.kindling.conf.RunConfig;
import io.kindling.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A run that goes on")
class ResumeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Three steps an epoch, two epochs. */
  private static final int STEPS = 6;

  @TempDir static Path dir;
  private static SparkSession spark;
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  /** The more steps it made, the worse it is on test data. */
  static class Worsening extends StatefulNet {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      Tensor scores = super.forward(x);
      return isTraining() ? scores : scores.mul(calls.neg());
    }
  }

  @BeforeAll
  static void start() {
    spark = LocalSpark.start("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static RunConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(List.of("train.batch_size=200", "train.log_every=1", "data.partitions=2"));
    all.addAll(List.of(settings));
    return LocalSpark.config(dir.resolve("digits"), all.toArray(new String[0]));
  }

  private Trainer trainer(String... settings) {
    PrintStream out = new PrintStream(told, true, StandardCharsets.UTF_8);
    return Trainer.of(spark, config(settings)).model(StatefulNet::new).out(out);
  }

  private static void stopped(Trainer trainer, long step, String output) {
    StoppedException e =
        assertThrows(
            StoppedException.class, () -> trainer.stopping(made -> made == step).fit(output));
    assertTrue(e.getMessage().startsWith("stopped as asked, after step " + step + " of "));
    assertTrue(
        e.getMessage().endsWith("with a checkpoint; the same command goes on from there"),
        e.getMessage());
  }

  /** The lines of the metrics without what depends on time. */
  private static List<JsonNode> metrics(String output) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(output, "metrics.jsonl"))) {
      Map<String, JsonNode> fields = new TreeMap<>();
      JSON.readTree(line)
          .fields()
          .forEachRemaining(
              field -> {
                if (!field.getKey().contains("second")) {
                  fields.put(field.getKey(), field.getValue());
                }
              });
      lines.add(JSON.valueToTree(fields));
    }
    return lines;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private String whole(String name, String... settings) throws IOException {
    String output = dir.resolve(name).toString();
    assertEquals(STEPS, trainer(settings).fit(output).status().steps());
    return output;
  }

  private static void assertSame(String expected, String output) throws IOException {
    JsonNode is = JSON.readTree(Path.of(output, "status.json").toFile());
    JsonNode was = JSON.readTree(Path.of(expected, "status.json").toFile());
    for (String key : List.of("state", "weights_sha256", "epochs", "steps", "examples_seen")) {
      assertEquals(was.path(key), is.path(key), key);
    }
    assertEquals(metrics(expected), metrics(output));
  }

  @Test
  @DisplayName("after a stop at any step, gives the same weights and the same lines of metrics")
  void everyStep() throws IOException {
    String whole = whole("whole");
    assertEquals(STEPS + 2, metrics(whole).size());
    for (int step = 1; step <= STEPS; step++) {
      String output = dir.resolve("stopped" + step).toString();
      stopped(trainer(), step, output);
      assertFalse(Files.exists(Path.of(output, "_SUCCESS")));
      assertEquals(
          "FAILED", JSON.readTree(Path.of(output, "status.json").toFile()).path("state").asText());
      trainer("data.partitions=1").fit(output);
      assertTrue(told.toString(StandardCharsets.UTF_8).contains("going on after step " + step));
      assertSame(whole, output);
    }
  }

  @Test
  @DisplayName(
      "with clipping, a schedule, frozen layers and groups of weight decay it is exact too")
  void allKeys() throws IOException {
    String[] keys = {
      "train.clip_norm=0.5",
      "schedule={name: cosine, steps: 8, least: 0.1, warmup_steps: 2}",
      "model.frozen=[fc1.bias]",
      "optimizer.weight_decay=0.1",
      "optimizer.no_decay=[bias, norm]",
    };
    String whole = whole("keys", keys);
    String output = dir.resolve("keys stopped").toString();
    for (int step : new int[] {1, 2, 5}) {
      stopped(trainer(keys), step, output);
    }
    trainer(keys).fit(output);
    assertSame(whole, output);
  }

  @Test
  @DisplayName("a run that is stopped again and again ends as one that is not")
  void often() throws IOException {
    String output = dir.resolve("often").toString();
    for (int step = 1; step <= STEPS; step++) {
      stopped(trainer(), step, output);
    }
    trainer().fit(output);
    assertSame(whole("smooth"), output);
  }

  @Test
  @DisplayName("a process that vanished goes on from the last checkpoint, without its lines after")
  void killed() throws IOException {
    String output = dir.resolve("killed").toString();
    RuntimeException accident = new IllegalStateException("an accident");
    Trainer trainer =
        trainer("train.checkpoint_every=2")
            .stopping(
                step -> {
                  if (step == 5) {
                    throw accident;
                  }
                  return false;
                });
    assertThrows(IllegalStateException.class, () -> trainer.fit(output));
    assertFalse(names(Path.of(output, "checkpoints")).isEmpty());
    trainer().fit(output);
    assertSame(whole("smooth2"), output);
  }

  @Test
  @DisplayName(
      "a damaged checkpoint is told and the one before it used; with none left it starts anew")
  void damaged() throws IOException {
    String whole = whole("smooth3");
    String output = dir.resolve("damaged").toString();
    stopped(trainer(), 5, output);
    assertEquals(List.of("step-3", "step-5"), names(Path.of(output, "checkpoints")));
    Path file = Path.of(output, "checkpoints", "step-5", "training.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    trainer().fit(output);
    String text = told.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("checkpoints/step-5 is damaged: training.safetensors has "), text);
    assertTrue(text.contains("going on after step 3"), text);
    assertSame(whole, output);

    String none = dir.resolve("none").toString();
    stopped(trainer(), 2, none);
    Files.delete(Path.of(none, "checkpoints", "step-2", "model.safetensors"));
    trainer().fit(none);
    text = told.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("checkpoints/step-2 is damaged: model.safetensors is missing"), text);
    assertTrue(text.contains("left no checkpoint; starting again from the first step"), text);
    assertSame(whole, none);
  }

  @Test
  @DisplayName("with more epochs or steps a finished run goes on, as if it had been told so before")
  void extended() throws IOException {
    String whole = whole("smooth4");
    for (String less : List.of("train.epochs=1", "train.max_steps=2", "train.max_steps=3")) {
      String output = dir.resolve("extended " + less).toString();
      trainer(less).fit(output);
      assertTrue(Files.exists(Path.of(output, "_SUCCESS")));
      trainer().fit(output);
      assertSame(whole, output);
    }
    FileAlreadyExistsException e =
        assertThrows(FileAlreadyExistsException.class, () -> trainer("train.epochs=1").fit(whole));
    assertTrue(
        e.getMessage()
            .endsWith(
                "from which this one differs in where it stops (was after step 6, is after step 3);"
                    + " give another --output, or --overwrite to replace it"),
        e.getMessage());
    assertTrue(Files.exists(Path.of(whole, "_SUCCESS")), "looking changes nothing");
  }

  @Test
  @DisplayName("another model, data set or key is refused by name, complete or not")
  void refused() throws IOException {
    String output = dir.resolve("refused").toString();
    stopped(trainer(), 2, output);
    Path other = digits("other");
    Path labels = other.resolve("train-labels-idx1-ubyte");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(gzipped(labels)))) {
      byte[] bytes = in.readAllBytes();
      bytes[bytes.length - 1] ^= 1;
      Files.write(labels, bytes);
    }
    Files.delete(gzipped(labels));
    for (int i = 0; i < 2; i++) {
      refused("train.seed (was 1, is 2)", () -> trainer("train.seed=2").fit(output));
      refused("the model (was ", () -> trainer().model(() -> new StatefulNet(0.9)).fit(output));
      refused("the data (was ", () -> trainer("data.root=" + other).fit(output));
      trainer().fit(output);
    }
    assertFalse(trainer().model(() -> new StatefulNet(0.5)).fit(output).trained());
    assertTrue(trainer().model(() -> new StatefulNet(0.9)).overwrite(true).fit(output).trained());
  }

  private static Path gzipped(Path file) {
    return file.resolveSibling(file.getFileName() + ".gz");
  }

  /** The data set in a place of its own. */
  private Path digits(String name) throws IOException {
    trainer("train.max_steps=1").fit(dir.resolve(name + " source").toString());
    Path copy = Files.createDirectories(dir.resolve(name));
    for (String file : names(dir.resolve("digits"))) {
      Files.copy(dir.resolve("digits").resolve(file), copy.resolve(file));
    }
    return copy;
  }

  @Test
  @DisplayName("data that were moved are the same data")
  void moved() throws IOException {
    String output = dir.resolve("moved run").toString();
    stopped(trainer(), 2, output);
    trainer("data.root=" + digits("moved")).fit(output);
    assertSame(whole("smooth5"), output);
  }

  private static void refused(String words, org.junit.jupiter.api.function.Executable executable) {
    FileAlreadyExistsException e = assertThrows(FileAlreadyExistsException.class, executable);
    assertTrue(
        e.getMessage().contains(", from which this one differs in " + words), e.getMessage());
  }

  @Test
  @DisplayName(
      "the minutes of earlier parts count: a run that used them up ends where it was, well")
  void minutes() throws IOException {
    String output = dir.resolve("minutes").toString();
    stopped(trainer(), 2, output);
    Path at = Path.of(output, "checkpoints", "step-2");
    Map<String, Directory.Content> files = new TreeMap<>();
    for (String name : List.of("model.safetensors", "training.safetensors", "state.json")) {
      byte[] bytes = Files.readAllBytes(at.resolve(name));
      files.put(name, out -> out.write(bytes));
    }
    String state = Files.readString(at.resolve("state.json"));
    byte[] late =
        state
            .replaceFirst("\"total\" : [0-9.]+", "\"total\" : 60001.0")
            .getBytes(StandardCharsets.UTF_8);
    files.put("state.json", out -> out.write(late));
    new Checkpoints(Directory.of(output, spark.sparkContext().hadoopConfiguration()))
        .write(2, files);
    TrainResult result = trainer("train.max_minutes=1").fit(output);
    assertEquals(2, result.status().steps());
    assertTrue(result.status().metrics().testLoss() > 0, "it is measured at the end");
    assertFalse(trainer("train.max_minutes=1").fit(output).trained());
    assertEquals(STEPS, trainer("train.max_minutes=2").fit(output).status().steps());
  }

  @Test
  @DisplayName("checkpoints are kept as told: the newest, and the best on the test data")
  void retention() throws IOException {
    String output = dir.resolve("kept").toString();
    for (int epochs = 1; epochs <= 5; epochs++) {
      trainer("train.keep_last=2", "train.epochs=" + epochs).model(Worsening::new).fit(output);
    }
    List<Double> losses =
        metrics(output).stream()
            .filter(line -> line.path("kind").asText().equals("epoch"))
            .map(line -> line.path("test_loss").asDouble())
            .toList();
    int best = losses.indexOf(Collections.min(losses));
    assertTrue(best < 3, "the best must not be among the last: " + losses);
    List<String> expected =
        Stream.of(3, 4, best).distinct().map(epoch -> "step-" + 3 * (epoch + 1)).sorted().toList();
    assertEquals(expected, names(Path.of(output, "checkpoints")), losses.toString());
    assertEquals(
        List.of(
            "MANIFEST.json", "_SUCCESS", "model.safetensors", "state.json", "training.safetensors"),
        names(Path.of(output, "checkpoints", "step-15")));
  }

  @Test
  @DisplayName("ends early where the test loss falls no more, saves the best model, and can go on")
  void early() throws IOException {
    String[] keys = {"train.epochs=9", "train.patience=2", "train.restore_best=true"};
    String whole = dir.resolve("early").toString();
    TrainResult result = trainer(keys).model(Worsening::new).fit(whole);
    List<Double> losses =
        metrics(whole).stream()
            .filter(line -> line.path("kind").asText().equals("epoch"))
            .map(line -> line.path("test_loss").asDouble())
            .toList();
    int best = losses.indexOf(Collections.min(losses));
    assertEquals(best + 3, losses.size(), losses.toString());
    assertTrue(losses.size() < 9, losses.toString());
    assertEquals(losses.get(best), result.status().metrics().testLoss());
    Directory directory = Directory.of(whole, spark.sparkContext().hadoopConfiguration());
    assertEquals(
        RunComparison.tensors(new Checkpoints(directory).at(3L * (best + 1))),
        RunComparison.tensors(directory));

    String output = dir.resolve("early stopped").toString();
    stopped(trainer(keys).model(Worsening::new), 3L * losses.size() - 2, output);
    trainer(keys).model(Worsening::new).fit(output);
    assertSame(whole, output);

    keys[1] = "train.patience=3";
    assertEquals(
        result.status().steps() + 3,
        trainer(keys).model(Worsening::new).fit(whole).status().steps());
  }

  @Test
  @DisplayName("an output that is deleted while it is written ends the run; the next starts anew")
  void deleted() throws IOException {
    String output = dir.resolve("deleted").toString();
    Trainer trainer =
        trainer()
            .stopping(
                step -> {
                  if (step == 4) {
                    assertTrue(new File(output).renameTo(new File(output + " gone")));
                  }
                  return false;
                });
    LeaseException e = assertThrows(LeaseException.class, () -> trainer.fit(output));
    assertTrue(e.getMessage().contains("/deleted was deleted while the run "), e.getMessage());
    assertFalse(Files.exists(Path.of(output, "_SUCCESS")));
    assertTrue(trainer().fit(output).trained());
    assertSame(whole("smooth8"), output);
  }

  @Test
  @DisplayName("on an object store a run stops, goes on and ends as on a disk")
  void objectStore() throws IOException {
    spark.sparkContext().hadoopConfiguration().set("fs.s3a.impl", ObjectStore.class.getName());
    String output = "s3a://runs/one";
    stopped(trainer(), 4, output);
    TrainResult result = trainer().fit(output);
    assertEquals(STEPS, result.status().steps());
    Directory directory = Directory.of(output, spark.sparkContext().hadoopConfiguration());
    assertEquals(List.of(), Manifest.read(directory).faults(directory));
    assertEquals(
        List.of(
            "MANIFEST.json",
            "_SUCCESS",
            "checkpoints",
            "config.yaml",
            "metrics.jsonl",
            "model.safetensors",
            "status.json"),
        directory.names());
    String whole = whole("smooth6");
    assertEquals(
        JSON.readTree(Path.of(whole, "status.json").toFile()).path("weights_sha256").asText(),
        result.status().weightsSha256());
  }

  @Test
  @DisplayName("files that cannot be written for a while do not end the run, and are told")
  void unwritable() throws IOException {
    String output = dir.resolve("unwritable").toString();
    Path inTheWay = Path.of(output, "metrics");
    Trainer trainer =
        trainer()
            .stopping(
                step -> {
                  try {
                    if (step == 1) {
                      Files.writeString(inTheWay, "a file in the place of the directory");
                    } else if (step == 5) {
                      Files.delete(inTheWay);
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return false;
                });
    trainer.fit(output);
    String text = told.toString(StandardCharsets.UTF_8);
    assertTrue(
        text.contains("/unwritable/metrics.jsonl could not be written, the run goes on: "), text);
    assertSame(whole("smooth7"), output);
  }
}
