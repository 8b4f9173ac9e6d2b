package io.kindling.reduce;

import io.kindling.core.ShapeException;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.function.Function;

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
 */
@SuppressWarnings("ArrayRecordComponent")
public record ShardResult(
    float[] gradient, double lossSum, long examples, long correct, float[] buffers)
    implements Serializable {
  private static final float[] NONE = {};

  /** The result of a shard that has no example in this step; adding it changes no bit. */
  public static ShardResult empty() {
    return new ShardResult(NONE, 0, 0, 0, NONE);
  }

  /**
   * This plus {@code right}, element by element in that order; may reuse the arrays of both.
   *
   * @param first the first shard of this one, and {@code rightFirst} of the other, for the error
   */
  public ShardResult plus(ShardResult right, int first, int rightFirst) {
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
      right.release();
    }
    return new ShardResult(
        gradientSum,
        lossSum + right.lossSum,
        examples + right.examples,
        correct + right.correct,
        bufferSum);
  }

  /** Whether the loss and the gradient are finite numbers. */
  public boolean isFinite() {
    return Double.isFinite(lossSum) && Double.isFinite(Vectors.squares(gradient));
  }

  /** The same with other sums for the buffers. */
  public ShardResult with(float[] otherBuffers) {
    return new ShardResult(gradient, lossSum, examples, correct, otherBuffers);
  }

  /** Its arrays are not used any more. */
  public void release() {
    Vectors.give(gradient);
    Vectors.give(buffers);
  }

  /** How many numbers it holds: gradient, then buffers. */
  int length() {
    return gradient.length + buffers.length;
  }

  /** Puts the slices of one result together again, in order; see {@link TreeSum#writeTo}. */
  public static ShardResult join(List<ShardResult> slices) {
    ShardResult first = slices.get(0);
    if (slices.size() == 1) {
      return first;
    }
    return new ShardResult(
        join(slices, ShardResult::gradient),
        first.lossSum,
        first.examples,
        first.correct,
        join(slices, ShardResult::buffers));
  }

  private static float[] join(List<ShardResult> slices, Function<ShardResult, float[]> part) {
    int length = slices.stream().mapToInt(slice -> part.apply(slice).length).sum();
    float[] whole = new float[length];
    int at = 0;
    for (ShardResult slice : slices) {
      float[] values = part.apply(slice);
      System.arraycopy(values, 0, whole, at, values.length);
      at += values.length;
    }
    return whole;
  }

  /** What {@link #writeTo} writes, in bytes. */
  long wireBytes(int from, int to) {
    return Float.BYTES * (Math.min(to, length()) - (long) Math.min(from, length())) + 32;
  }

  /** Writes the numbers from {@code from} to before {@code to}, and the counts whole. */
  void writeTo(DataOutput out, int from, int to) throws IOException {
    FloatWire.write(out, gradient, Math.min(from, gradient.length), Math.min(to, gradient.length));
    out.writeDouble(lossSum);
    out.writeLong(examples);
    out.writeLong(correct);
    FloatWire.write(
        out, buffers, Math.max(0, from - gradient.length), Math.max(0, to - gradient.length));
  }

  static ShardResult readFrom(DataInput in) throws IOException {
    float[] gradient = FloatWire.read(in);
    double lossSum = in.readDouble();
    long examples = in.readLong();
    long correct = in.readLong();
    float[] buffers = FloatWire.read(in);
    return new ShardResult(gradient, lossSum, examples, correct, buffers);
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
}
