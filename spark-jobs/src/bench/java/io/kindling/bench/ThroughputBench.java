package io.kindling.bench;

import io.kindling.conf.ConfigLoader;
import io.kindling.conf.Layer;
import io.kindling.conf.RunConfig;
import io.kindling.train.BenchSteps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.pytorch.global.torch;

/**
 * Training examples a second on two cores, LeNet with Adam: the steps of {@code train} on {@code
 * local[2]}, against two replicas of the bare engine, one a thread and each on half of the batch,
 * and against libtorch's loop with two threads and its fused optimizer. In one process, in turn.
 */
public final class ThroughputBench {
  private static final int ROUNDS = 25;
  private static final int BLOCK = 4096;

  private ThroughputBench() {}

  /** A side of the comparison: makes steps. */
  private interface Side {
    void steps(int count) throws Exception;
  }

  /** Measures the batch sizes that are given, 64 and 256 unless some are. */
  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("throughput");
    System.out.println(
        "| batch | shards | train, local[2] | two bare replicas | libtorch, 2 threads | of bare |"
            + " of libtorch |\n|---|---|---|---|---|---|---|");
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("bench")
            .config("spark.ui.enabled", "false")
            .config("spark.serializer", KryoSerializer.class.getName())
            .getOrCreate()) {
      for (int batch : args.length == 0 ? new int[] {64, 256} : parsed(args)) {
        for (int shards : new int[] {2, 8}) {
          System.out.println(row(spark, dir, batch, shards));
        }
      }
    }
  }

  private static int[] parsed(String... args) {
    return java.util.Arrays.stream(args).mapToInt(Integer::parseInt).toArray();
  }

  private static String row(SparkSession spark, Path dir, int batch, int shards)
      throws Exception {
    RunConfig config =
        ConfigLoader.load(
            List.of(
                Layer.settings(
                    List.of(
                        "data.root=" + dir.resolve("digits"),
                        "data.generate={train_count: 8192, test_count: 256, seed: 3}",
                        "data.shards=" + shards,
                        "data.partitions=2",
                        "model.class=lenet",
                        "train={batch_size: " + batch + ", sync: resident}",
                        "optimizer={name: adam, lr: 0.001}"))));
    ExecutorService torchThread = Executors.newSingleThreadExecutor();
    ExecutorService bare = Executors.newFixedThreadPool(2);
    try (BenchSteps run = new BenchSteps(spark, config)) {
      List<Kindling> replicas = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        replicas.add(new Kindling(new Task(Task.Network.LENET, true, batch / 2)));
      }
      Torch libtorch =
          torchThread
              .submit(
                  () -> {
                    torch.set_num_threads(2);
                    return new Torch(
                        new Task(Task.Network.LENET, true, batch),
                        new Torch.Variant(false, true, true));
                  })
              .get();
      List<Side> sides =
          List.of(
              count -> {
                for (int i = 0; i < count; i++) {
                  run.step();
                }
              },
              count -> {
                List<Callable<Double>> work = new ArrayList<>();
                replicas.forEach(replica -> work.add(() -> replica.train(count)));
                for (Future<Double> done : bare.invokeAll(work)) {
                  done.get();
                }
              },
              count -> torchThread.submit(() -> libtorch.train(count)).get());
      double[] rates = rates(sides, batch);
      return String.format(
          Locale.ROOT,
          "| %d | %d | %,.0f | %,.0f | %,.0f | **%.2f** | **%.2f** |",
          batch,
          shards,
          rates[0],
          rates[1],
          rates[2],
          rates[0] / rates[1],
          rates[0] / rates[2]);
    } finally {
      torchThread.shutdown();
      bare.shutdown();
    }
  }

  /** Medians of examples a second, in blocks that take turns. */
  private static double[] rates(List<Side> sides, int batch) throws Exception {
    int steps = BLOCK / batch;
    double[][] seen = new double[sides.size()][ROUNDS];
    for (int round = -5; round < ROUNDS; round++) {
      for (int side = 0; side < sides.size(); side++) {
        long start = System.nanoTime();
        sides.get(side).steps(steps);
        if (round >= 0) {
          seen[side][round] = (double) steps * batch / ((System.nanoTime() - start) / 1e9);
        }
      }
    }
    double[] medians = new double[sides.size()];
    for (int side = 0; side < medians.length; side++) {
      medians[side] = new Samples(seen[side]).median();
    }
    return medians;
  }
}
