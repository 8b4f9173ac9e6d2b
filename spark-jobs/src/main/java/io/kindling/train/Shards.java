package io.kindling.train;

import io.kindling.conf.ConfigException;
import io.kindling.conf.RunConfig;
import io.kindling.conf.Secrets;
import io.kindling.conf.TrainConfig;
import io.kindling.source.Examples;
import io.kindling.source.ShardPlan;
import io.kindling.source.ShardRdd;
import io.kindling.source.Split;
import org.apache.spark.SparkContext;

/** Cuts a split into shards and lays them onto partitions. */
final class Shards {
  private Shards() {}

  static ShardRdd of(SparkContext spark, RunConfig config, Examples examples, Split split) {
    int partitions = config.data().effectivePartitions(spark.defaultParallelism());
    ShardPlan plan =
        split == Split.TRAIN
            ? trainingPlan(config, examples.count())
            : ShardPlan.whole(examples.count(), config.data().shards());
    String name = "kindling " + split + " " + Secrets.masked(config.data().root());
    return ShardRdd.of(spark, plan, examples.reader(), partitions, name);
  }

  private static ShardPlan trainingPlan(RunConfig config, long examples) {
    TrainConfig train = config.train();
    if (train.dropLast() && train.batchSize() > examples) {
      throw new ConfigException(
          "train.drop_last",
          String.format(
              "train.drop_last is on and train.batch_size %d is above the %d training examples: no"
                  + " step is left; use a smaller batch or switch it off",
              train.batchSize(), examples));
    }
    return new ShardPlan(
        train.seed(),
        examples,
        config.data().shards(),
        train.batchSize(),
        train.batchesPerStep(),
        train.shuffle(),
        train.dropLast());
  }
}
