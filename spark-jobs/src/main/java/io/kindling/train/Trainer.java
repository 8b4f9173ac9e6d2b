package io.kindling.train;

import io.kindling.checkpoint.Background;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.Lease;
import io.kindling.checkpoint.ModelFile;
import io.kindling.checkpoint.ModelTree;
import io.kindling.conf.RunConfig;
import io.kindling.device.cpu.Cpu;
import io.kindling.exchange.CommonKernels;
import io.kindling.nn.Module;
import io.kindling.nn.ParameterVector;
import io.kindling.replica.EngineSetup;
import io.kindling.replica.ModelFactory;
import io.kindling.report.Evaluation;
import io.kindling.report.Identity;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunDirectory.Found;
import io.kindling.report.RunError;
import io.kindling.report.RunReport;
import io.kindling.report.RunStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network on Spark:
 *
 * <pre>{@code
 * RunConfig config = ConfigLoader.load(List.of(Layer.yaml("run", yaml)));
 * TrainResult result = Trainer.of(spark, config).model(() -> new MyNet()).fit("out");
 * }</pre>
 *
 * The session may be any; with {@code spark.serializer} set to Spark's KryoSerializer parameters
 * travel faster.
 */
public final class Trainer {
  private final SparkSession spark;
  private RunConfig config;
  private ModelFactory factory;
  private @Nullable String runId;
  private boolean overwrite;
  private LongPredicate stop = step -> false;
  private PrintStream out = System.out;
  private Function<Throwable, RunError> describe = RunError::of;

  private Trainer(SparkSession spark, RunConfig config, ModelFactory factory) {
    this.spark = spark;
    this.config = config;
    this.factory = factory;
  }

  /** A trainer of what the configuration says; change it with the methods below. */
  public static Trainer of(SparkSession spark, RunConfig config) {
    return new Trainer(spark, config, ModelFactory.of(config.model()));
  }

  /** Trains this model instead of the one that {@code model.class} and {@code model.args} name. */
  public Trainer model(ModelFactory model) {
    EngineSetup.apply(config.engine());
    String className = model.create().getClass().getName();
    config = config.with(config.model().withClass(className));
    factory = ModelFactory.freezing(config.model(), model);
    return this;
  }

  /** Names the run; null for a name of the trainer's choice. */
  public Trainer runId(@Nullable String id) {
    this.runId = id;
    return this;
  }

  /** Whether another run's output may be replaced; not unless told. */
  public Trainer overwrite(boolean value) {
    this.overwrite = value;
    return this;
  }

  /** Where progress is told; standard output unless told. */
  public Trainer out(PrintStream stream) {
    this.out = stream;
    return this;
  }

  /** How a failure is put into {@code status.json}. */
  public Trainer describing(Function<Throwable, RunError> words) {
    this.describe = words;
    return this;
  }

  /** For tests: stops after a step as a signal does. */
  Trainer stopping(LongPredicate after) {
    this.stop = after;
    return this;
  }

  /**
   * Trains and leaves the run's files in {@code output}, a directory on any Hadoop file system. If
   * they are there already, complete and of the same run, nothing is done; a run that did not end,
   * or is to stop later, goes on from its newest checkpoint.
   *
   * @throws org.apache.hadoop.fs.FileAlreadyExistsException if something else is there
   * @throws io.kindling.checkpoint.LeaseException if another process is writing there
   * @throws io.kindling.conf.ConfigException if model, data and configuration do not fit
   * @throws io.kindling.core.DataException if the data cannot be used
   * @throws StoppedException if the process was asked to end
   */
  public TrainResult fit(String output) throws IOException {
    config = CommonKernels.resolve(spark.sparkContext(), config);
    EngineSetup.apply(config.engine());
    Directory place = Directory.of(output, spark.sparkContext().hadoopConfiguration());
    TrainResult complete = completed(place); // Before the lease: a refusal leaves no trace.
    if (complete != null) {
      return complete;
    }
    try (StopSignal signal = StopSignal.install();
        Lease lease = Lease.take(place, RunFiles.name(config, runId, null));
        Background background = new Background()) {
      complete = completed(place); // The run that was waited for may have ended.
      if (complete != null) {
        return complete;
      }
      Directory directory = place.guardedBy(lease::requireHeld);
      Found found = RunDirectory.inspect(directory, config, runId, overwrite);
      RunStatus there = found == Found.PARTIAL ? RunDirectory.status(directory) : null;
      RunReport report = RunFiles.report(directory, config, runId, out, there, background);
      Saves saves = new Saves(directory, config, report, background);
      LongPredicate stops = step -> stop.test(step) || signal.isRequested();
      Run run = new Run(directory, found, there, report, saves, lease, stops);
      return recorded(report, () -> train(run));
    }
  }

