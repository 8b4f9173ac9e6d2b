package io.kindling.device.cpu;

/** Arrays that a thread keeps between calls, for what is not in a compute type. */
final class Scratch {
  private static final ThreadLocal<Scratch> LOCAL = ThreadLocal.withInitial(Scratch::new);

  /** What {@link VectorMath} computes between its passes. */
  static final int MATH = 16;

  private static final int SLOTS = MATH + 4;

  private final byte[][] bytes = new byte[SLOTS][0];
  private final int[][] ints = new int[SLOTS][0];

  private Scratch() {}

  static Scratch local() {
    return LOCAL.get();
  }

  byte[] bytes(int slot, int length) {
    if (bytes[slot].length < length) {
      bytes[slot] = new byte[length];
    }
    return bytes[slot];
  }

  int[] ints(int slot, int length) {
    if (ints[slot].length < length) {
      ints[slot] = new int[length];
    }
    return ints[slot];
  }
}
