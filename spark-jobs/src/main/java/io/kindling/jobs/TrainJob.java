package io.kindling.jobs;

/** The job behind the command of the same name. */
final class TrainJob {
  private TrainJob() {}

  static void run(TrainOptions options) {
    throw new UnsupportedOperationException("TrainJob");
  }
}