  /** The result of a run that is there, complete; null where there is something to do. */
  private @Nullable TrainResult completed(Directory place) throws IOException {
    return RunDirectory.inspect(place, config, runId, overwrite) == Found.COMPLETE
        ? RunFiles.completed(
            place, config, factory, overwrite, out, spark.sparkContext().hadoopConfiguration())
        : null;
  }

  private interface Work {
    TrainResult run() throws IOException;
  }

  private TrainResult recorded(RunReport report, Work work) throws IOException {
    try {
      return work.run();
    } catch (Throwable failure) { // errors too: whatever ends the run is written down
      try {
        report.fail(describe.apply(failure));
      } catch (IOException | RuntimeException second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }

  /**
   * A run that has its directory.
   *
   * @param found what was in the directory
   * @param there the status of the run that did not end; null where there was none
   */
  private record Run(
      Directory directory,
      Found found,
      @Nullable RunStatus there,
      RunReport report,
      Saves saves,
      Lease lease,
      LongPredicate stop) {

    void begin() throws IOException {
      RunDirectory.clear(directory);
      report.start();
    }
  }

  /** The picture in the README, from its top to its bottom. */
  private TrainResult train(Run run) throws IOException {
    RunReport report = run.report();
    if (run.found() == Found.FREE) {
      run.begin();
    }
    try (TrainingData data =
        TrainingData.open(spark.sparkContext(), config, factory, report::say)) {
      MasterModel master = new MasterModel(data.spec().buildModel(), config);
      Identity identity =
          new Identity(
              ModelTree.sha256(master.model()), data.sha256(), Cpu.backend().fingerprint());
      Preflight.check(master.model(), data.spec(), config);
      data.requireHeap(
          ParameterVector.size(master.model()) + (long) ParameterVector.bufferSize(master.model()));
      RunState from = newest(run, identity, data.totalSteps());
      if (from != null) {
        run.saves().load(master, from);
        report.resume(from.counters());
      } else if (run.found() != Found.FREE) { // A mistake must not have cost the old run.
        run.begin();
      }
      report.identity(identity);
      report.expect(data.totalSteps());
      TrainLoop loop =
          new TrainLoop(
              config, data, master, report, run.saves(), run.lease(), identity, run.stop());
      loop.run(from);
      if (config.train().restoreBest() && !loop.endedAtBest() && run.saves().loadBest(master)) {
        report.measured(Evaluation.of(data.measure(master.values())));
      }
      Module model = master.model();
      RunStatus status =
          report.succeed(
              to -> RunFiles.writeModel(to, model.stateDict(), config),
              ModelFile.weightsSha256(model),
              run.lease()::requireOwn);
      return new TrainResult(status, true, model.eval());
    }
  }

  /** The state from which the run that was there goes on; null where it starts anew. */
  private @Nullable RunState newest(Run run, Identity identity, long totalSteps)
      throws IOException {
    RunStatus there = run.there();
    if (there == null) {
      return null;
    }
    List<String> differences =
        there.identity() == null ? List.of() : identity.differences(there.identity());
    RunState from = differences.isEmpty() ? run.saves().newest(identity) : null;
    if (from != null && from.counters().steps() > totalSteps) {
      differences =
          List.of(
              String.format(
                  "where it stops (was after step %d, is after step %d)",
                  from.counters().steps(), totalSteps));
    }
    if (!differences.isEmpty()) {
      if (!overwrite) {
        throw RunDirectory.refusal(run.directory(), there, String.join(", ", differences));
      }
      return null;
    }
    run.report()
        .say(
            from == null
                ? "the run that was there left no checkpoint; starting again from the first step"
                : "going on after step " + from.counters().steps());
    return from;
  }
}
