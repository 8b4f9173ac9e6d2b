package io.kindling.report;

import io.kindling.checkpoint.Directory;
import io.kindling.conf.RunConfig;
import io.kindling.device.Fingerprint;
import io.kindling.reduce.ShardResult;
import io.kindling.report.RunStatus.State;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the files of a run up to date and tells its progress. {@code status.json} and {@code
 * metrics.jsonl} are replaced as a whole, because object stores and HDFS readers see a file that is
 * being appended to late or not at all.
 */
public final class RunReport {
  private static final long PUBLISH_NANOS = 10_000_000_000L;

  private final Directory directory;
  private final RunConfig config;
  private final String runId;
  private final Progress progress;
  private final StepBudget budget = new StepBudget();
  private final StringBuilder metricLines = new StringBuilder();
  private final String started = now();

  private boolean begun;
  private long totalSteps;
  private int epochs;
  private long steps;
  private long examplesSeen;
  private double epochLoss;
  private long epochExamples;
  private Metrics metrics = Metrics.NONE;
  private @Nullable NativeMemory memory;
  private @Nullable Fingerprint kernels;
  private long lastPublished = System.nanoTime();

  /** A line of {@code metrics.jsonl} for a step. */
  record StepLine(
      String kind, int epoch, long step, double loss, double examplesPerSecond, double seconds) {}

  /** A line of {@code metrics.jsonl} for an epoch. */
  record EpochLine(
      String kind,
      int epoch,
      long step,
      @Nullable Double trainLoss,
      @Nullable Double testLoss,
      @Nullable Double testAccuracy,
      double seconds) {}

  public RunReport(Directory directory, RunConfig config, String runId, Progress progress) {
    this.directory = directory;
    this.config = config;
    this.runId = runId;
    this.progress = progress;
  }

  /** Writes the configuration and the first status. */
  public void start() throws IOException {
    begun = true;
    publishStatus(State.RUNNING, null, null);
    directory.publishText(RunDirectory.CONFIG, config.toYaml());
  }

  /** Tells how many steps the whole run will have. */
  public void expect(long steps) {
    totalSteps = steps;
  }

  /** Where each step's parts are added. */
  public StepBudget budget() {
    return budget;
  }

  /** The kernels that compute. */
  public void kernels(Fingerprint chosen) {
    kernels = chosen;
    progress.say("kernels: " + chosen);
  }

  /** The native memory of the process that used most. */
  public void memory(@Nullable NativeMemory seen) {
    memory = seen;
  }

  /**
   * After a step.
   *
   * @param epoch counted from 1
   * @param total what was summed over the step's examples
   */
  public void step(int epoch, ShardResult total, double millis) throws IOException {
    double lossSum = total.lossSum();
    long examples = total.examples();
    budget.addStep(millis);
    steps++;
    examplesSeen += examples;
    epochLoss += lossSum;
    epochExamples += examples;
    double seconds = budget.totalMillis() / 1000;
    double rate = examplesSeen / seconds;
    double loss = lossSum / examples;
    metrics =
        new Metrics(metrics.trainLoss(), metrics.testLoss(), metrics.testAccuracy(), round(rate));
    progress.step(
        new Progress.Position(epoch, config.train().epochs(), steps, totalSteps, loss, rate),
        seconds / steps * (totalSteps - steps));
    if (steps % config.train().logEvery() == 0) {
      write(new StepLine("step", epoch, steps, loss, round(rate), round(seconds)));
      if (System.nanoTime() - lastPublished > PUBLISH_NANOS) {
        publish();
      }
    }
  }

  /** After an epoch, with the test metrics if there was an evaluation. */
  public void epoch(int epoch, @Nullable Evaluation test) throws IOException {
    epochs = epoch;
    Double testLoss = test == null ? null : test.loss();
    Double testAccuracy = test == null ? null : test.accuracy();
    Double trainLoss = epochExamples == 0 ? null : epochLoss / epochExamples;
    metrics =
        new Metrics(
            trainLoss,
            testLoss == null ? metrics.testLoss() : testLoss,
            testAccuracy == null ? metrics.testAccuracy() : testAccuracy,
            metrics.examplesPerSecond());
    epochLoss = 0;
    epochExamples = 0;
    double seconds = round(budget.totalMillis() / 1000);
    write(new EpochLine("epoch", epoch, steps, trainLoss, testLoss, testAccuracy, seconds));
    progress.epoch(
        epoch, config.train().epochs(), new Metrics(trainLoss, testLoss, testAccuracy, null));
    publish();
  }

  /** Writes the last status, the marker last of all, and tells the step budget. */
  public RunStatus succeed(String weightsSha256) throws IOException {
    directory.publishText(RunDirectory.METRICS, metricLines.toString());
    RunStatus status = publishStatus(State.SUCCEEDED, weightsSha256, null);
    directory.publishText(RunDirectory.SUCCESS, "");
    progress.say(budget.means().table());
    return status;
  }

  /** Writes why the run failed; before its start nothing, as the directory is not yet its own. */
  public void fail(RunError error) throws IOException {
    if (!begun) {
      return;
    }
    directory.publishText(RunDirectory.METRICS, metricLines.toString());
    publishStatus(State.FAILED, null, error);
  }

  public void say(String line) {
    progress.say(line);
  }

  private void write(Object line) {
    metricLines.append(RunStatus.line(line)).append('\n');
  }

  private void publish() throws IOException {
    directory.publishText(RunDirectory.METRICS, metricLines.toString());
    publishStatus(State.RUNNING, null, null);
    lastPublished = System.nanoTime();
  }

  private RunStatus publishStatus(
      State state, @Nullable String weightsSha256, @Nullable RunError error) throws IOException {
    RunStatus status =
        new RunStatus(
            state,
            runId,
            config.sha256(),
            epochs,
            steps,
            examplesSeen,
            metrics,
            budget.means(),
            memory,
            kernels,
            weightsSha256,
            error,
            started,
            now());
    directory.publishText(RunDirectory.STATUS, status.toJson());
    return status;
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
