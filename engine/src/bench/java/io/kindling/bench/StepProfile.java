package io.kindling.bench;

import io.kindling.bench.OneDnnClock.Executions;
import io.kindling.bench.Task.Network;
import io.kindling.core.RandomStream;
import io.kindling.device.MemoryPool;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import io.kindling.vision.Mlp;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Where one of Kindling's training steps goes, seen in three ways: time inside each kind of backend
 * call and time outside all of them; the whole step of the same network with sizes of one, which is
 * bookkeeping and nothing else; and oneDNN's own clock. Arguments: the number of blocks, 150 by
 * default.
 */
public final class StepProfile {
  static final int BATCH = 64;

  private static final long WARM_UP_NANOS = 4_000_000_000L;
  private static final int STEPS = Task.BATCHES;
  private static final double LEAST_SHARE = 0.005;

  private final TimedBackend backend;
  private final int blocks;

  private StepProfile(TimedBackend backend, int blocks) {
    this.backend = backend;
    this.blocks = blocks;
  }

  public static void main(String[] args) {
    Machine.requireOneThread();
    int blocks = args.length > 0 ? Integer.parseInt(args[0]) : 150;
    StepProfile profile = new StepProfile(Probe.install(), blocks);
    System.out.println("## Where Kindling's training step goes, batch " + BATCH);
    System.out.println();
    System.out.println(Machine.description());
    for (boolean adam : new boolean[] {false, true}) {
      Task task = new Task(Network.MLP, adam, BATCH);
      double step = profile.report(task);
      profile.reportBookkeeping(adam, step);
    }
    profile.report(new Task(Network.LENET, false, BATCH));
  }

  /**
   * One block of steps.
   *
   * @param micros of a step
   * @param inside microseconds of a step by kind of backend call
   */
  private record Block(double micros, Map<String, TimedBackend.Count> inside) {
    double insideMicros() {
      return inside.values().stream().mapToLong(count -> count.nanos).sum() / 1e3 / STEPS;
    }

    double outsideMicros() {
      return micros - insideMicros();
    }
  }

  /** The block at the tenth part from the fastest: other work on the machine distorts the rest. */
  private Block undisturbed(Kindling side) {
    for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP_NANOS; ) {
      block(side);
    }
    List<Block> all =
        IntStream.range(0, blocks)
            .mapToObj(i -> block(side))
            .sorted(Comparator.comparingDouble(Block::micros))
            .toList();
    return all.get(blocks / 10);
  }

  private Block block(Kindling side) {
    side.reset();
    backend.clear();
    long start = System.nanoTime();
    side.train(STEPS);
    double micros = (System.nanoTime() - start) / 1e3 / STEPS;
    return new Block(micros, backend.take());
  }

  private double report(Task task) {
    Kindling side = new Kindling(task);
    Block block = undisturbed(side);
    System.out.printf("### %s, %s%n%n", task.network().title, task.optimizer());
    System.out.println("| where | calls | us a step | share |");
    System.out.println("|---|---|---|---|");
    block.inside().entrySet().stream()
        .sorted(Comparator.comparingLong(entry -> -entry.getValue().nanos))
        .filter(entry -> entry.getValue().nanos / 1e3 / STEPS > LEAST_SHARE * block.micros())
        .forEach(
            entry ->
                line(
                    "backend: " + entry.getKey(),
                    (double) entry.getValue().calls / STEPS,
                    entry.getValue().nanos / 1e3 / STEPS,
                    block.micros()));
    double calls = block.inside().values().stream().mapToLong(c -> c.calls).sum();
    line("all backend calls", calls / STEPS, block.insideMicros(), block.micros());
    line("outside: autograd, allocation, modules", 0, block.outsideMicros(), block.micros());
    line("the whole step", 0, block.micros(), block.micros());
    System.out.println();
    reportHeap(side);
    reportOneDnn(task, block);
    return block.micros();
  }

  private static void line(String what, double calls, double micros, double whole) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.1f | %.1f %% |%n",
        what,
        calls == 0 ? "" : String.format(Locale.ROOT, "%.0f", calls),
        micros,
        100 * micros / whole);
  }

  private static void reportHeap(Kindling side) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    side.train(STEPS);
    long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / STEPS;
    System.out.printf(
        Locale.ROOT,
        "Java heap allocated: %.1f KiB a step; native memory in use at most %.1f MiB.%n%n",
        bytes / 1024.0,
        MemoryPool.host().stats().peak() / 1048576.0);
  }

  private static void reportOneDnn(Task task, Block block) {
    Map<String, Executions> executions = OneDnnClock.measure(task);
    System.out.println("By oneDNN's own clock:");
    System.out.println();
    System.out.println("| primitive | executions | us a step | share |");
    System.out.println("|---|---|---|---|");
    executions.forEach(
        (kind, sum) -> line(kind, sum.calls(), sum.micros(), block.micros()));
    Executions all =
        executions.values().stream().reduce(new Executions(0, 0), Executions::plus);
    line("all primitives", all.calls(), all.micros(), block.micros());
    System.out.println();
  }

  /** The same calls in the same order, on next to no data. */
  private void reportBookkeeping(boolean adam, double step) {
    Tensors.manualSeed(1);
    Module tiny = new Mlp(1, 1, 1, 2);
    Tensor[] inputs = new Tensor[STEPS];
    Tensor[] labels = new Tensor[STEPS];
    RandomStream random = RandomStream.of(1);
    for (int i = 0; i < STEPS; i++) {
      inputs[i] = Tensors.fromArray(new float[] {random.nextFloat()}, 1, 1);
      labels[i] = Tensors.fromArray(new long[] {random.nextInt(2)}, 1);
    }
    Block block = undisturbed(new Kindling(tiny, adam, inputs, labels));
    System.out.printf(
        Locale.ROOT,
        "The same step with sizes of one (1-1-1-2, batch 1), all bookkeeping: %.1f us, that is %.1f"
            + " %% of the step above; %.1f us of it inside the backend (calls, JNI, oneDNN's own"
            + " overhead), %.1f us outside (autograd, allocation, modules).%n%n",
        block.micros(),
        100 * block.micros() / step,
        block.insideMicros(),
        block.outsideMicros());
  }
}
