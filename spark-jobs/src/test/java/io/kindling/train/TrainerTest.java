package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kindling.checkpoint.ModelFile;
import io.kindling.conf.ConfigException;
import io.kindling.conf.RunConfig;
import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import io.kindling.io.SafeTensors;
import io.kindling.nn.Linear;
import io.kindling.nn.ParameterVector;
import io.kindling.report.RunStatus;
import io.kindling.tensor.Tensor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Training on Spark")
class TrainerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> COMPLETE =
      List.of(
          "MANIFEST.json",
          "_SUCCESS",
          "checkpoints",
          "config.yaml",
          "metrics.jsonl",
          "model.safetensors",
          "status.json");

  @TempDir static Path dir;
  private static SparkSession spark;

  /** Its task fails once, in the middle of the run. */
  static class FlakyNet extends StatefulNet {
    private static final long serialVersionUID = 1L;
    static final AtomicInteger CALLS = new AtomicInteger();

    @Override
    public Tensor forward(Tensor x) {
      if (TaskContext.get() != null && isTraining() && CALLS.incrementAndGet() == 13) {
        throw new IllegalStateException("an accident");
      }
      return super.forward(x);
    }
  }

  @BeforeAll
  static void start() {
    spark = LocalSpark.start("local[2,2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static RunConfig config(String... settings) {
    return LocalSpark.config(dir.resolve("digits"), settings);
  }

  private static Trainer trainer(String... settings) {
    return Trainer.of(spark, config(settings)).out(LocalSpark.SILENT);
  }

  private static String weights(Trainer trainer, String output) throws IOException {
    return trainer.fit(dir.resolve(output).toString()).status().weightsSha256();
  }

  private static List<String> files(String output) throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve(output))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static JsonNode status(String output) throws IOException {
    return JSON.readTree(dir.resolve(output).resolve("status.json").toFile());
  }

  @Test
  @DisplayName("a run learns, and leaves its files")
  void learns() throws IOException {
    TrainResult result =
        trainer("train.epochs=6", "train.log_every=10").runId("seven").fit(dir + "/learns");
    assertTrue(result.trained());
    assertEquals(COMPLETE, files("learns"));
    JsonNode status = status("learns");
    assertEquals("SUCCEEDED", status.path("state").asText());
    assertEquals("seven", status.path("run_id").asText());
    assertEquals(config("train.epochs=6").sha256(), status.path("config_sha256").asText());
    assertEquals(6, status.path("epochs").asInt());
    assertEquals(72, status.path("steps").asInt());
    assertEquals(3600, status.path("examples_seen").asInt());
    Fingerprint kernels = Cpu.backend().fingerprint();
    assertEquals(JSON.valueToTree(kernels), status.path("kernels"));
    JsonNode metrics = status.path("metrics");
    assertTrue(metrics.path("test_accuracy").asDouble() > 0.8, metrics.toString());
    assertTrue(metrics.path("train_loss").asDouble() < 0.5, metrics.toString());
    assertTrue(metrics.path("test_loss").asDouble() < 0.9, metrics.toString());
    assertTrue(metrics.path("examples_per_second").asDouble() > 0);
    JsonNode budget = status.path("step_budget_ms");
    double parts = 0;
    for (String part :
        List.of("compute", "serialize", "transfer", "reduce", "optimizer", "schedule")) {
      assertTrue(budget.path(part).asDouble(-1) >= 0, budget.toString());
      parts += budget.path(part).asDouble();
    }
    assertTrue(budget.path("compute").asDouble() > 0);
    assertEquals(budget.path("total").asDouble(), parts, 0.2 * parts);
    JsonNode memory = status.path("native_memory");
    assertTrue(memory.path("peak").asLong() >= memory.path("in_use").asLong());
    assertTrue(memory.path("limit").asLong() > memory.path("peak").asLong());
    assertEquals(result.status().weightsSha256(), status.path("weights_sha256").asText());
    assertEquals(ModelFile.weightsSha256(result.model()), status.path("weights_sha256").asText());
    assertFalse(status.has("error"));
  }

  @Test
  @DisplayName("metrics.jsonl has a line for each logged step and each epoch")
  void metrics() throws IOException {
    trainer("train.log_every=5", "train.eval_every=2", "train.epochs=3").fit(dir + "/metrics");
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(dir.resolve("metrics/metrics.jsonl"))) {
      lines.add(JSON.readTree(line));
    }
    List<JsonNode> steps =
        lines.stream().filter(line -> line.path("kind").asText().equals("step")).toList();
    assertEquals(
        List.of(5, 10, 15, 20, 25, 30, 35),
        steps.stream().map(line -> line.path("step").asInt()).toList());
    assertTrue(steps.get(0).path("loss").asDouble() > 0);
    List<JsonNode> epochs =
        lines.stream().filter(line -> line.path("kind").asText().equals("epoch")).toList();
    assertEquals(3, epochs.size());
    assertFalse(epochs.get(0).has("test_accuracy"), "evaluated every second epoch and at the end");
    assertTrue(epochs.get(1).has("test_accuracy"));
    assertTrue(epochs.get(2).has("test_accuracy"));
  }

  @Test
  @DisplayName("the model file holds the parameters and says whose they are")
  void modelFile() throws IOException {
    RunConfig config = config("train.max_steps=3");
    TrainResult result = Trainer.of(spark, config).out(LocalSpark.SILENT).fit(dir + "/model");
    assertEquals(3, result.status().steps());
    Path file = dir.resolve("model/model.safetensors");
    Map<String, String> metadata =
        SafeTensors.readMetadata(Files.newInputStream(file), file.toString());
    assertEquals("mlp", metadata.get("model_class"));
    assertEquals(config.sha256(), metadata.get("config_sha256"));
    assertNotNull(metadata.get("kindling_version"));
    Map<String, Tensor> tensors = SafeTensors.read(Files.newInputStream(file), file.toString());
    assertEquals(result.model().stateDict().keySet(), tensors.keySet());
    tensors.forEach(
        (name, tensor) ->
            assertArrayEquals(
                result.model().stateDict().get(name).toFloatArray(), tensor.toFloatArray()));
  }

  @Test
  @DisplayName("the weights are the same bits on 1, 2, 3 and 8 partitions, and in a second run")
  void partitions() throws IOException {
    String once = weights(trainer("data.partitions=1").model(StatefulNet::new), "p1");
    for (int partitions : new int[] {1, 2, 3, 8}) {
      Trainer again = trainer("data.partitions=" + partitions).model(StatefulNet::new);
      assertEquals(once, weights(again, "again" + partitions), partitions + " partitions");
    }
    assertNotEquals(once, weights(trainer("train.seed=2").model(StatefulNet::new), "seed"));
    assertNotEquals(once, weights(trainer("data.shards=7").model(StatefulNet::new), "shards"));
  }

  @Test
  @DisplayName("a task that fails and is run again changes no bit")
  void retry() throws IOException {
    String smooth = weights(trainer("data.partitions=2").model(StatefulNet::new), "smooth");
    FlakyNet.CALLS.set(0);
    String flaky = weights(trainer("data.partitions=2").model(FlakyNet::new), "flaky");
    assertTrue(FlakyNet.CALLS.get() > 13, "the accident did not happen");
    assertEquals(smooth, flaky);
  }

  @Test
  @DisplayName("batches that do not divide the data or the shards use every example once")
  void uneven() throws IOException {
    RunStatus status =
        trainer("train.batch_size=7", "data.limit=31", "train.epochs=2", "data.shards=5")
            .fit(dir + "/uneven")
            .status();
    assertEquals(10, status.steps());
    assertEquals(62, status.examplesSeen());
    RunStatus few =
        trainer("train.batch_size=2", "data.limit=3", "data.shards=8", "train.drop_last=true")
            .fit(dir + "/few")
            .status();
    assertEquals(2, few.steps());
    assertEquals(4, few.examplesSeen());
  }

  @Test
  @DisplayName("mean squared error and log-likelihood train too")
  void losses() throws IOException {
    RunStatus mse = trainer("train.loss=mse", "train.epochs=4").fit(dir + "/mse").status();
    assertTrue(mse.metrics().testAccuracy() > 0.6, mse.toString());
    Trainer nll =
        trainer("train.loss=nll", "train.epochs=4", "data.shape=[784]")
            .model(
                () ->
                    new io.kindling.nn.Sequential(
                        new Linear(784, 10), new io.kindling.nn.LogSoftmax(1)));
    assertTrue(nll.fit(dir + "/nll").status().metrics().testAccuracy() > 0.6);
  }

  @Test
  @DisplayName("a complete output is left alone; another configuration is refused, or replaced")
  void output() throws IOException {
    String output = dir.resolve("output").toString();
    TrainResult first = trainer("train.max_steps=2").fit(output);
    long written = Files.getLastModifiedTime(Path.of(output, "model.safetensors")).toMillis();
    TrainResult second = trainer("train.max_steps=2", "data.partitions=1").fit(output);
    assertFalse(second.trained());
    assertEquals(first.status().runId(), second.status().runId());
    assertEquals(first.status().weightsSha256(), ModelFile.weightsSha256(second.model()));
    assertEquals(
        written, Files.getLastModifiedTime(Path.of(output, "model.safetensors")).toMillis());

    FileAlreadyExistsException e =
        assertThrows(
            FileAlreadyExistsException.class,
            () -> trainer("train.max_steps=3", "train.seed=4").fit(output));
    assertTrue(
        e.getMessage().endsWith("give another --output, or --overwrite to replace it"),
        e.getMessage());
    assertEquals(2, status("output").path("steps").asInt());
    trainer("train.max_steps=3", "train.seed=4").overwrite(true).fit(output);
    assertEquals(3, status("output").path("steps").asInt());
  }

  @Test
  @DisplayName("what an interrupted run left is replaced, and never looks complete")
  void interrupted() throws IOException {
    String output = dir.resolve("interrupted").toString();
    trainer("train.max_steps=2").fit(output);
    String whole = Files.readString(Path.of(output, "status.json"));
    Files.delete(Path.of(output, "_SUCCESS"));
    Files.writeString(Path.of(output, "status.json"), whole.replace("SUCCEEDED", "RUNNING"));
    Files.writeString(Path.of(output, ".model.safetensors.tmp-1"), "half");
    assertTrue(trainer("train.max_steps=2").fit(output).trained());
    assertEquals(COMPLETE, files("interrupted"));
  }

  @Test
  @DisplayName("a failed run says why and leaves no model")
  void failure() throws IOException {
    String output = dir.resolve("failure").toString();
    ConfigException e =
        assertThrows(
            ConfigException.class, () -> trainer("model.args={sizes: [100, 10]}").fit(output));
    assertTrue(
        e.getMessage()
            .startsWith(
                "the model mlp does not fit the data, whose examples have the shape [1, 28, 28]"),
        e.getMessage());
    assertTrue(
        e.getMessage().contains("Linear(in_features=100, out_features=10, bias=True)"),
        e.getMessage());
    assertEquals(List.of("config.yaml", "metrics.jsonl", "status.json"), files("failure"));
    JsonNode status = status("failure");
    assertEquals("FAILED", status.path("state").asText());
    assertEquals("ConfigException", status.path("error").path("type").asText());
    assertEquals(e.getMessage(), status.path("error").path("message").asText());
    // It failed before its first step, so a corrected configuration may have the place.
    assertTrue(trainer("train.max_steps=1").fit(output).trained());
  }

  @Test
  @DisplayName("a loss that is not a number any more ends the run")
  void diverged() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                trainer("optimizer=null", "optimizer={name: sgd, lr: 1e30}")
                    .fit(dir + "/diverged"));
    assertTrue(
        e.getMessage().contains("training diverged; lower optimizer.lr (1.0E30)"), e.getMessage());
  }

  @Test
  @DisplayName("a divergence in the last step ends the run too, without a model")
  void divergedAtTheEnd() throws IOException {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                trainer("train.max_steps=1", "optimizer=null", "optimizer={name: sgd, lr: 1e38}")
                    .fit(dir + "/diverged-last"));
    assertTrue(
        e.getMessage().endsWith("after 1 steps: training diverged; lower optimizer.lr (1.0E38)"),
        e.getMessage());
    assertEquals("FAILED", status("diverged-last").path("state").asText());
    assertFalse(files("diverged-last").contains("model.safetensors"));
  }

  @Test
  @DisplayName("a run that cannot begin leaves the one that it was to replace")
  void oldRunKept() throws IOException {
    String output = dir.resolve("kept").toString();
    trainer("train.max_steps=1").fit(output);
    String before = Files.readString(Path.of(output, "status.json"));
    List<String> files = files("kept");
    assertThrows(
        ConfigException.class,
        () -> trainer("model.args={sizes: [100, 10]}").overwrite(true).fit(output));
    assertThrows(
        FileNotFoundException.class,
        () ->
            trainer("data.generate=null", "data.root=" + dir.resolve("typo"))
                .overwrite(true)
                .fit(output));
    assertEquals(files, files("kept"));
    assertEquals(before, Files.readString(Path.of(output, "status.json")));
  }

  @Test
  @DisplayName("an output that the classes do not fit is an error")
  void wrongOutput() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> trainer("model.args={sizes: [784, 12]}").fit(dir + "/twelve"));
    assertTrue(
        e.getMessage()
            .endsWith(
                "the model's output for 1 examples has the shape [1, 12]; expected [1, 10], one"
                    + " score for each of the 10 classes (data.classes); change the model's last"
                    + " layer"),
        e.getMessage());
  }

  @Test
  @DisplayName("evaluation gives the run's numbers again, on any number of partitions")
  void evaluation() throws IOException {
    TrainResult result = trainer("train.max_steps=20").fit(dir + "/evaluated");
    for (int partitions : new int[] {1, 3}) {
      var found =
          Evaluator.evaluate(
              spark,
              config("data.partitions=" + partitions),
              model -> model.loadStateDict(result.model().stateDict()));
      assertEquals(result.status().metrics().testLoss(), found.loss());
      assertEquals(result.status().metrics().testAccuracy(), found.accuracy());
      assertEquals(203, found.examples());
    }
  }

  @Test
  @DisplayName("what replicas held is free when the run is over, without a collection")
  void replicasFreed() throws IOException {
    String wide = "model.args={sizes: [784, 3000, 10]}"; // 9.5 MB
    long before = MemoryPool.host().stats().inUse();
    TrainResult result = trainer("train.max_steps=2", wide, "data.partitions=2").fit(dir + "/o");
    long held = MemoryPool.host().stats().inUse() - before;
    long model = 4L * ParameterVector.size(result.model());
    // The result's model with its gradients and the optimizer's two moments; no replica.
    assertTrue(held < 4.5 * model, held + " bytes for a model of " + model);
  }

  @Test
  @DisplayName("native memory is flat over the steps of a run")
  void memory() throws IOException {
    trainer("train.max_steps=10", "data.partitions=2").fit(dir + "/short");
    System.gc();
    long before = MemoryPool.host().stats().reserved();
    RunStatus status =
        trainer("train.epochs=25", "train.eval_every=0", "data.partitions=2")
            .fit(dir + "/long")
            .status();
    assertEquals(300, status.steps());
    assertNull(status.error());
    long grown = MemoryPool.host().stats().reserved() - before;
    assertTrue(grown < 8L << 20, "grew by " + grown + " bytes");
  }
}
