package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.checkpoint.Directory;
import io.kindling.replica.ModelFactory;
import io.kindling.report.Losses;
import io.kindling.report.RunStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The batches of a step")
class BatchesTest {
  /** 600 examples are 12 batches of 50; five for a step leave two for an epoch's last. */
  private static final String FIVE = "train.accumulate=5";

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

  private static Trainer trainer(String... settings) {
    return Trainer.of(spark, LocalSpark.config(dir.resolve("digits"), settings))
        .out(LocalSpark.SILENT);
  }

  private static RunStatus run(String output, ModelFactory model, String... settings)
      throws IOException {
    return trainer(settings).model(model).fit(dir.resolve(output).toString()).status();
  }

  private static Map<Long, Double> losses(String output) throws IOException {
    return Losses.read(Directory.of(dir.resolve(output).toString(), new Configuration()));
  }

  @Test
  @DisplayName("are counted as one step, with those that are left at an epoch's end as its last")
  void counted() throws IOException {
    RunStatus status = run("counted", StatefulNet::new, FIVE, "train.log_every=1");
    assertEquals(6, status.steps());
    assertEquals(1200, status.examplesSeen());
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), List.copyOf(losses("counted").keySet()));
    RunStatus dropped =
        run("dropped", StatefulNet::new, FIVE, "data.limit=570", "train.drop_last=true");
    assertEquals(6, dropped.steps());
    assertEquals(1100, dropped.examplesSeen(), "what is left out is a batch and not a step");
  }

  @ParameterizedTest(name = "{0} partitions, {1}")
  @CsvSource({"1, job", "3, job", "2, resident", "1, resident"})
  @DisplayName("give the same bits on every cluster")
  void sameBits(int partitions, String sync) throws IOException {
    String where = "data.partitions=" + partitions;
    String once =
        run("once-" + partitions + sync, StatefulNet::new, FIVE, "data.partitions=2")
            .weightsSha256();
    String again =
        run("again-" + partitions + sync, StatefulNet::new, FIVE, where, "train.sync=" + sync)
            .weightsSha256();
    assertEquals(once, again);
    assertNotEquals(
        once,
        run("four" + partitions + sync, StatefulNet::new, "train.accumulate=4").weightsSha256());
  }

  @Test
  @DisplayName("give the same bits after a stop at any step")
  void resumed() throws IOException {
    String whole = run("whole", StatefulNet::new, FIVE).weightsSha256();
    for (int step : new int[] {1, 2, 3, 5}) {
      String output = dir.resolve("stopped" + step).toString();
      assertThrows(
          StoppedException.class,
          () -> trainer(FIVE).model(StatefulNet::new).stopping(made -> made == step).fit(output));
      assertEquals(whole, run("stopped" + step, StatefulNet::new, FIVE).weightsSha256());
    }
  }

  @Test
  @DisplayName("are to the optimizer what one large batch of the same examples is")
  void oneLargeBatch() throws IOException {
    String[] large = {"train.batch_size=200", "train.log_every=1"};
    String[] small = {"train.accumulate=4", "train.log_every=1"};
    trainer(large).fit(dir + "/large");
    trainer(small).fit(dir + "/small");
    Map<Long, Double> expected = losses("large");
    assertEquals(6, expected.size());
    losses("small").forEach((step, loss) -> assertEquals(expected.get(step), loss, 1e-4));
  }

  @ParameterizedTest(name = "{0} partitions, {1}")
  @CsvSource({"1, job", "7, job", "2, resident"})
  @DisplayName(
      "give the same bits on every cluster where they are smaller than the shards are many")
  void fewerThanShards(int partitions, String sync) throws IOException {
    String[] settings = {
      "data.shards=97", "train.batch_size=30", "train.max_steps=25", "data.partitions=3", "", ""
    };
    settings[4] = "train.log_every=1";
    settings[5] = "train.sync=job";
    String name = partitions + sync;
    String once = trainer(settings).fit(dir + "/few" + name).status().weightsSha256();
    settings[3] = "data.partitions=" + partitions;
    settings[5] = "train.sync=" + sync;
    RunStatus again = trainer(settings).fit(dir + "/few again" + name).status();
    assertEquals(once, again.weightsSha256());
    assertEquals(losses("few" + name), losses("few again" + name));
    assertEquals(20 * 30 + 5 * 30, again.examplesSeen());
  }
}
