package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Setup;
import io.kindling.bench.SimulatedStep.Outcome;
import io.kindling.bench.SlicedStep.Design;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

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

  /** What the sliced reduction could be. */
  private static final Design STREAMED = Design.PLAIN.inPieces(2).streaming().overlapping();

  /** Seconds, fitted to the simulation itself. */
  private static final double MESSAGES = 0.2e-3;

  private static final double MESSAGES_OF_FEW = 1.6e-3;

  /** Parameters that are not cut. */
  private static final double ONE_SLICE = 1 << 14;

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

  static double gigabits(double rate) {
    return rate * 1e9 / 8 * PAYLOAD;
  }

  private static void line(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** Steps of real runs and what the simulation says of them. */
  private static void measured() {
    line("| run | executors | parameters | Mbit/s | measured, ms | predicted | error |");
    line("|---|---|---|---|---|---|---|");
    double most = 0;
    for (Measured run : Measured.RUNS) {
      double predicted = run.predicted(FITTED).seconds() * 1000;
      double error = predicted / run.step() - 1;
      most = Math.max(most, Math.abs(error));
      line(
          "| %s | %d | %,d | %s | %.1f | %.1f | %+.0f %% |",
          run.way().name().toLowerCase(Locale.ROOT),
          run.executors(),
          run.parameters(),
          run.isLoopback() ? "loopback" : String.format(Locale.ROOT, "%.0f", run.megabits()),
          run.step(),
          predicted,
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
          Function<Integer, Setup> at = n -> Setup.of(parameters, n, compute, gigabits(rate));
          String of =
              String.format(
                  Locale.ROOT, "%d M | %.2f s | %.0f", parameters / 1_000_000, compute, rate);
          line("| %s | driver |%s", of, row(n -> DriverStep.of(at.apply(n), FITTED)));
          line("| %s | sliced |%s", of, sliced(at, Design.PLAIN));
          line("| %s | sliced, streamed, overlapping |%s", of, sliced(at, STREAMED));
        }
      }
    }
    line("");
  }

  private static String sliced(Function<Integer, Setup> at, Design design) {
    return row(n -> SlicedStep.of(at.apply(n), FITTED, design));
  }

  private static String row(Function<Integer, Outcome> executors) {
    StringBuilder row = new StringBuilder();
    for (int n : EXECUTORS) {
      row.append(String.format(Locale.ROOT, " %.3f |", executors.apply(n).efficiency()));
    }
    return row.toString();
  }

  private static void driver() {
    line("| executors | way | out | in | partial sums | efficiency |%n|---|---|---|---|---|---|");
    for (int executors : new int[] {4, 16, 64, 256, 512}) {
      Setup setup = Setup.of(25_000_000, executors, 2, gigabits(10));
      row(executors, "job a step", setup, JobStep.of(setup, FITTED));
      row(executors, "driver", setup, DriverStep.of(setup, FITTED));
      row(executors, "sliced", setup, SlicedStep.of(setup, FITTED, Design.PLAIN));
    }
    line("");
  }

  /** In whole vectors. */
  private static void row(int executors, String way, Setup setup, Outcome outcome) {
    line(
        "| %d | %s | %.1f | %.1f | %.1f | %.3f |",
        executors,
        way,
        outcome.bytesOut() / setup.bytes(),
        outcome.bytesIn() / setup.bytes(),
        outcome.vectors(),
        outcome.efficiency());
  }

  /** Which change to the sliced reduction is worth what, for the aim's network. */
  private static void designs() {
    Design one = Design.PLAIN;
    Design two = one.inPieces(2);
    line("| sliced, 25 M parameters, 2 s, 10 Gbit/s | 8 | 64 | 512 |%n|---|---|---|---|");
    design("one slice an owner", one);
    design("two slices an owner, as all below", two);
    design("delivery overlaps the backward", two.overlapping());
    design("the driver steps and sends slice by slice", two.streaming());
    design("both", STREAMED);
    design("owners step, slice by slice", two.streaming().atOwners());
    design("owners step, and delivery overlaps", two.streaming().atOwners().overlapping());
    Costs half =
        new Costs(
            FITTED.pack() / 2,
            FITTED.unpack() / 2,
            FITTED.add(),
            FITTED.message(),
            FITTED.wake(),
            FITTED.step(),
            FITTED.update(),
            FITTED.object(),
            FITTED.job(),
            FITTED.launch());
    line(
        "| one slice an owner, bytes at half their cost |%s",
        row(n -> SlicedStep.of(Setup.of(25_000_000, n, 2, gigabits(10)), half, one)));
    line("");
  }

  private static void design(String name, Design design) {
    line("| %s |%s", name, sliced(n -> Setup.of(25_000_000, n, 2, gigabits(10)), design));
  }

  /** The spread alone takes its part, whatever the reduction. */
  private static void stragglers() {
    line("| spread of the compute | 8 | 64 | 512 |%n|---|---|---|---|");
    for (double sigma : new double[] {0, 0.02, 0.05}) {
      String row =
          sliced(
              n -> Setup.of(25_000_000, n, 2, gigabits(10)).withSpread(sigma), Design.PLAIN);
      line("| %.2f |%s", sigma, row);
    }
    line("");
  }

  /** The least parameters for which sliced is faster, and the formula for them. */
  private static void even() {
    line("| executors | 1 Gbit/s, simulated | formula | 10 Gbit/s, simulated | formula |");
    line("|---|---|---|---|---|");
    for (int executors : new int[] {2, 3, 4, 8, 16, 64}) {
      StringBuilder row = new StringBuilder();
      for (double rate : new double[] {1, 10}) {
        double formula = breakEven(executors, gigabits(rate));
        row.append(
            String.format(Locale.ROOT, " %,.0f | %,.0f |", even(executors, rate), formula));
      }
      line("| %d |%s", executors, row);
    }
  }

  private static double even(int executors, double rate) {
    double low = 1e3;
    double high = 1e9;
    while (high / low > 1.05) {
      double middle = Math.sqrt(low * high);
      Setup setup = Setup.of((long) middle, executors, 0.25, gigabits(rate));
      boolean faster =
          SlicedStep.of(setup, FITTED, Design.PLAIN).seconds()
              < DriverStep.of(setup, FITTED).seconds();
      low = faster ? low : middle;
      high = faster ? middle : high;
    }
    return high;
  }

  /**
   * Sliced is faster from so many parameters: where a vector there and back over a link takes
   * longer than a task's messages to the owners, which weigh most where there are few.
   */
  static double breakEven(int tasks, double bytesPerSecond) {
    double seconds = MESSAGES + MESSAGES_OF_FEW / ((tasks - 1.0) * (tasks - 1));
    return Math.max(ONE_SLICE, seconds * bytesPerSecond / (2 * Float.BYTES));
  }
}
