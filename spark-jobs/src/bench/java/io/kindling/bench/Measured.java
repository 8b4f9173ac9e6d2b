package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Setup;
import io.kindling.bench.SimulatedStep.Outcome;
import io.kindling.bench.SlicedStep.Design;
import java.util.List;

/**
 * A step of a real run on executors of one core each; all processes share two cores.
 *
 * @param megabits a second of each process's link, none for loopback
 * @param compute milliseconds of a task
 * @param step milliseconds, the median
 */
record Measured(
    Way way,
    int executors,
    int shards,
    long parameters,
    double megabits,
    double compute,
    double step) {
  private static final int CORES = 2;
  private static final double LATENCY = 5e-5;

  enum Way {
    JOB,
    DRIVER,
    SLICED
  }

  /** The first are those to which the constants are fitted. */
  static final List<Measured> RUNS =
      List.of(
          new Measured(Way.DRIVER, 2, 2, 100_180, 0, 0.7, 5.7),
          new Measured(Way.DRIVER, 2, 8, 100_180, 0, 0.7, 4.6),
          new Measured(Way.DRIVER, 2, 2, 1_000_120, 0, 1.4, 17.6),
          new Measured(Way.DRIVER, 2, 8, 1_000_120, 0, 3.4, 19.0),
          new Measured(Way.DRIVER, 2, 2, 10_999_630, 0, 19.6, 176.2),
          new Measured(Way.DRIVER, 2, 8, 10_999_630, 0, 48.7, 216.8),
          new Measured(Way.DRIVER, 2, 2, 24_999_580, 0, 60.0, 480.3),
          new Measured(Way.DRIVER, 2, 8, 24_999_580, 0, 121.3, 588.4),
          new Measured(Way.JOB, 2, 8, 100_180, 0, 1.0, 28.3),
          new Measured(Way.JOB, 2, 2, 1_000_120, 0, 1.5, 51.0),
          new Measured(Way.JOB, 2, 8, 1_000_120, 0, 3.4, 43.9),
          new Measured(Way.JOB, 2, 8, 10_999_630, 0, 52.3, 406.4),
          new Measured(Way.JOB, 2, 2, 24_999_580, 0, 42.1, 936.6),
          new Measured(Way.JOB, 2, 8, 24_999_580, 0, 110.5, 914.0),
          // Links of limited bandwidth; the compute is what it was on loopback.
          new Measured(Way.DRIVER, 4, 4, 100_180, 100, 0.7, 199.0),
          new Measured(Way.DRIVER, 2, 2, 1_000_120, 1000, 1.4, 155.0),
          new Measured(Way.DRIVER, 4, 4, 1_000_120, 1000, 1.4, 252.0),
          new Measured(Way.DRIVER, 3, 3, 1_000_120, 500, 1.4, 388.0),
          new Measured(Way.DRIVER, 2, 2, 1_000_120, 100, 1.4, 1217.0),
          new Measured(Way.DRIVER, 4, 4, 1_000_120, 200, 1.4, 1168.0),
          new Measured(Way.DRIVER, 2, 2, 10_999_630, 1000, 19.6, 1548.0),
          new Measured(Way.DRIVER, 4, 4, 10_999_630, 1000, 19.6, 2912.0),
          new Measured(Way.DRIVER, 4, 4, 10_999_630, 500, 19.6, 6023.0),
          new Measured(Way.DRIVER, 2, 2, 24_999_580, 1000, 60.0, 3577.0),
          new Measured(Way.JOB, 2, 2, 1_000_120, 200, 1.4, 785.0),
          new Measured(Way.JOB, 4, 4, 1_000_120, 200, 1.4, 1418.0),
          new Measured(Way.JOB, 2, 2, 10_999_630, 1000, 19.6, 2090.0),
          new Measured(Way.SLICED, 4, 4, 1_000_120, 200, 1.4, 902.0),
          new Measured(Way.SLICED, 3, 3, 1_000_120, 200, 1.4, 835.0),
          new Measured(Way.SLICED, 2, 2, 10_999_630, 500, 19.6, 2121.0),
          new Measured(Way.SLICED, 4, 4, 10_999_630, 500, 19.6, 2910.0));

  boolean isLoopback() {
    return megabits == 0;
  }

  Outcome predicted(Costs costs) {
    double bandwidth =
        isLoopback() ? Double.POSITIVE_INFINITY : StepSimulator.gigabits(megabits / 1000);
    Setup setup =
        new Setup(
            parameters,
            shards,
            executors,
            1,
            compute / 1000,
            bandwidth,
            LATENCY,
            CORES,
            true,
            0,
            1);
    return switch (way) {
      case JOB -> JobStep.of(setup, costs);
      case DRIVER -> DriverStep.of(setup, costs);
      case SLICED -> SlicedStep.of(setup, costs, Design.PLAIN);
    };
  }
}
