package io.kindling.replica;

import io.kindling.conf.ConfigException;
import io.kindling.conf.DataConfig;
import io.kindling.conf.NormalizeConfig;
import io.kindling.source.PackedShard;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * From stored bytes to what the model takes: {@code ((x / 255) - mean) / std} in float32, [N,
 * shape…].
 *
 * @param shape of one example as the model takes it
 * @param mean of the pixels scaled to [0, 1]
 * @param std likewise
 */
public record Inputs(List<Integer> shape, double mean, double std) implements Serializable {
  public Inputs {
    shape = List.copyOf(shape);
  }

  /**
   * What a configuration asks for.
   *
   * @param stored the shape of one example in the files
   * @throws ConfigException if the two shapes do not hold the same number of values
   */
  public static Inputs of(DataConfig data, List<Integer> stored) {
    List<Integer> shape = data.shape();
    if (shape.isEmpty()) {
      List<Integer> channelFirst = new ArrayList<>(stored);
      channelFirst.addAll(0, Collections.nCopies(Math.max(0, 3 - stored.size()), 1));
      shape = channelFirst;
    }
    if (product(shape) != product(stored)) {
      throw new ConfigException(
          "data.shape",
          String.format(
              "data.shape: %s holds %d values, and an example of the data has the shape %s, which"
                  + " are %d; leave data.shape out, or give a shape of %d values",
              shape, product(shape), stored, product(stored), product(stored)));
    }
    NormalizeConfig normalize = data.normalize();
    if (normalize == null) {
      return new Inputs(shape, 0, 1);
    }
    if (normalize.mean().size() != 1) {
      throw new ConfigException(
          "data.normalize.mean",
          "data.normalize.mean: images in IDX files have one channel, got "
              + normalize.mean().size()
              + " numbers");
    }
    return new Inputs(shape, normalize.mean().get(0), normalize.std().get(0));
  }

  private static long product(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /** The value of each unsigned byte, [256]. */
  float[] table() {
    float[] table = new float[256];
    for (int i = 0; i < table.length; i++) {
      table[i] = (float) ((i / 255.0 - mean) / std);
    }
    return table;
  }

  /** The shape of a batch, [count, shape…]. */
  public long[] batchShape(int count) {
    long[] batch = new long[shape.size() + 1];
    batch[0] = count;
    for (int i = 0; i < shape.size(); i++) {
      batch[i + 1] = shape.get(i);
    }
    return batch;
  }

  /** The rows {@code order[from..to)} of a shard, float32 [to - from, shape…]. */
  Tensor gather(PackedShard shard, int[] order, int from, int to, float[] table) {
    float[] values = new float[(to - from) * shard.exampleSize()];
    shard.gatherFeatures(order, from, to, table, values);
    return Tensors.fromArray(values, batchShape(to - from));
  }
}
