package io.kindling.device;

/** Sizes of blocks: multiples of 64 up to 1 KiB, then four to each power of two. */
final class SizeClass {
  static final int ALIGNMENT = 64;

  /** More than any machine has; sizes up to it can be rounded and added without overflow. */
  static final long LARGEST = 1L << 56;

  /** What a block takes besides its size: a word for the address to free, and alignment. */
  static final int OVERHEAD = ALIGNMENT + Long.BYTES;

  private static final int SMALL = 1024;
  private static final int SMALL_CLASSES = SMALL / ALIGNMENT;
  private static final int SMALL_BITS = 10;
  static final int COUNT = SMALL_CLASSES + 4 * (64 - SMALL_BITS);

  private SizeClass() {}

  /** The size of the block that holds so many bytes. */
  static long roundUp(long bytes) {
    if (bytes <= SMALL) {
      return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
    }
    long step = Long.highestOneBit(bytes - 1) >> 2;
    return (bytes + step - 1) & -step;
  }

  /** The number of a size that {@link #roundUp} gave. */
  static int of(long size) {
    if (size <= SMALL) {
      return (int) (size / ALIGNMENT) - 1;
    }
    int bits = 63 - Long.numberOfLeadingZeros(size - 1);
    int quarter = (int) ((size - 1) >> (bits - 2)) & 3;
    return SMALL_CLASSES + 4 * (bits - SMALL_BITS) + quarter;
  }

  /** The size of a number: the reverse of {@link #of}. */
  static long size(int sizeClass) {
    if (sizeClass < SMALL_CLASSES) {
      return (long) (sizeClass + 1) * ALIGNMENT;
    }
    int bits = (sizeClass - SMALL_CLASSES) / 4 + SMALL_BITS;
    int quarter = (sizeClass - SMALL_CLASSES) % 4;
    return (long) (quarter + 5) << (bits - 2);
  }
}
