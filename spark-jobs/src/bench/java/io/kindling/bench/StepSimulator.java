package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Setup;
import io.kindling.bench.SimulatedStep.Outcome;
import io.kindling.bench.SlicedStep.Design;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How long a step takes on more executors than there are here: a simulation whose constants are
 * fitted to steps that were measured. Prints tables; the same arguments give the same figures.
 */
public final class StepSimulator {
  /**
   * From {@link RpcCostBench} and the medians of {@code StepCostBench} on two executor processes: a
   * message 50 microseconds of a processor for question and answer, 0.2 milliseconds for both to
   * be there, and what is best for the steps' totals for bytes, steps and jobs.
   */
  static final Costs FITTED =
      new Costs(0.76e-9, 0.76e-9, 0.1e-9, 12e-6, 1e-4, 1.9e-3, 2.4e-9, 1.33e-9, 18e-3, 1e-3);

  /** What is left of a link for what it carries: Ethernet's, IP's and TCP's headers take the rest. */
  private static final double PAYLOAD = 0.955;

  private static final int[] EXECUTORS = {8, 64, 512};

  /** As in {@code RpcLine}, but as many bytes: slices are smaller. */
  private static final int MANY = 80;

  /** Seconds, fitted to the simulation itself. */
  private static final double MESSAGES_OF_A_TASK = 0.43e-3;

  private StepSimulator() {}

  /** Prints all tables, or those that are named. */
  public static void main(String[] args) {
    List<String> wanted = Arrays.asList(args);
    boolean all = wanted.isEmpty();
    if (all || wanted.contains("measured")) {
      measured();
    }
    if (all || wanted.contains("efficiency")) {
      efficiency();
    }
    if (all || wanted.contains("driver")) {
      driver();
    }
    if (all || wanted.contains("designs")) {
      designs();
    }
    if (all || wanted.contains("stragglers")) {
      stragglers();
    }
    if (all || wanted.contains("even")) {
      even();
    }
  }

  private static double gigabits(double rate) {
    return rate * 1e9 / 8 * PAYLOAD;
  }

