package io.kindling.jobs;

import io.kindling.checkpoint.Directory;
import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import io.kindling.train.Replay;
import io.kindling.train.RunComparison;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jspecify.annotations.Nullable;

/** The job behind the command of the same name. */
final class VerifyJob {
  /** How long a cluster may give no executor: the run's own bound is not known before. */
  private static final Duration PATIENCE = Duration.ofMinutes(9);

  private VerifyJob() {}

  /**
   * Compares two runs, or a run with its replay.
   *
   * @param steps the least number of last steps to replay; 0 for all
   */
  static void run(String run, @Nullable String other, long steps) throws Exception {
    if (other != null) {
      compare(run, other);
      return;
    }
    Replay replay =
        Sessions.with(
            "verify",
            PATIENCE,
            spark ->
                Replay.of(
                    spark,
                    Directory.of(run, spark.sparkContext().hadoopConfiguration()),
                    steps,
                    System.out::println));
    if (replay.difference() != null) {
      throw new JobException(
          Ending.BAD_DATA,
          String.format(
              "the replay of %s from step %d differs from the run in %s",
              run, replay.from(), replay.difference()));
    }
    System.out.printf(
        "VERIFIED  steps %d to %d, %d losses and the weights are those of the run%n",
        replay.from() + 1, replay.to(), replay.losses());
  }

  private static void compare(String run, String other) throws Exception {
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(new SparkConf());
    List<String> differences =
        RunComparison.differences(Directory.of(run, hadoop), Directory.of(other, hadoop));
    if (!differences.isEmpty()) {
      throw new JobException(
          Ending.BAD_DATA,
          other + " differs from " + run + " in " + String.join(", ", differences));
    }
    System.out.printf("EQUAL  %s and %s have the same weights and losses%n", run, other);
  }
}
