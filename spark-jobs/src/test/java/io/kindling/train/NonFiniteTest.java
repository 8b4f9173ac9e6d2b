package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.checkpoint.Directory;
import io.kindling.conf.ConfigException;
import io.kindling.replica.ModelFactory;
import io.kindling.report.RunStatus;
import io.kindling.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A loss or a gradient that is not finite")
class NonFiniteTest {
  private static final String SKIP = "train.non_finite=skip";

  /** The training image with the most ink, by the number of its pixels; and where it stands. */
  private static int mostInk;

  private static int inkiest;

  @TempDir static Path dir;
  private static SparkSession spark;

  /** Gives no number for the image with the most ink, whose weight is {@code ink}. */
  static class Allergic extends StatefulNet {
    private static final long serialVersionUID = 1L;
    private final int ink = mostInk;

    @Override
    public Tensor forward(Tensor x) {
      Tensor scores = super.forward(x);
      return isTraining() && holds(x, ink) ? scores.mul(Double.NaN) : scores;
    }

    static boolean holds(Tensor x, int ink) {
      float[] pixels = x.toFloatArray();
      for (int row = 0; row < pixels.length / 784; row++) {
        int set = 0;
        for (int i = 0; i < 784; i++) {
          set += pixels[row * 784 + i] == 0 ? 0 : 1;
        }
        if (set >= ink) {
          return true;
        }
      }
      return false;
    }
  }

  /** Its loss is a number, but not its gradient. */
  static class Steep extends StatefulNet {
    private static final long serialVersionUID = 1L;
    private final int ink = mostInk;

    @Override
    public Tensor forward(Tensor x) {
      Tensor scores = super.forward(x);
      return isTraining() && Allergic.holds(x, ink)
          ? scores.add(fc2.bias.mul(0).abs().sqrt())
          : scores;
    }
  }

