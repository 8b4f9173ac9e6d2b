package io.kindling.exchange;

/** When it pays that executors add slices, by what it costs. */
final class SlicedReduction {
  private static final int PARTITIONS = 4;
  private static final long LENGTH = 1 << 22;

  private SlicedReduction() {}

  static boolean pays(int partitions, long length) {
    return partitions >= PARTITIONS && length >= LENGTH;
  }
}
