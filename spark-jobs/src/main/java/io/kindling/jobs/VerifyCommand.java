package io.kindling.jobs;

import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code verify}. */
@Command(
    name = "verify",
    description = {
      "Train a finished run again and compare losses and weights, writing nothing;",
      "or compare two runs and name the first step and tensor that differ."
    })
final class VerifyCommand implements KindlingCommand.Action {
  @Mixin KindlingCommand.Common common = new KindlingCommand.Common();

  @Parameters(index = "0", paramLabel = "OUT", description = "The output of a run.")
  String run = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUT2",
      description = "The output of another run, to compare with instead.")
  @Nullable String other;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Only the last N steps, from a checkpoint before them.")
  long steps;

  @Override
  public void run() throws Exception {
    KindlingCommand.path("OUT", run);
    if (other != null) {
      KindlingCommand.path("OUT2", other);
    }
    if (steps < 0) {
      throw new JobException(Ending.USAGE, "--steps must be at least 1, got " + steps);
    }
    VerifyJob.run(run, other, steps);
  }
}
