package io.kindling.train;

import io.kindling.conf.RunConfig;
import io.kindling.exchange.JobSteps;
import io.kindling.exchange.StepRunner;
import io.kindling.nn.Module;
import io.kindling.nn.ParameterVector;
import io.kindling.replica.EngineSetup;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.ReplicaSpec;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.report.Evaluation;
import io.kindling.source.Examples;
import io.kindling.source.GeneratedData;
import io.kindling.source.ShardRdd;
import io.kindling.source.Source;
import io.kindling.source.Split;
import java.io.IOException;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** Measures a model on the test examples of a configuration, on Spark. */
public final class Evaluator {
  private Evaluator() {}

  /** Fills a model with its parameters. */
  @FunctionalInterface
  public interface Weights {
    void loadInto(Module model) throws IOException;
  }

  /**
   * The loss and accuracy of {@code weights} in the configuration's model; the same numbers
   * whatever the cluster.
   */
  public static Evaluation evaluate(SparkSession session, RunConfig config, Weights weights)
      throws IOException {
    EngineSetup.apply(config.engine());
    SparkContext spark = session.sparkContext();
    GeneratedData.ensure(config.data(), spark.hadoopConfiguration());
    Examples examples = Source.of(config.data(), spark.hadoopConfiguration()).open(Split.TEST);
    ReplicaSpec spec = TrainingData.spec(config, ModelFactory.of(config.model()), examples);
    Module model = spec.buildModel();
    weights.loadInto(model);
    Preflight.check(model, spec, config);
    float[] parameters = new float[ParameterVector.size(model)];
    float[] buffers = new float[ParameterVector.bufferSize(model)];
    ParameterVector.copyTo(model, parameters);
    ParameterVector.copyBuffersTo(model, buffers);
    ShardRdd shards = Shards.of(spark, config, examples, Split.TEST);
    SpecHandle handle = SpecHandle.send(spark, spec);
    try (StepRunner runner =
        new JobSteps(spark, handle, shards, shards, config.train().silence(), config.reduce())) {
      return Evaluation.of(runner.measure(new StepParameters(0, parameters, buffers)));
    } finally {
      shards.release();
      handle.destroy();
    }
  }
}
