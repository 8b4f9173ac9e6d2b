package io.kindling.report;

import io.kindling.checkpoint.Background;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.Manifest;
import io.kindling.conf.RunConfig;
import io.kindling.reduce.ShardResult;
import io.kindling.report.RunStatus.State;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the files of a run up to date and tells its progress. Files are replaced as a whole,
 * because object stores and HDFS readers see a file that is being appended to late or not at all.
 */
public final class RunReport {
  private static final long PUBLISH_NANOS = 10_000_000_000L;

  private final Directory directory;
  private final RunConfig config;
  private final String runId;
  private final Progress progress;
  private final StepBudget budget = new StepBudget();
  private final MetricsLog log;
  private final Background background;
  private final Manifest manifest = new Manifest();
  private String started = now();
  private @Nullable Identity identity;

  private boolean begun;
  private long totalSteps;
  private int epochs;
  private long steps;
  private long skipped;
  private long examplesSeen;
  private double epochLoss;
  private long epochExamples;
  private Metrics metrics = Metrics.NONE;
  private @Nullable NativeMemory memory;
  private long lastPublished = System.nanoTime();

  /** A line of {@code metrics.jsonl} for a step. */
  record StepLine(
      String kind, int epoch, long step, double loss, double examplesPerSecond, double seconds) {}

  /** A line of {@code metrics.jsonl} for a step that was left out. */
  record SkipLine(String kind, int epoch, long step, double seconds) {}

  /** A line of {@code metrics.jsonl} for an evaluation inside of an epoch. */
  record ValidationLine(
      String kind,
      int epoch,
      long step,
      @Nullable Double testLoss,
      @Nullable Double testAccuracy,
      double seconds) {}

  /** A line of {@code metrics.jsonl} for an epoch. */
  record EpochLine(
      String kind,
      int epoch,
      long step,
      @Nullable Double trainLoss,
      @Nullable Double testLoss,
      @Nullable Double testAccuracy,
      double seconds) {}

  /**
   * A report of a run that has the directory.
   *
   * @param background writes what changes while the run lasts
   */
  public RunReport(
      Directory directory,
      RunConfig config,
      String runId,
      Progress progress,
      Background background) {
    this.directory = directory;
    this.log = new MetricsLog(directory);
    this.background = background;
    this.config = config;
    this.runId = runId;
    this.progress = progress;
  }

  /** Writes the configuration and the first status. */
  public void start() throws IOException {
    begun = true;
    directory.publishText(RunDirectory.STATUS, status(State.RUNNING, null, null).toJson());
    manifest.publishText(directory, RunDirectory.CONFIG, config.toYaml());
  }

  /** Goes on with a run that was there. */
  public void resume(Counters from) throws IOException {
    directory.delete(RunDirectory.SUCCESS);
    directory.delete(Manifest.NAME);
    directory.deleteTemporaries();
    epochs = from.epochs();
    steps = from.steps();
    skipped = from.skipped();
    examplesSeen = from.examplesSeen();
    epochLoss = from.epochLoss();
    epochExamples = from.epochExamples();
    metrics = from.metrics();
    budget.restore(from.budget());
    started = from.started();
    log.rewind(from.metricLines());
    start();
  }

  /** How far the run is. */
  public Counters counters() {
    return new Counters(
        epochs,
        steps,
        skipped,
        examplesSeen,
        epochLoss,
        epochExamples,
        metrics,
        log.lines(),
        budget.sums(),
        started);
  }

  /** Writes the lines of metrics that are not written yet; may be called beside the loop. */
  public void flushMetrics() throws IOException {
    log.flush();
  }

  /** What else decides the bits, once it is known. */
  public void identity(Identity known) {
    identity = known;
    progress.say("kernels: " + known.kernels());
  }

  public String runId() {
    return runId;
  }

  /** Optimizer steps so far. */
  public long steps() {
    return steps;
  }

  /** Tells how many steps the whole run will have. */
  public void expect(long steps) {
    totalSteps = steps;
  }

