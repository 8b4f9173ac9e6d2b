package io.kindling.jobs;

/** The job behind the command of the same name. */
final class ShowJob {
  private ShowJob() {}

  static void run(ShowOptions options) {
    throw new UnsupportedOperationException("ShowJob");
  }
}
