package io.kindling.reduce;

import io.kindling.core.ShapeException;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one shard, or a subtree of shards, contributes to a step. Sums, never means: the step
 * divides once by {@code examples}.
 *
 * @param gradient the gradient of the summed loss by every parameter, flat, float32 [P]; [0] where
 *     only the loss is summed
 * @param lossSum the loss summed over the examples
 * @param examples how many examples
 * @param correct how many of them were classified correctly; 0 where that has no meaning
 * @param buffers sums for the model's buffers, flat, float32 [Q]; empty where there are none
 * @param timings milliseconds by name; they are merely summed and decide nothing
 */
@SuppressWarnings("ArrayRecordComponent")
public record ShardResult(
    float[] gradient,
    double lossSum,
    long examples,
    long correct,
    float[] buffers,
    Map<String, Double> timings)
    implements Serializable {
  private static final float[] NONE = {};

  public ShardResult {
    timings = Map.copyOf(timings);
  }

  /** The result of a shard that has no example in this step; adding it changes no bit. */
  public static ShardResult empty() {
    return new ShardResult(NONE, 0, 0, 0, NONE, Map.of());
  }

  /**
   * This plus {@code right}, element by element in that order; may reuse the arrays of both.
   *
   * @param first the first shard of this one, and {@code rightFirst} of the other, for the error
   */
  ShardResult plus(ShardResult right, int first, int rightFirst) {
    float[] gradientSum = gradient;
    float[] bufferSum = buffers;
    if (isNeutral()) {
      gradientSum = right.gradient;
      bufferSum = right.buffers;
    } else if (!right.isNeutral()) {
      requireSameSize("gradient", gradient, right.gradient, first, rightFirst);
      requireSameSize("buffers", buffers, right.buffers, first, rightFirst);
      addInto(gradient, right.gradient);
      addInto(buffers, right.buffers);
    }
    return new ShardResult(
        gradientSum,
        lossSum + right.lossSum,
        examples + right.examples,
        correct + right.correct,
        bufferSum,
        add(timings, right.timings));
  }

  void writeTo(DataOutput out) throws IOException {
    FloatWire.write(out, gradient);
    out.writeDouble(lossSum);
    out.writeLong(examples);
    out.writeLong(correct);
    FloatWire.write(out, buffers);
    out.writeInt(timings.size());
    for (Map.Entry<String, Double> timing : timings.entrySet()) {
      out.writeUTF(timing.getKey());
      out.writeDouble(timing.getValue());
    }
  }

  static ShardResult readFrom(DataInput in) throws IOException {
    float[] gradient = FloatWire.read(in);
    double lossSum = in.readDouble();
    long examples = in.readLong();
    long correct = in.readLong();
    float[] buffers = FloatWire.read(in);
    Map<String, Double> timings = new TreeMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      timings.put(in.readUTF(), in.readDouble());
    }
    return new ShardResult(gradient, lossSum, examples, correct, buffers, timings);
  }

  private boolean isNeutral() {
    return examples == 0 && gradient.length == 0 && buffers.length == 0;
  }

  private static void requireSameSize(
      String what, float[] left, float[] right, int first, int rightFirst) {
    if (left.length != right.length) {
      throw new ShapeException(
          String.format(
              "TreeSum: the %s of shard %d has the shape [%d] and that of shard %d has [%d]; every"
                  + " replica must build the same model",
              what, first, left.length, rightFirst, right.length));
    }
  }

  private static void addInto(float[] sum, float[] addend) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += addend[i];
    }
  }

  private static Map<String, Double> add(Map<String, Double> left, Map<String, Double> right) {
    Map<String, Double> sum = new TreeMap<>(left);
    right.forEach((name, value) -> sum.merge(name, value, Double::sum));
    return sum;
  }
}