  /** Never gives a number after three steps. */
  static class Broken extends StatefulNet {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      Tensor scores = super.forward(x);
      return isTraining() && calls.item() > 3.5 ? scores.mul(Double.NaN) : scores;
    }
  }

  @BeforeAll
  static void start() throws IOException {
    spark = LocalSpark.start("local[2]");
    run("data", StatefulNet::new, "train.max_steps=1");
    try (var files = Files.walk(dir.resolve("digits"))) {
      Path images =
          files.filter(file -> file.toString().contains("train-images")).findFirst().orElseThrow();
      byte[] bytes;
      try (InputStream in = new GZIPInputStream(Files.newInputStream(images))) {
        bytes = in.readAllBytes();
      }
      for (int image = 0; image < 600; image++) {
        int ink = 0;
        for (int i = 0; i < 784; i++) {
          ink += bytes[16 + 784 * image + i] == 0 ? 0 : 1;
        }
        if (ink > mostInk) {
          mostInk = ink;
          inkiest = image;
        }
      }
    }
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Trainer trainer(ModelFactory model, String... settings) {
    return Trainer.of(spark, LocalSpark.config(dir.resolve("digits"), settings))
        .model(model)
        .out(LocalSpark.SILENT);
  }

  private static RunStatus run(String output, ModelFactory model, String... settings)
      throws IOException {
    return trainer(model, settings).fit(dir.resolve(output).toString()).status();
  }

  private static String failure(String output, ModelFactory model, String... settings) {
    return assertThrows(ConfigException.class, () -> run(output, model, settings)).getMessage();
  }

  @ParameterizedTest(name = "{0} partitions, {1}")
  @CsvSource({"1, job", "3, job", "2, resident"})
  @DisplayName("ends the run naming step, shard and its examples, whatever the cluster")
  void named(int partitions, String sync) {
    int shard = inkiest / 75; // 600 examples in 8 shards
    String[] settings = {"data.partitions=" + partitions, "train.sync=" + sync, "train.epochs=1"};
    String loss = failure("loss" + partitions + sync, Allergic::new, settings);
    String place =
        String.format(
            "step \\d+ of epoch 1, shard %d \\(training examples %d to %d\\): ",
            shard, 75 * shard, 75 * shard + 74);
    String diverged = " after \\d+ steps: training diverged; lower optimizer.lr \\(0\\.01\\)";
    assertTrue(loss.matches(place + "the loss is NaN" + diverged), loss);
    String gradient = failure("gradient" + partitions + sync, Steep::new, settings);
    assertTrue(gradient.matches(place + "the gradient is not finite" + diverged), gradient);
    assertEquals(step(loss), step(gradient));
  }

  private static String step(String message) {
    return message.substring(0, message.indexOf(','));
  }

  @Test
  @DisplayName(
      "leaves its step out if so told: with the same bits on every cluster and after a stop")
  void leftOut() throws IOException {
    String[] settings = {
      SKIP, "train.log_every=1", "data.partitions=2", "train.checkpoint_every=1"
    };
    RunStatus whole = run("whole", Allergic::new, settings);
    assertEquals(24, whole.steps());
    assertEquals(2L, whole.skippedSteps(), "once an epoch");
    assertEquals(1200, whole.examplesSeen());
    List<String> lines = LocalSpark.metrics(dir.resolve("whole"));
    assertEquals(2, lines.stream().filter(line -> line.contains("\"skip\"")).count());
    assertEquals(22, lines.stream().filter(line -> line.contains("\"step\",")).count());
    assertTrue(lines.stream().noneMatch(line -> line.contains("NaN")), lines.toString());

    settings[2] = "data.partitions=3";
    RunStatus other = run("other", Allergic::new, settings);
    assertEquals(whole.weightsSha256(), other.weightsSha256());
    assertEquals(lines, LocalSpark.metrics(dir.resolve("other")));
    assertEquals(whole.weightsSha256(), run("steep", Steep::new, settings).weightsSha256());

    int skipped = skippedStep(lines);
    for (int step : new int[] {skipped, skipped + 1}) {
      String output = "stopped" + step;
      assertThrows(
          StoppedException.class,
          () ->
              trainer(Allergic::new, settings)
                  .stopping(made -> made == step)
                  .fit(dir.resolve(output).toString()));
      RunStatus again = run(output, Allergic::new, settings);
      assertEquals(whole.weightsSha256(), again.weightsSha256());
      assertEquals(2L, again.skippedSteps());
      assertEquals(lines, LocalSpark.metrics(dir.resolve(output)));
    }
  }

  private static int skippedStep(List<String> lines) {
    String line = lines.stream().filter(l -> l.contains("\"skip\"")).findFirst().orElseThrow();
    return Integer.parseInt(line.replaceAll(".*\"step\":(\\d+).*", "$1"));
  }

  @Test
  @DisplayName(
      "a run that left steps out and accumulated batches can be replayed, whole and in part")
  void replayed() throws IOException {
    String output = dir.resolve("to replay").toString();
    RunStatus status =
        Trainer.of(
                spark,
                LocalSpark.config(
                    dir.resolve("digits"),
                    SKIP,
                    "train.accumulate=2",
                    "train.log_every=1",
                    "model={class: '" + Allergic.class.getName() + "', args: null}"))
            .out(LocalSpark.SILENT)
            .fit(output)
            .status();
    assertEquals(12, status.steps());
    assertEquals(2L, status.skippedSteps());
    Directory run = Directory.of(output, spark.sparkContext().hadoopConfiguration());
    assertEquals(new Replay(0, 12, 10, null), Replay.of(spark, run, 0, line -> {}));
    assertEquals(new Replay(6, 12, 5, null), Replay.of(spark, run, 6, line -> {}));
  }

  @Test
  @DisplayName("a run that failed goes on where steps may be left out")
  void goesOn() throws IOException {
    failure("failed", Allergic::new, "train.checkpoint_every=1");
    RunStatus status = run("failed", Allergic::new, SKIP);
    assertEquals(run("skipping", Allergic::new, SKIP).weightsSha256(), status.weightsSha256());
    assertNotEquals(run("healthy", StatefulNet::new).weightsSha256(), status.weightsSha256());
    assertNull(run("healthy too", StatefulNet::new, SKIP).skippedSteps());
  }

  @Test
  @DisplayName("ends the run when ten steps in a row were left out, over a stop too")
  void inARow() {
    String expected =
        "step 1 of epoch 2, shard 0 (training examples 0 to 74): the loss is NaN, and 10 steps in a"
            + " row were left out (train.non_finite) after 12 steps: training diverged; lower"
            + " optimizer.lr (0.01)";
    assertEquals(expected, failure("broken", Broken::new, SKIP));
    assertThrows(
        StoppedException.class,
        () ->
            trainer(Broken::new, SKIP)
                .stopping(made -> made == 9)
                .fit(dir.resolve("broken twice").toString()));
    assertEquals(expected, failure("broken twice", Broken::new, SKIP));
  }
}
