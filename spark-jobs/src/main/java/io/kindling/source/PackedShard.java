package io.kindling.source;

import io.kindling.core.DataException;
import io.kindling.core.ShapeException;
import java.io.Serializable;
import java.util.Arrays;

/**
 * The examples of one logical shard as primitive arrays: uint8 stays uint8, and no object is kept
 * for each example. Arrays are shared with the caller, not copied, and are not written to.
 *
 * <p>A class, not a record, because Spark's Kryo cannot serialise records by reflection.
 */
public final class PackedShard implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int shard;
  private final int exampleCount;
  private final int[] exampleShape;
  private final byte[] features;
  private final int[] labels;

  /**
   * Packs a shard.
   *
   * @param shard the index of the shard
   * @param exampleShape the shape of one example, for MNIST [28, 28]
   * @param features uint8 [exampleCount, exampleShape…] in row-major order
   * @param labels class indices, [exampleCount]
   * @throws DataException if the sizes do not fit each other
   */
  public PackedShard(
      int shard, int exampleCount, int[] exampleShape, byte[] features, int[] labels) {
    long exampleSize = 1;
    for (int size : exampleShape) {
      exampleSize = Math.multiplyExact(exampleSize, size);
    }
    if (exampleCount < 0
        || labels.length != exampleCount
        || Math.multiplyExact(exampleSize, exampleCount) != features.length) {
      throw new DataException(
          String.format(
              "shard %d: %d examples of shape %s need %d feature bytes and %d labels, got %d and"
                  + " %d",
              shard,
              exampleCount,
              Arrays.toString(exampleShape),
              exampleSize * exampleCount,
              exampleCount,
              features.length,
              labels.length));
    }
    this.shard = shard;
    this.exampleCount = exampleCount;
    this.exampleShape = exampleShape;
    this.features = features;
    this.labels = labels;
  }

  public int shard() {
    return shard;
  }

  public int exampleCount() {
    return exampleCount;
  }

  /** The shape of one example; not to be written to. */
  public int[] exampleShape() {
    return exampleShape;
  }

  /** Bytes of one example: the product of its shape. */
  public int exampleSize() {
    int size = 1;
    for (int dimension : exampleShape) {
      size *= dimension;
    }
    return size;
  }

  /** All examples, uint8 [exampleCount, exampleShape…]; not to be written to. */
  public byte[] features() {
    return features;
  }

  /** All labels, [exampleCount]; not to be written to. */
  public int[] labels() {
    return labels;
  }

  /**
   * Copies the examples {@code rows[from..to)} to the start of {@code out}, uint8 [to - from,
   * exampleShape…].
   *
   * @throws ShapeException if {@code out} is too small
   */
  public void gatherFeatures(int[] rows, int from, int to, byte[] out) {
    int size = exampleSize();
    requireRoom((long) (to - from) * size, out.length, "features");
    for (int i = from; i < to; i++) {
      System.arraycopy(features, rows[i] * size, out, (i - from) * size, size);
    }
  }

  /**
   * As {@link #gatherFeatures(int[], int, int, byte[])} with each byte looked up in {@code values}:
   * conversion to float32 and normalisation in one pass.
   *
   * @param values float32 [256], by the unsigned byte
   * @throws ShapeException if {@code out} is too small
   */
  public void gatherFeatures(int[] rows, int from, int to, float[] values, float[] out) {
    int size = exampleSize();
    requireRoom((long) (to - from) * size, out.length, "features");
    int next = 0;
    for (int i = from; i < to; i++) {
      int start = rows[i] * size;
      for (int j = start; j < start + size; j++) {
        out[next++] = values[features[j] & 0xFF];
      }
    }
  }

  /**
   * Copies the labels of {@code rows[from..to)} to the start of {@code out}, int64 [to - from].
   *
   * @throws ShapeException if {@code out} is too small
   */
  public void gatherLabels(int[] rows, int from, int to, long[] out) {
    requireRoom(to - from, out.length, "labels");
    for (int i = from; i < to; i++) {
      out[i - from] = labels[rows[i]];
    }
  }

  /** The first row whose label is not in [0, classes), or -1 where all are. */
  public int firstRowOutside(int classes) {
    for (int row = 0; row < exampleCount; row++) {
      if (labels[row] < 0 || labels[row] >= classes) {
        return row;
      }
    }
    return -1;
  }

  private void requireRoom(long needed, int got, String what) {
    if (got < needed) {
      throw new ShapeException(
          String.format(
              "shard %d: gathering %s needs room for %d elements, got %d",
              shard, what, needed, got));
    }
  }
}