  private static void line(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** Steps of real runs and what the simulation says of them. */
  private static void measured() {
    line("| run | executors | parameters | Gbit/s | compute | measured | predicted | error |");
    line("|---|---|---|---|---|---|---|---|");
    double most = 0;
    for (Measured run : Measured.RUNS) {
      boolean loopback = run.gigabits() == 0;
      Setup setup =
          new Setup(
              run.parameters(),
              run.shards(),
              run.executors(),
              1,
              run.compute() / 1000,
              loopback ? Double.POSITIVE_INFINITY : gigabits(run.gigabits()),
              5e-5,
              2,
              true,
              0,
              1);
      Outcome outcome =
          run.resident() ? DriverStep.of(setup, FITTED) : JobStep.of(setup, FITTED);
      double error = outcome.seconds() * 1000 / run.step() - 1;
      most = Math.max(most, Math.abs(error));
      line(
          "| %s | %d | %,d | %s | %.1f | %.1f | %.1f | %+.0f %% |",
          run.resident() ? "resident" : "job",
          run.executors(),
          run.parameters(),
          loopback ? "loopback" : "" + run.gigabits(),
          run.compute(),
          run.step(),
          outcome.seconds() * 1000,
          error * 100);
    }
    line("%nThe largest error is %.0f %%.%n", most * 100);
  }

  private static void efficiency() {
    line("| parameters | compute | Gbit/s | reduction | 8 | 64 | 512 |");
    line("|---|---|---|---|---|---|---|");
    for (long parameters : new long[] {25_000_000, 350_000_000}) {
      for (double compute : new double[] {0.25, 2}) {
        for (double rate : new double[] {1, 10, 25}) {
          for (boolean sliced : new boolean[] {false, true}) {
            StringBuilder row = new StringBuilder();
            for (int executors : EXECUTORS) {
              Setup setup = Setup.of(parameters, executors, compute, gigabits(rate));
              Outcome outcome =
                  sliced
                      ? SlicedStep.of(setup, FITTED, Design.PLAIN)
                      : DriverStep.of(setup, FITTED);
              row.append(String.format(Locale.ROOT, " %.3f |", outcome.efficiency()));
            }
            line(
                "| %d M | %.2f s | %.0f | %s |%s",
                parameters / 1_000_000, compute, rate, sliced ? "sliced" : "driver", row);
          }
        }
      }
    }
    line("");
  }

  private static void driver() {
    line("| executors | reduction | out, vectors | in, vectors | partial sums held, vectors |");
    line("|---|---|---|---|---|");
    for (int executors : new int[] {4, 16, 64, 256, 512}) {
      Setup setup = Setup.of(25_000_000, executors, 2, gigabits(10)).withSpread(0.05);
      row(executors, "driver", setup, DriverStep.of(setup, FITTED));
      row(executors, "sliced", setup, SlicedStep.of(setup, FITTED, Design.PLAIN));
    }
    line("");
  }

  private static void row(int executors, String reduction, Setup setup, Outcome outcome) {
    line(
        "| %d | %s | %.1f | %.1f | %.1f |",
        executors,
        reduction,
        outcome.bytesOut() / setup.bytes(),
        outcome.bytesIn() / setup.bytes(),
        outcome.vectors());
  }

  /** Which change to the sliced reduction is worth what, for the aim's network. */
  private static void designs() {
    Design one = Design.PLAIN;
    Design pieces = one.with(2, MANY);
    line("| sliced, 25 M parameters, 2 s, 10 Gbit/s | 8 | 64 | 512 |%n|---|---|---|---|");
    design("one slice an owner, 4 under way", one);
    design("one slice an owner, 80 under way", one.with(1, MANY));
    design("two slices an owner, 80 under way: all below too", pieces);
    design("delivery overlaps the backward", pieces.overlapping());
    design("the driver steps and sends slice by slice", pieces.streaming());
    design("both", pieces.streaming().overlapping());
    design("owners step, slice by slice", pieces.streaming().atOwners());
    design("owners step, and delivery overlaps", pieces.streaming().atOwners().overlapping());
    line("");
  }

  private static void design(String name, Design design) {
    StringBuilder row = new StringBuilder();
    for (int executors : EXECUTORS) {
      Setup setup = Setup.of(25_000_000, executors, 2, gigabits(10));
      double efficiency = SlicedStep.of(setup, FITTED, design).efficiency();
      row.append(String.format(Locale.ROOT, " %.3f |", efficiency));
    }
    line("| %s |%s", name, row);
  }

  /** The spread alone takes its part, whatever the reduction. */
  private static void stragglers() {
    line("| spread of the compute | 8 | 64 | 512 |%n|---|---|---|---|");
    for (double sigma : new double[] {0, 0.02, 0.05}) {
      StringBuilder row = new StringBuilder();
      for (int executors : EXECUTORS) {
        Setup setup = Setup.of(25_000_000, executors, 2, gigabits(10)).withSpread(sigma);
        double efficiency = SlicedStep.of(setup, FITTED, Design.PLAIN).efficiency();
        row.append(String.format(Locale.ROOT, " %.3f |", efficiency));
      }
      line("| %.2f |%s", sigma, row);
    }
    line("");
  }

  /** The least parameters for which sliced is faster, and the formula for them. */
  private static void even() {
    line("| executors | sliced is faster from, parameters | the formula |%n|---|---|---|");
    for (int executors : new int[] {2, 3, 4, 6, 8, 16, 32, 64, 128}) {
      double low = 1e3;
      double high = 1e9;
      while (high / low > 1.05) {
        double middle = Math.sqrt(low * high);
        Setup setup = Setup.of((long) middle, executors, 0.25, gigabits(10));
        boolean faster =
            SlicedStep.of(setup, FITTED, Design.PLAIN).seconds()
                < DriverStep.of(setup, FITTED).seconds();
        low = faster ? low : middle;
        high = faster ? middle : high;
      }
      line("| %d | %,.0f | %,.0f |", executors, high, breakEven(executors, gigabits(10)));
    }
  }

  /**
   * Sliced is faster from so many parameters: from where the time that a task's share of the bytes
   * would take on the driver's link is more than what the messages to and from all owners cost it.
   */
  static double breakEven(int tasks, double bytesPerSecond) {
    double others = 1 - 1.0 / tasks;
    return MESSAGES_OF_A_TASK * bytesPerSecond / (2 * Float.BYTES) / (others * others);
  }
}
