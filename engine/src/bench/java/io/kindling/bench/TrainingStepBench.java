package io.kindling.bench;

import io.kindling.bench.Task.Network;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch;

/**
 * A whole training step (zero the gradients, forward, loss, backward, update), Kindling against
 * libtorch on MKL, in one process and one thread. Blocks of steps alternate, so that both sides see
 * the same machine; each pair of blocks gives a ratio. The losses of both sides are compared. libtorch
 * runs in each {@link Torch.Variant} first, and its fastest is the one to beat.
 *
 * <p>Arguments: the number of measured rounds, 150 by default.
 */
public final class TrainingStepBench {
  private static final int BATCH = 64;
  private static final int STEPS = Task.BATCHES;
  private static final int WARM_UP = 40;
  private static final int SELECTION = 25;

  /** After one block from equal beginnings. */
  private static final double LOSS_TOLERANCE = 1e-4;

  /** Later Adam's moments are many blocks old, and their rounding errors have grown. */
  private static final double LATE_LOSS_TOLERANCE = 5e-2;

  private TrainingStepBench() {}

  /** Milliseconds a step, one of each a round. */
  private record Duel(Samples ours, Samples theirs, Samples ratio) {}

  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 150;
    Machine.requireOneThread();
    torch.set_num_threads(1);
    StringBuilder table = new StringBuilder();
    StringBuilder variants = new StringBuilder();
    for (Task task :
        List.of(
            new Task(Network.MLP, false, BATCH),
            new Task(Network.MLP, true, BATCH),
            new Task(Network.LENET, false, BATCH),
            new Task(Network.LENET, true, BATCH))) {
      Kindling ours = new Kindling(task);
      // A new one: Adam's moments must be as old on both sides.
      Torch theirs = new Torch(task, fastest(task, variants));
      double difference = lossDifference(ours, theirs, LOSS_TOLERANCE);
      duel(ours, theirs, WARM_UP);
      table.append(row(task, duel(ours, theirs, rounds), difference));
      lossDifference(ours, theirs, LATE_LOSS_TOLERANCE);
    }
    Machine.requireMkl();
    print(table, variants, rounds);
  }

  private static void print(StringBuilder table, StringBuilder variants, int rounds) {
    System.out.println("## Training step, batch " + BATCH + ", Kindling against libtorch");
    System.out.println();
    System.out.println(Machine.description());
    System.out.printf(
        "Milliseconds a step in blocks of %d, median (least) of %d blocks each, alternating.%n%n",
        STEPS, rounds);
    System.out.println(
        "| network | optimizer | Kindling | libtorch | ratio | p25-p75 | loss difference |");
    System.out.println("|---|---|---|---|---|---|---|");
    System.out.println(table);
    System.out.println("libtorch's variants (the fastest is compared above):");
    System.out.println();
    System.out.println("| network | optimizer | variant | median ms |");
    System.out.println("|---|---|---|---|");
    System.out.println(variants);
  }

  private static String row(Task task, Duel duel, double lossDifference) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.3f (%.3f) | %.3f (%.3f) | **%.3f** | %.3f-%.3f | %.1e |%n",
        task.network().title,
        task.optimizer(),
        duel.ours().median(),
        duel.ours().min(),
        duel.theirs().median(),
        duel.theirs().min(),
        duel.ratio().median(),
        duel.ratio().quantile(0.25),
        duel.ratio().quantile(0.75),
        lossDifference);
  }

  /** Runs all variants in turn and takes the one with the least median. */
  private static Torch.Variant fastest(Task task, StringBuilder report) {
    List<Torch> all = new ArrayList<>();
    for (boolean channelsLast : new boolean[] {false, true}) {
      for (boolean inPlace : new boolean[] {false, true}) {
        for (boolean fused : new boolean[] {false, true}) {
          if (!channelsLast || task.network() == Network.LENET) {
            all.add(new Torch(task, new Torch.Variant(channelsLast, inPlace, fused)));
          }
        }
      }
    }
    double[][] times = new double[all.size()][SELECTION];
    for (int round = -5; round < SELECTION; round++) {
      for (int i = 0; i < times.length; i++) {
        double time = time(all.get(i));
        if (round >= 0) {
          times[i][round] = time;
        }
      }
    }
    double[] medians = new double[times.length];
    for (int i = 0; i < times.length; i++) {
      medians[i] = new Samples(times[i]).median();
      report.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %.3f |%n",
              task.network().title,
              task.optimizer(),
              all.get(i).variant(),
              medians[i]));
    }
    return all.stream()
        .min(Comparator.comparingDouble(t -> medians[all.indexOf(t)]))
        .orElseThrow()
        .variant();
  }

  private static Duel duel(Contender ours, Contender theirs, int rounds) {
    double[] a = new double[rounds];
    double[] b = new double[rounds];
    double[] ratio = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      if (round % 2 == 0) {
        a[round] = time(ours);
        b[round] = time(theirs);
      } else {
        b[round] = time(theirs);
        a[round] = time(ours);
      }
      ratio[round] = a[round] / b[round];
    }
    return new Duel(new Samples(a), new Samples(b), new Samples(ratio));
  }

  /** Milliseconds a step of one block. */
  private static double time(Contender side) {
    side.reset();
    long start = System.nanoTime();
    side.train(STEPS);
    return (System.nanoTime() - start) / 1e6 / STEPS;
  }

  /** How much the losses differ after a block, relative. */
  private static double lossDifference(Contender ours, Contender theirs, double tolerance) {
    ours.reset();
    theirs.reset();
    double a = ours.train(STEPS);
    double b = theirs.train(STEPS);
    double difference = Math.abs(a - b) / Math.abs(b);
    if (!(difference < tolerance)) {
      throw new IllegalStateException(
          "the two sides do not compute the same: their losses are " + a + " and " + b);
    }
    return difference;
  }
}
