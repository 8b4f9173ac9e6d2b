package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.checkpoint.Directory;
import io.kindling.core.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Verifying a run")
class VerifyTest {
  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = LocalSpark.start("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** Three steps an epoch, two epochs. */
  private static Directory run(String name, String... settings) throws IOException {
    List<String> all = new ArrayList<>(List.of("train.batch_size=200", "train.log_every=1"));
    all.addAll(List.of(settings));
    String output = dir.resolve(name).toString();
    Trainer.of(spark, LocalSpark.config(dir.resolve("digits"), all.toArray(new String[0])))
        .out(LocalSpark.SILENT)
        .fit(output);
    return Directory.of(output, spark.sparkContext().hadoopConfiguration());
  }

  private static Replay replay(Directory run, long steps) throws IOException {
    return Replay.of(spark, run, steps, line -> {});
  }

  @Test
  @DisplayName("replays all of it, or the last steps from a checkpoint, to the same bits")
  void same() throws IOException {
    Directory run = run("same", "data.partitions=2");
    assertEquals(new Replay(0, 6, 6, null), replay(run, 0));
    assertEquals(new Replay(3, 6, 3, null), replay(run, 1));
    assertEquals(new Replay(3, 6, 3, null), replay(run, 3));
    assertEquals(new Replay(0, 6, 6, null), replay(run, 4), "there is no checkpoint before 2");
  }

  @Test
  @DisplayName("names the step whose loss, and the tensor whose bits, are not those of the replay")
  void differs() throws IOException {
    Directory run = run("differs");
    Path metrics = dir.resolve("differs/metrics.jsonl");
    String text = Files.readString(metrics);
    Files.writeString(metrics, text.replaceFirst("(\"step\":5,\"loss\":\\d+\\.)\\d+", "$1999"));
    Replay replay = replay(run, 0);
    assertEquals(5, replay.to());
    assertTrue(
        String.valueOf(replay.difference()).startsWith("the loss of step 5 (was "),
        replay.difference());

    Files.writeString(metrics, text);
    Path model = dir.resolve("differs/model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length - 1] ^= 1;
    Files.write(model, bytes);
    assertEquals("the tensor linear_relu_stack.2.weight of the model", replay(run, 3).difference());
  }

  @Test
  @DisplayName("refuses a run that did not end, damaged checkpoints, and other data")
  void refused() throws IOException {
    Directory run = run("refused");
    Path checkpoint = dir.resolve("refused/checkpoints/step-3/training.safetensors");
    Files.write(checkpoint, new byte[3]);
    DataException damaged = assertThrows(DataException.class, () -> replay(run, 1));
    assertTrue(
        damaged.getMessage().contains("step-3 is damaged: training.safetensors has 3 bytes"),
        damaged.getMessage());
    Path config = dir.resolve("refused/config.yaml");
    Files.writeString(
        config,
        Files.readString(config).replace("[784, 24, 10]", "[784, 25, 10]").replace("- 24", "- 25"));
    DataException other = assertThrows(DataException.class, () -> replay(run, 0));
    assertTrue(
        other.getMessage().contains("cannot be replayed here: the model (was "),
        other.getMessage());
    Files.delete(dir.resolve("refused/_SUCCESS"));
    assertThrows(FileNotFoundException.class, () -> replay(run, 0));
  }

  @Test
  @DisplayName(
      "compares two runs: equal whatever the cluster, else key, first step and first tensor")
  void two() throws IOException {
    Directory one = run("one", "data.partitions=1");
    assertEquals(
        List.of(),
        RunComparison.differences(one, run("two", "data.partitions=3", "train.log_every=2")));
    List<String> differences = RunComparison.differences(one, run("three", "optimizer.lr=0.02"));
    assertEquals(3, differences.size(), differences.toString());
    assertEquals("optimizer.lr (was 0.01, is 0.02)", differences.get(0));
    assertTrue(differences.get(1).startsWith("the loss of step 2 (was "), differences.get(1));
    assertEquals("the tensor linear_relu_stack.0.bias after step 3", differences.get(2));
    assertNull(RunComparison.firstTensor(RunComparison.tensors(one), RunComparison.tensors(one)));
  }
}
