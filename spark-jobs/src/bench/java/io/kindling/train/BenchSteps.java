package io.kindling.train;

import io.kindling.conf.RunConfig;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.StepParameters;
import io.kindling.report.StepBudget;
import java.io.IOException;
import org.apache.spark.sql.SparkSession;

/** A run's steps alone, as {@code train} makes them, without files and evaluation. */
public final class BenchSteps implements AutoCloseable {
  private final TrainingData data;
  private final MasterModel master;
  private StepParameters values;
  private long done;

  /** Opens the data and makes the model; the first step starts the tasks. */
  public BenchSteps(SparkSession spark, RunConfig config) throws IOException {
    this.data =
        TrainingData.open(
            spark.sparkContext(), config, ModelFactory.of(config.model()), line -> {});
    this.master = new MasterModel(data.spec().buildModel(), config);
    this.values = master.values();
  }

  /** One step; the same epoch again and again, so that the tasks stay. */
  public StepBudget.Means step() {
    StepBudget budget = new StepBudget();
    long start = System.nanoTime();
    ShardResult total = data.gradient(values, 0, done++ % data.stepsPerEpoch(), budget);
    long summed = System.nanoTime();
    values = master.step(total, values, () -> "a step");
    budget.addOptimizer((System.nanoTime() - summed) / 1e6);
    budget.addStep((System.nanoTime() - start) / 1e6);
    return budget.means();
  }

  @Override
  public void close() {
    data.close();
  }
}
