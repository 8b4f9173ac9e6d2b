package io.kindling.reduce;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What is done with long arrays, and long arrays that are used again. Every step needs the same
 * few, and to make one of 100 MB, all zeros, costs as much as to add two. What is not needed any
 * more goes with the next collection that is short of memory.
 */
public final class Vectors {
  private static final int SHORTEST = 1 << 14;
  private static final int KEPT = 32;
  private static final Map<Integer, ArrayDeque<SoftReference<float[]>>> IDLE = new HashMap<>();

  /** Below this a thread takes longer to wake than the work takes. */
  private static final int PARALLEL = 1 << 19;

  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int BLOCK = 1 << 14;

  private Vectors() {}

  /** A part of an array, from {@code from} to before {@code to}. */
  @FunctionalInterface
  public interface Part {
    void accept(int from, int to);
  }

  /** Whether an array of that length is worth the work of several threads. */
  public static boolean isLong(int length) {
    return length >= PARALLEL;
  }

  /** All of an array, its parts on several threads where it is long. */
  public static void inParts(int length, Part work) {
    int parts = isLong(length) ? CORES : 1;
    IntStream.range(0, parts)
        .parallel()
        .forEach(
            i -> work.accept((int) ((long) i * length / parts), (int) ((i + 1L) * length / parts)));
  }

  /**
   * The sum of the squares. Added up in blocks of a fixed length and these in order, so that the
   * bits do not depend on the number of threads; finite if and only if all values are.
   */
  public static double squares(float[] values) {
    double[] blocks = new double[(values.length + BLOCK - 1) / BLOCK];
    IntStream all = IntStream.range(0, blocks.length);
    (isLong(values.length) ? all.parallel() : all)
        .forEach(i -> blocks[i] = squares(values, i * BLOCK, values.length));
    double sum = 0;
    for (double block : blocks) {
      sum += block;
    }
    return sum;
  }

  /** Of a block, in four sums that a processor can add at once. */
  private static double squares(float[] values, int from, int end) {
    int to = from + Math.min(BLOCK, end - from);
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i < to - 3; i += 4) {
      a += (double) values[i] * values[i];
      b += (double) values[i + 1] * values[i + 1];
      c += (double) values[i + 2] * values[i + 2];
      d += (double) values[i + 3] * values[i + 3];
    }
    for (; i < to; i++) {
      a += (double) values[i] * values[i];
    }
    return (a + b) + (c + d);
  }

  /** An array of that length with whatever is in it. */
  public static float[] take(int length) {
    if (length >= SHORTEST) {
      synchronized (IDLE) {
        ArrayDeque<SoftReference<float[]>> idle = IDLE.get(length);
        while (idle != null && !idle.isEmpty()) {
          float[] array = idle.removeLast().get();
          if (array != null) {
            return array;
          }
        }
      }
    }
    return new float[length];
  }

  /** Nobody else has this array any more. */
  public static void give(float[] array) {
    if (array.length >= SHORTEST) {
      synchronized (IDLE) {
        ArrayDeque<SoftReference<float[]>> idle =
            IDLE.computeIfAbsent(array.length, length -> new ArrayDeque<>());
        if (idle.size() < KEPT) {
          idle.addLast(new SoftReference<>(array));
        }
      }
    }
  }
}
