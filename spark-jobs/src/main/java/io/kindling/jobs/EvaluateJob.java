package io.kindling.jobs;

/** The job behind the command of the same name. */
final class EvaluateJob {
  private EvaluateJob() {}

  static void run(EvaluateOptions options) {
    throw new UnsupportedOperationException("EvaluateJob");
  }
}
