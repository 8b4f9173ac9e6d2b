package io.kindling.train;

import io.kindling.conf.RunConfig;
import io.kindling.report.StepBudget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/**
 * Milliseconds of a step beyond the compute of the task that ended last, on two cores, for networks
 * of several sizes, both ways to run a step and executors in this process or in two of their own.
 * The optimizer's step (SGD) is a part of it.
 */
public final class StepCostBench {
  private static final int[] HIDDEN = {126, 1258, 13836, 31446};

  private StepCostBench() {}

  /** Measures all; arguments pick clusters: {@code local}, {@code executors}. */
  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("step-cost");
    System.out.println(
        "| flat parameters | shards | cluster | steps | total | compute | beyond compute |"
            + " of it serialize | transfer | reduce | optimizer | schedule |\n"
            + "|---|---|---|---|---|---|---|---|---|---|---|---|");
    if (args.length == 0 || Arrays.asList(args).contains("local")) {
      try (SparkSession spark = LocalSpark.start("local[2]")) {
        all(spark, dir, "local[2]");
      }
    }
    if (args.length == 0 || Arrays.asList(args).contains("executors")) {
      try (LocalCluster cluster = new LocalCluster(dir, 2, 2500);
          SparkSession spark =
              cluster
                  .config("spark.executor.memory", "2000m")
                  .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
                  .start()) {
        all(spark, dir, "2 executors");
      }
    }
  }

  private static void all(SparkSession spark, Path dir, String cluster) throws Exception {
    for (int hidden : HIDDEN) {
      for (int shards : new int[] {2, 8}) {
        for (String sync : new String[] {"job", "resident"}) {
          RunConfig config =
              LocalSpark.config(
                  dir.resolve("digits"),
                  "data.shards=" + shards,
                  "data.partitions=2",
                  "model.args={sizes: [784, " + hidden + ", 10]}",
                  "train.batch_size=16",
                  "train.sync=" + sync,
                  "optimizer={name: sgd, lr: 0.001}");
          System.out.println(row(spark, config, hidden, shards, cluster, sync));
        }
      }
    }
  }

  private static String row(
      SparkSession spark, RunConfig config, int hidden, int shards, String cluster, String sync)
      throws Exception {
    int steps = Math.max(12, Math.min(200, 400_000 / hidden / (sync.equals("job") ? 4 : 1)));
    double[][] parts = new double[7][steps];
    try (BenchSteps run = new BenchSteps(spark, config)) {
      int warm = Math.max(5, steps / 2);
      for (int i = 0; i < warm + steps; i++) {
        StepBudget.Means m = run.step();
        double[] step = {
          m.total(), m.compute(), m.serialize(), m.transfer(), m.reduce(), m.optimizer(), m.schedule()
        };
        for (int part = 0; i >= warm && part < step.length; part++) {
          parts[part][i - warm] = step[part];
        }
      }
    }
    double[] beyond = new double[steps];
    Arrays.setAll(beyond, i -> parts[0][i] - parts[1][i]);
    return String.format(
        Locale.ROOT,
        "| %,d | %d | %s | %s | %.1f | %.1f | **%.1f** | %.1f | %.1f | %.1f | %.1f | %.1f |",
        795L * hidden + 10,
        shards,
        cluster,
        sync,
        median(parts[0]),
        median(parts[1]),
        median(beyond),
        median(parts[2]),
        median(parts[3]),
        median(parts[4]),
        median(parts[5]),
        median(parts[6]));
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
  }
}
