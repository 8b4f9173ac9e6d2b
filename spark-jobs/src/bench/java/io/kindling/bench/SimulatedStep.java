package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Node;
import io.kindling.bench.Cluster.Setup;
import io.kindling.bench.Simulation.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One step of training on a simulated cluster, from the parameters on the driver to the next. */
abstract class SimulatedStep {
  /** Of a message with numbers at most: {@code ResidentSession}'s. */
  static final double SLICE_BYTES = 4 << 20;

  /** A task has so many of them under way, or as many bytes of shorter ones: {@code RpcLine}'s. */
  static final int CREDITS = 4;

  final Setup setup;
  final Costs costs;
  final Cluster cluster;
  final Node driver;
  final List<Task> tasks = new ArrayList<>();
  private final HeldParts held;
  private int missing;
  private double seconds;

  /**
   * What a step took.
   *
   * @param seconds from the driver's parameters to its next
   * @param efficiency the mean task's compute over them
   * @param bytesOut of the driver
   * @param bytesIn of the driver
   * @param vectors partial sums that the driver held at most, in whole vectors
   */
  record Outcome(
      double seconds, double efficiency, double bytesOut, double bytesIn, double vectors) {}

  /** One task of a process. */
  static final class Task {
    final int index;
    final Node node;
    final Server thread;
    final double compute;

    private Task(int index, Node node, Server thread, double compute) {
      this.index = index;
      this.node = node;
      this.thread = thread;
      this.compute = compute;
    }
  }

  /** What is done with one of several things, which tells when it is done. */
  interface Item {
    void start(int index, Runnable done);
  }

  SimulatedStep(Setup setup, Costs costs) {
    this.setup = setup;
    this.costs = costs;
    this.cluster = new Cluster(setup, costs);
    this.driver = cluster.driver;
    this.held = new HeldParts(setup.allTasks());
    Random random = new Random(setup.seed());
    for (int t = 0; t < setup.allTasks(); t++) {
      Node node = cluster.executors.get(t / setup.tasks());
      double compute = setup.compute() * Math.exp(setup.spread() * random.nextGaussian());
      tasks.add(new Task(t, node, cluster.thread(), compute));
    }
  }

  /** Sends the parameters on their way; {@link #summed} is to be told of each sum that is whole. */
  abstract void start();

  Outcome run(int sums) {
    missing = sums;
    start();
    cluster.time.run();
    if (missing != 0) {
      throw new IllegalStateException(missing + " sums are missing at the end of the step");
    }
    double mean = tasks.stream().mapToDouble(task -> task.compute).average().orElseThrow();
    return new Outcome(
        seconds, mean / seconds, driver.link.bytesOut(), driver.link.bytesIn(), held.most() / setup.bytes());
  }

  /** The driver adds what came from a task to the sum of a slice. */
  void add(int slice, int task, double bytes, Runnable then) {
    held.came(bytes);
    driver.work(
        driver.adder,
        bytes * costs.add(),
        () -> {
          held.added(slice, task, bytes);
          then.run();
        });
  }

  /** What the step's end waits for is one less; after the last the optimizer steps. */
  void summed() {
    if (--missing == 0) {
      cluster.time.after(update(), () -> seconds = cluster.time.now());
    }
  }

  /** Seconds of the optimizer after the last sum: on all cores of the driver. */
  double update() {
    return setup.parameters() * costs.update() / setup.cores();
  }

  void compute(Task task, Runnable then) {
    double shards = (double) setup.shards() / setup.allTasks();
    double sums = Math.max(0, shards - 1) * setup.bytes() * costs.add();
    task.node.work(task.thread, task.compute + sums, then);
  }

  /** Does all, so many at once at most. */
  static void each(int from, int to, int atOnce, Item item, Runnable then) {
    if (from >= to) {
      then.run();
      return;
    }
    int[] next = {from};
    int[] left = {to - from};
    Runnable[] more = new Runnable[1];
    more[0] =
        () -> {
          if (--left[0] == 0) {
            then.run();
          } else if (next[0] < to) {
            item.start(next[0]++, more[0]);
          }
        };
    int first = Math.min(to, from + atOnce);
    while (next[0] < first) {
      item.start(next[0]++, more[0]);
    }
  }

  int slices() {
    return (int) Math.ceil(setup.bytes() / SLICE_BYTES);
  }
}
