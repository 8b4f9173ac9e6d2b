package io.kindling.jobs;

import io.kindling.conf.Secrets;
import io.kindling.failure.Failures;
import io.kindling.failure.JobException;
import io.kindling.failure.Place;
import io.kindling.report.RunError;
import io.kindling.report.RunStatus;
import io.kindling.train.TrainResult;
import io.kindling.train.Trainer;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** The job behind the command of the same name. */
final class TrainJob {
  private TrainJob() {}

  static void run(TrainOptions options) throws Exception {
    TrainResult result =
        Sessions.with(
            "train",
            Duration.ofSeconds(options.config().train().stepTimeout() * 9L / 10),
            spark ->
                Trainer.of(spark, options.config())
                    .runId(options.runId())
                    .overwrite(options.overwrite())
                    .describing(thrown -> describe(thrown, options.output()))
                    .fit(options.output()));
    tell(result.status(), options.output(), System.out);
  }

  private static void tell(RunStatus status, String output, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "SUCCEEDED  test_accuracy %.4f  test_loss %.4f  %d steps  %,.0f examples/s%n",
        status.metrics().testAccuracy(),
        status.metrics().testLoss(),
        status.steps(),
        status.metrics().examplesPerSecond());
    out.printf("weights_sha256 %s%noutput %s%n", status.weightsSha256(), Secrets.masked(output));
  }

  private static RunError describe(Throwable thrown, String output) {
    JobException failure = Failures.classify(thrown, output);
    Place place = failure.place();
    return new RunError(
        failure.type(),
        failure.message(),
        place.partition(),
        place.host(),
        place.file(),
        place.record());
  }
}
