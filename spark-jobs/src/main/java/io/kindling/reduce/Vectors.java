package io.kindling.reduce;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Long arrays that are used again. Every step needs the same few, and to make one of 100 MB, all
 * zeros, costs as much as to add two. What is not needed any more goes with the next collection
 * that is short of memory.
 */
public final class Vectors {
  private static final int SHORTEST = 1 << 14;
  private static final int KEPT = 32;
  private static final Map<Integer, ArrayDeque<SoftReference<float[]>>> IDLE = new HashMap<>();

  private Vectors() {}

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