  /** Where each step's parts are added. */
  public StepBudget budget() {
    return budget;
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
  public void step(int epoch, ShardResult total, double millis) {
    double lossSum = total.lossSum();
    long examples = total.examples();
    count(examples, millis);
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
    sayNotes();
    if (steps % config.train().logEvery() == 0) {
      write(new StepLine("step", epoch, steps, loss, round(rate), round(seconds)));
      if (System.nanoTime() - lastPublished > PUBLISH_NANOS) {
        publish();
      }
    }
  }

  private void count(long examples, double millis) {
    budget.addStep(millis);
    steps++;
    examplesSeen += examples;
  }

  /** After a step that was left out; its loss is in no mean. */
  public void skipped(int epoch, long examples, double millis) {
    count(examples, millis);
    skipped++;
    progress.say(
        String.format(
            "step %d of %d is left out: its loss or gradient is not finite", steps, totalSteps));
    write(new SkipLine("skip", epoch, steps, round(budget.totalMillis() / 1000)));
  }

  /** After an evaluation inside of an epoch, which was {@link #measured}. */
  public void validated(int epoch) {
    Double loss = metrics.testLoss();
    Double accuracy = metrics.testAccuracy();
    double seconds = round(budget.totalMillis() / 1000);
    write(new ValidationLine("validation", epoch, steps, loss, accuracy, seconds));
    progress.validation(steps, totalSteps, metrics);
  }

  /**
   * After an epoch.
   *
   * @param tested whether the model as it is was {@link #measured}
   */
  public void epoch(int epoch, boolean tested) {
    epochs = epoch;
    Double testLoss = tested ? metrics.testLoss() : null;
    Double testAccuracy = tested ? metrics.testAccuracy() : null;
    Double trainLoss = epochExamples == 0 ? null : epochLoss / epochExamples;
    metrics =
        new Metrics(
            trainLoss, metrics.testLoss(), metrics.testAccuracy(), metrics.examplesPerSecond());
    epochLoss = 0;
    epochExamples = 0;
    double seconds = round(budget.totalMillis() / 1000);
    write(new EpochLine("epoch", epoch, steps, trainLoss, testLoss, testAccuracy, seconds));
    progress.epoch(
        epoch, config.train().epochs(), new Metrics(trainLoss, testLoss, testAccuracy, null));
    publish();
  }

  /** The last metrics on the test data are these. */
  public void measured(Evaluation test) {
    metrics =
        new Metrics(metrics.trainLoss(), test.loss(), test.accuracy(), metrics.examplesPerSecond());
  }

  /**
   * Writes the model and the last status, then the manifest of all, the marker last, and tells the
   * step budget.
   *
   * @param lease asked before and after whether the directory is still the run's
   */
  public RunStatus succeed(Directory.Content model, String weightsSha256, Directory.Guard lease)
      throws IOException {
    background.await();
    sayNotes();
    lease.check();
    manifest.publish(directory, RunDirectory.MODEL, model);
    manifest.put(RunDirectory.METRICS, log.finish());
    RunStatus status = status(State.SUCCEEDED, weightsSha256, null);
    manifest.publishText(directory, RunDirectory.STATUS, status.toJson());
    lease.check();
    manifest.seal(directory, RunDirectory.SUCCESS);
    progress.say(budget.means().table());
    return status;
  }

  /** Writes why the run failed; before its start nothing, as the directory is not yet its own. */
  public void fail(RunError error) throws IOException {
    if (!begun) {
      return;
    }
    background.await();
    sayNotes();
    log.finish();
    directory.publishText(RunDirectory.STATUS, status(State.FAILED, null, error).toJson());
  }

  public void say(String line) {
    progress.say(line);
  }

  private void write(Object line) {
    log.add(RunStatus.line(line));
  }

  /** Beside the loop; what fails is written at the next time. */
  private void publish() {
    lastPublished = System.nanoTime();
    if (background.isIdle()) {
      String json = status(State.RUNNING, null, null).toJson();
      background.submit(directory.resolve(RunDirectory.METRICS).toString(), log::flush);
      background.submit(
          directory.resolve(RunDirectory.STATUS).toString(),
          () -> directory.publishText(RunDirectory.STATUS, json));
    }
  }

  private void sayNotes() {
    for (String note = background.note(); note != null; note = background.note()) {
      progress.say(note);
    }
  }

  private RunStatus status(State state, @Nullable String weightsSha256, @Nullable RunError error) {
    return new RunStatus(
        state,
        runId,
        config.sha256(),
        config.stopSha256(),
        identity,
        epochs,
        steps,
        skipped == 0 ? null : skipped,
        examplesSeen,
        metrics,
        budget.means(),
        memory,
        identity == null ? null : identity.kernels(),
        weightsSha256,
        error,
        started,
        now());
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
