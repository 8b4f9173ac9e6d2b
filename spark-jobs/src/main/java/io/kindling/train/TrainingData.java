package io.kindling.train;

import io.kindling.conf.RunConfig;
import io.kindling.conf.Secrets;
import io.kindling.core.DataException;
import io.kindling.exchange.JobSteps;
import io.kindling.exchange.ResidentSteps;
import io.kindling.exchange.SlicedReduction;
import io.kindling.exchange.StepRunner;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.Inputs;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.ReplicaSpec;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.report.NativeMemory;
import io.kindling.report.StepBudget;
import io.kindling.source.DataFingerprint;
import io.kindling.source.Examples;
import io.kindling.source.GeneratedData;
import io.kindling.source.ShardPlan;
import io.kindling.source.ShardRdd;
import io.kindling.source.Source;
import io.kindling.source.Split;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/** The two splits of a run, cut into shards, with the replicas that work on them. */
final class TrainingData implements AutoCloseable {
  private final RunConfig config;
  private final ReplicaSpec spec;
  private final ShardRdd train;
  private final ShardRdd test;
  private final String sha256;
  private final SpecHandle handle;
  private final StepRunner runner;

  private TrainingData(
      SparkContext spark,
      RunConfig config,
      ReplicaSpec spec,
      ShardRdd train,
      ShardRdd test,
      String sha256) {
    this.config = config;
    this.sha256 = sha256;
    this.spec = spec;
    this.train = train;
    this.test = test;
    this.handle = SpecHandle.send(spark, spec);
    this.runner = runner(spark);
  }

  private StepRunner runner(SparkContext spark) {
    return switch (config.train().sync()) {
      case JOB ->
          new JobSteps(spark, handle, train, test, config.train().silence(), config.reduce());
      case AUTO -> residents(spark, true);
      case RESIDENT -> residents(spark, false);
    };
  }

  private StepRunner residents(SparkContext spark, boolean onlyWithSlots) {
    return new ResidentSteps(
        spark,
        handle,
        train,
        test,
        config.train().silence(),
        config.train().slots(),
        onlyWithSlots,
        config.reduce());
  }

  /**
   * Makes the data if it is to be made, finds it, checks it.
   *
   * @param say takes what the user is told
   */
  static TrainingData open(
      SparkContext spark, RunConfig config, ModelFactory factory, Consumer<String> say)
      throws IOException {
    Configuration hadoop = spark.hadoopConfiguration();
    if (GeneratedData.ensure(config.data(), hadoop) == GeneratedData.Outcome.MADE) {
      say.accept("made " + Secrets.masked(config.data().root()));
    }
    Source source = Source.of(config.data(), hadoop);
    Examples training = source.open(Split.TRAIN);
    Examples testing = source.open(Split.TEST);
    if (!training.exampleShape().equals(testing.exampleShape())) {
      throw new DataException(
          String.format(
              "%s: training examples have the shape %s and test examples have %s",
              config.data().root(), training.exampleShape(), testing.exampleShape()));
    }
    ReplicaSpec spec = spec(config, factory, training);
    ShardRdd train = Shards.of(spark, config, training, Split.TRAIN);
    ShardRdd test = Shards.of(spark, config, testing, Split.TEST);
    say.accept(
        String.format(
            "%d training examples in %d shards on %d partitions, %d slots",
            training.count(),
            train.plan().shards(),
            train.getNumPartitions(),
            JobSteps.slots(spark)));
    return new TrainingData(
        spark, config, spec, train, test, fingerprint(training, testing, hadoop));
  }

  /** What the data are known by, wherever they lie. */
  static String fingerprint(Examples training, Examples testing, Configuration hadoop)
      throws IOException {
    return DataFingerprint.sha256(List.of(training, testing), hadoop);
  }

  static ReplicaSpec spec(RunConfig config, ModelFactory factory, Examples examples) {
    return new ReplicaSpec(
        factory,
        config.initSeed(),
        config.train().seed(),
        config.train().loss(),
        config.data().classes(),
        Inputs.of(config.data(), examples.exampleShape()),
        config.engine());
  }

  String sha256() {
    return sha256;
  }

  ReplicaSpec spec() {
    return spec;
  }

  /**
   * Refuses a driver whose heap a step would not fit.
   *
   * @param length of parameters and buffers together
   */
  void requireHeap(long length) {
    int partitions = train.getNumPartitions();
    boolean local = train.sparkContext().isLocal();
    int each = (train.plan().shards() + partitions - 1) / partitions;
    boolean sliced =
        SlicedReduction.isChosen(config.reduce(), train.sparkContext(), partitions, length);
    long needed = DriverHeap.bytes(length, partitions, each, config.train().sync(), sliced, local);
    long heap = Runtime.getRuntime().maxMemory();
    DriverHeap.require(needed, heap, length, partitions, sliced, local);
  }

  long stepsPerEpoch() {
    return train.plan().stepsPerEpoch();
  }

  /** Of the whole run. */
  long totalSteps() {
    long all = stepsPerEpoch() * config.train().epochs();
    long most = config.train().maxSteps();
    return most == 0 ? all : Math.min(most, all);
  }

  /** What all shards give in a step of an epoch, both counted from 0, added in the fixed order. */
  ShardResult gradient(StepParameters values, int epoch, long step, StepBudget budget) {
    return runner.gradient(values, epoch, step, budget);
  }

  /** Which step this is, and the first shard whose loss or gradient in it is not finite. */
  String notFinite(StepParameters values, int epoch, long step) {
    float[] marks = runner.notFinite(values, epoch, step).gradient();
    ShardPlan plan = train.plan();
    String where = String.format("step %d of epoch %d", step + 1, epoch + 1);
    for (int shard = 0; shard < marks.length; shard++) {
      if (marks[shard] > 0) {
        long first = plan.firstExample(shard);
        return String.format(
            "%s, shard %d (training examples %d to %d)",
            where, shard, first, first + plan.size(shard) - 1);
      }
    }
    return where + ", the sum of shards that are finite each";
  }

  /** What all test shards give. */
  ShardResult measure(StepParameters values) {
    return runner.measure(values);
  }

  @Nullable NativeMemory nativeMemory() {
    return runner.memory();
  }

  @Override
  public void close() {
    runner.close();
    train.release();
    test.release();
    handle.destroy();
  }
}
