package io.kindling.train;

import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.conf.RunConfig;
import io.kindling.conf.TrainConfig;
import io.kindling.device.cpu.Cpu;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.EngineSetup;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.StepParameters;
import io.kindling.report.Evaluation;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunDirectory.Found;
import io.kindling.report.RunError;
import io.kindling.report.RunReport;
import io.kindling.report.RunStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.util.function.Function;
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
    config = RunFiles.withModel(config, model.create().getClass());
    factory = model;
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

  /**
   * Trains and leaves the run's files in {@code output}, a directory on any Hadoop file system. If
   * they are there already, complete and of the same configuration, nothing is done.
   *
   * @throws org.apache.hadoop.fs.FileAlreadyExistsException if something else is there
   * @throws io.kindling.conf.ConfigException if model, data and configuration do not fit
   * @throws io.kindling.core.DataException if the data cannot be used
   */
  public TrainResult fit(String output) throws IOException {
    EngineSetup.apply(config.engine());
    Directory directory = Directory.of(output, spark.sparkContext().hadoopConfiguration());
    Found found = RunDirectory.inspect(directory, config.sha256(), overwrite);
    if (found == Found.COMPLETE) {
      return RunFiles.completed(directory, config, factory, out);
    }
    RunReport report = RunFiles.report(directory, config, runId, out, found);
    try {
      return train(directory, report, found);
    } catch (Throwable failure) { // errors too: whatever ends the run is written down
      try {
        report.fail(describe.apply(failure));
      } catch (IOException | RuntimeException second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }

  /** The picture in the README, from its top to its bottom. */
  private TrainResult train(Directory directory, RunReport report, Found found) throws IOException {
    if (found != Found.ANOTHER) {
      begin(directory, report);
    }
    TrainConfig train = config.train();
    try (TrainingData data = TrainingData.open(spark.sparkContext(), config, factory, report)) {
      MasterModel master = new MasterModel(data.spec().buildModel(), config.optimizer());
      Preflight.check(master.model(), data.spec(), config);
      if (found == Found.ANOTHER) { // A mistake in the configuration must not cost the old run.
        begin(directory, report);
      }
      StepParameters values = master.values();
      long left = data.totalSteps();
      report.expect(left);
      report.kernels(Cpu.backend().fingerprint());
      for (int epoch = 0; epoch < train.epochs() && left > 0; epoch++) {
        for (long step = 0; step < data.stepsPerEpoch() && left > 0; step++, left--) {
          long start = System.nanoTime();
          ShardResult total = data.gradient(values, epoch, step, report.budget());
          long summed = System.nanoTime();
          values = master.step(total, values);
          report.budget().addOptimizer((System.nanoTime() - summed) / 1e6);
          report.step(epoch + 1, total, (System.nanoTime() - start) / 1e6);
        }
        boolean last = left == 0 || epoch == train.epochs() - 1;
        boolean due = train.evalEvery() > 0 && (epoch + 1) % train.evalEvery() == 0;
        report.memory(data.nativeMemory());
        Evaluation test = last || due ? Evaluation.of(data.measure(values)) : null;
        if (test != null) {
          master.requireFinite(test, values);
        }
        report.epoch(epoch + 1, test);
      }
      RunFiles.saveModel(directory, master.model(), config);
      RunStatus status = report.succeed(ModelFile.weightsSha256(master.model()));
      return new TrainResult(status, true, master.model().eval());
    }
  }

  private static void begin(Directory directory, RunReport report) throws IOException {
    RunDirectory.clear(directory);
    report.start();
  }
}
