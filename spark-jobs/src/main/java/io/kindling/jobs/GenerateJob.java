package io.kindling.jobs;

/** The job behind the command of the same name. */
final class GenerateJob {
  private GenerateJob() {}

  static void run(GenerateOptions options) {
    throw new UnsupportedOperationException("GenerateJob");
  }
}
