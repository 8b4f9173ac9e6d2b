package io.kindling.replica;

import io.kindling.core.RandomStream;
import io.kindling.device.Scope;
import io.kindling.nn.Module;
import io.kindling.nn.ParameterVector;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.Vectors;
import io.kindling.source.PackedShard;
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
   * The summed loss of the rows {@code order[from..to)} and its gradient.
   *
   * @param values those that were loaded
   */
  ShardResult gradient(
      StepParameters values,
      PackedShard shard,
      int[] order,
      int from,
      int to,
      int epoch,
      long step) {
    RandomStream random = RandomStream.of(spec.seed(), DROPOUT, epoch, step, shard.shard());
    if (bufferCount > 0) {
      ParameterVector.copyBuffersFrom(model, values.buffers());
    }
    try (Scope scope = Scope.open();
        Generator.Guard guard = Generator.use(random)) {
      long[] labels = labels(shard, order, from, to);
      Tensor output = model.train().call(spec.inputs().gather(shard, order, from, to, table));
      Tensor sum = loss.of(output, labels);
      sum.backward();
      float[] gradient = Vectors.take(parameterCount);
      ParameterVector.gradTo(model, gradient);
      model.zeroGrad();
      return new ShardResult(
          gradient,
          sum.item(),
          labels.length,
          LossSum.correct(output, labels),
          bufferChanges(values, labels.length));
    }
  }

  /**
   * How a shard's forward changed the buffers, weighted with its examples. Changes and not values,
   * so that a buffer that nobody writes keeps its bits.
   */
  private float[] bufferChanges(StepParameters values, int weight) {
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

  /** The summed loss and the number of correct answers over a whole shard, in evaluation mode. */
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
