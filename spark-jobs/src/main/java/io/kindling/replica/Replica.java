package io.kindling.replica;

import io.kindling.core.RandomStream;
import io.kindling.device.Scope;
import io.kindling.nn.Module;
import io.kindling.nn.ParameterVector;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.Vectors;
import io.kindling.source.PackedShard;
import io.kindling.source.ShardPlan;
import io.kindling.tensor.Generator;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/**
 * A copy of the model. What it gives for a shard is a function of the parameters, the buffers, the
 * shard, the seed, the epoch and the step alone, whatever it was used for before.
 */
final class Replica {
  private static final long DROPOUT = RandomStream.tag("dropout");
  private static final float[] NONE = {};

  // Rows of one forward in evaluation: fixed, so that sums do not depend on the cluster.
  private static final int EVALUATION_ROWS = 256;

  private final ReplicaSpec spec;
  private final Module model;
  private final LossSum loss;
  private final float[] table;
  private final int parameterCount;
  private final int bufferCount;
  private long loadedStep = -1;

  Replica(ReplicaSpec spec) {
    this.spec = spec;
    this.model = spec.buildModel();
    this.loss = new LossSum(spec.loss(), spec.classes());
    this.table = spec.inputs().table();
    this.parameterCount = ParameterVector.size(model);
    this.bufferCount = ParameterVector.bufferSize(model);
  }

  /** Takes up the parameters of a step, unless it has them. */
  void load(StepParameters values) {
    if (loadedStep != values.step()) {
      ParameterVector.copyFrom(model, values.parameters());
      loadedStep = values.step();
    }
  }

  /**
   * The summed loss of what the shard contributes to a step, and its gradient; batch after batch,
   * as each is to fit into memory.
   *
   * @param values those that were loaded
   * @param order of the shard's rows in the epoch
   * @return what changes no sum where the shard contributes nothing
   */
  ShardResult gradient(
      StepParameters values, PackedShard shard, ShardPlan plan, int[] order, int epoch, long step) {
    int[] cuts = plan.cuts(step, shard.shard());
    if (bufferCount > 0) {
      ParameterVector.copyBuffersFrom(model, values.buffers());
    }
    ShardResult sum = ShardResult.empty();
    for (int i = 1; i < cuts.length; i++) {
      if (cuts[i - 1] < cuts[i]) {
        long batch = plan.firstBatch(step) + i - 1;
        RandomStream random = RandomStream.of(spec.seed(), DROPOUT, epoch, batch, shard.shard());
        ShardResult next = gradient(shard, order, cuts[i - 1], cuts[i], random);
        sum = sum.plus(next, shard.shard(), shard.shard());
      }
    }
    return sum.examples() == 0 ? sum : sum.with(bufferChanges(values, sum.examples()));
  }

  /** Of the rows {@code order[from..to)}; buffers are changed and are not in it. */
  private ShardResult gradient(
      PackedShard shard, int[] order, int from, int to, RandomStream random) {
    try (Scope scope = Scope.open();
        Generator.Guard guard = Generator.use(random)) {
      long[] labels = labels(shard, order, from, to);
      Tensor output = model.train().call(spec.inputs().gather(shard, order, from, to, table));
      Tensor sum = loss.of(output, labels);
      sum.backward();
      float[] gradient = Vectors.take(parameterCount);
      ParameterVector.gradTo(model, gradient);
      model.zeroGrad();
      int correct = LossSum.correct(output, labels);
      return new ShardResult(gradient, sum.item(), labels.length, correct, NONE);
    }
  }

  /**
   * How a shard's forwards changed the buffers, weighted with its examples. Changes and not values,
   * so that a buffer that nobody writes keeps its bits.
   */
  private float[] bufferChanges(StepParameters values, long weight) {
    if (bufferCount == 0) {
      return NONE;
    }
    float[] changes = new float[bufferCount];
    ParameterVector.copyBuffersTo(model, changes);
    for (int i = 0; i < changes.length; i++) {
      changes[i] = weight * (changes[i] - values.buffers()[i]);
    }
    return changes;
  }

  /**
   * The summed loss and the number of correct answers over a whole shard, in evaluation mode; what
   * changes no sum for a shard without examples.
   */
  ShardResult measure(StepParameters values, PackedShard shard) {
    ParameterVector.copyBuffersFrom(model, values.buffers());
    int[] order = new int[shard.exampleCount()];
    java.util.Arrays.setAll(order, i -> i);
    double lossSum = 0;
    long correct = 0;
    try (GradMode.Guard noGrad = Tensors.noGrad()) {
      model.eval();
      for (int from = 0; from < order.length; from += EVALUATION_ROWS) {
        int to = Math.min(order.length, from + EVALUATION_ROWS);
        try (Scope scope = Scope.open()) {
          long[] labels = labels(shard, order, from, to);
          Tensor output = model.call(spec.inputs().gather(shard, order, from, to, table));
          lossSum += loss.of(output, labels).item();
          correct += LossSum.correct(output, labels);
        }
      }
    }
    return new ShardResult(NONE, lossSum, order.length, correct, NONE);
  }

  /** Gives the model's memory back at once. */
  void close() {
    model.parameters().forEach(p -> p.strided().storage().close());
    model.buffers().forEach(b -> b.strided().storage().close());
  }

  private static long[] labels(PackedShard shard, int[] order, int from, int to) {
    long[] labels = new long[to - from];
    shard.gatherLabels(order, from, to, labels);
    return labels;
  }
}
