package io.kindling.train;

import io.kindling.checkpoint.Lease;
import io.kindling.conf.RunConfig;
import io.kindling.conf.TrainConfig;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.StepParameters;
import io.kindling.report.Evaluation;
import io.kindling.report.Identity;
import io.kindling.report.RunReport;
import java.io.IOException;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The loop on the driver, from where a state left it to where the run stops. */
final class TrainLoop {
  private static final double MILLIS_A_MINUTE = 60_000;

  private final RunConfig config;
  private final TrainConfig train;
  private final TrainingData data;
  private final MasterModel master;
  private final RunReport report;
  private final Saves saves;
  private final Lease lease;
  private final Identity identity;
  private final LongPredicate stop;

  private StepParameters values;
  private int epoch;
  private long step;
  private @Nullable Double testLoss;
  private @Nullable Double bestLoss;
  private int sinceBest;

  TrainLoop(
      RunConfig config,
      TrainingData data,
      MasterModel master,
      RunReport report,
      Saves saves,
      Lease lease,
      Identity identity,
      LongPredicate stop) {
    this.config = config;
    this.train = config.train();
    this.data = data;
    this.master = master;
    this.report = report;
    this.saves = saves;
    this.lease = lease;
    this.identity = identity;
    this.stop = stop;
    this.values = master.values();
  }

  /**
   * Trains.
   *
   * @param from goes on after this, which the master and the report have taken up; null for the
   *     start
   * @throws StoppedException if it was asked to stop
   */
  void run(@Nullable RunState from) throws IOException {
    if (from != null) {
      epoch = from.epoch();
      step = from.step();
      testLoss = from.testLoss();
      bestLoss = from.bestLoss();
      sinceBest = from.sinceBest();
      master.skippedInRow(from.skippedInRow());
      validate();
    }
    while (epoch < train.epochs() && !(isOver() && step == 0)) {
      while (step < data.stepsPerEpoch() && !isOver()) {
        step();
        validate();
      }
      endEpoch();
    }
  }

  private boolean isOver() {
    boolean late =
        train.maxMinutes() > 0
            && report.budget().totalMillis() >= train.maxMinutes() * MILLIS_A_MINUTE;
    boolean worse = train.patience() > 0 && sinceBest >= train.patience();
    return late || worse || report.steps() >= data.totalSteps();
  }

  private void step() throws IOException {
    lease.requireHeld();
    long start = System.nanoTime();
    ShardResult total = data.gradient(values, epoch, step, report.budget());
    long summed = System.nanoTime();
    values = master.step(total, values, () -> data.notFinite(values, epoch, step));
    report.budget().addOptimizer((System.nanoTime() - summed) / 1e6);
    step++;
    testLoss = null;
    double millis = (System.nanoTime() - start) / 1e6;
    if (master.skippedInRow() > 0) {
      report.skipped(epoch + 1, total.examples(), millis);
    } else {
      report.step(epoch + 1, total, millis);
    }
    long made = report.steps();
    if (stop.test(made)) {
      saves.saveNow(master, state());
      throw new StoppedException(
          String.format(
              "stopped as asked, after step %d of %d, with a checkpoint; the same command goes on"
                  + " from there",
              made, data.totalSteps()));
    }
  }

  /** Between two steps of an epoch: evaluates and saves where it is time. */
  private void validate() throws IOException {
    if (step == 0 || step == data.stepsPerEpoch()) {
      return;
    }
    boolean best = false;
    if (isDue(train.validateEvery()) && testLoss == null) {
      measure();
      report.validated(epoch + 1);
      best = train.restoreBest() && sinceBest == 0;
    }
    if (best) {
      saves.saveNow(master, state());
    } else if (isDue(train.checkpointEvery())) {
      saves.save(master, state());
    }
  }

  private boolean isDue(int every) {
    return every > 0 && report.steps() % every == 0;
  }

  /** Evaluates the parameters as they are, unless that is done. */
  private void measure() {
    if (testLoss == null) {
      Evaluation test = Evaluation.of(data.measure(values));
      master.requireFinite(test, values);
      report.measured(test);
      note(test.loss());
    }
  }

  /** Whether no evaluation was better than the last, which is at the end. */
  boolean endedAtBest() {
    return sinceBest == 0;
  }

  private void endEpoch() throws IOException {
    boolean whole = step == data.stepsPerEpoch();
    boolean last = isOver() || epoch == train.epochs() - 1;
    if (!whole) { // A run that is extended goes on inside of the epoch.
      saves.saveNow(master, state());
    }
    boolean due = train.evalEvery() > 0 && (epoch + 1) % train.evalEvery() == 0;
    report.memory(data.nativeMemory());
    if (last || due || isDue(train.validateEvery())) {
      measure();
    }
    boolean measured = testLoss != null;
    report.epoch(epoch + 1, measured);
    epoch++;
    step = 0;
    boolean needed = isOver() || (train.restoreBest() && measured && sinceBest == 0);
    if (whole && (last || needed)) {
      saves.saveNow(master, state());
    } else if (whole) {
      saves.save(master, state());
    }
  }

  private void note(double loss) {
    testLoss = loss;
    if (bestLoss == null || loss < bestLoss) {
      bestLoss = loss;
      sinceBest = 0;
    } else {
      sinceBest++;
    }
  }

  private RunState state() {
    return new RunState(
        config.sha256(),
        config.stopSha256(),
        identity,
        epoch,
        step,
        report.counters(),
        testLoss,
        bestLoss,
        sinceBest,
        master.skippedInRow());
  }
}
