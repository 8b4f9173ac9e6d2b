package io.kindling.jobs;

import io.kindling.conf.GenerateConfig;
import io.kindling.source.GeneratedData;
import io.kindling.source.GeneratedData.Outcome;
import java.io.IOException;
import java.io.PrintStream;

/** The job behind the command of the same name; needs Spark's configuration and no Spark. */
final class GenerateJob {
  private GenerateJob() {}

  static void run(GenerateOptions options) throws IOException {
    run(options, System.out);
  }

  static void run(GenerateOptions options, PrintStream out) throws IOException {
    GenerateConfig what = options.what();
    Outcome outcome =
        GeneratedData.generate(options.output(), what, options.overwrite(), Sessions.hadoop());
    out.printf(
        "%s: %d training and %d test digits, seed %d%s%n",
        options.output(),
        what.trainCount(),
        what.testCount(),
        what.seed(),
        outcome == Outcome.PRESENT ? ", were there already" : "");
  }
}
