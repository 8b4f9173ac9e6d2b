package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.RandomStream;
import io.kindling.device.Backend.Distribution;
import io.kindling.device.Raw;
import io.kindling.device.Strided;

/** Random numbers, chunk by chunk, from words of a keyed stream. */
final class RandomFill {
  private static final float FLOAT_UNIT = 0x1p-24f;
  private static final long UNSIGNED_INT = 0xffffffffL;
  private static final double DOUBLE_UNIT = 0x1p-53;
  private static final int BITS_OF_ONE = 0x3f800000;

  // An integer in the last bits of 2^23, or of 2^35, makes the float that much larger, and that
  // many
  // times 2^12: a conversion that becomes vector code.
  private static final int BITS_OF_TWO_TO_23 = 0x4b000000;
  private static final int BITS_OF_TWO_TO_35 = 0x51000000;
  private static final float BOTH = 0x1p35f + 0x1p23f;

  /** The array that {@link #units} needs. */
  private static final int UNITS = 5;

  private final RandomStream stream;
  private final Strided out;
  private long done;

  private RandomFill(RandomStream stream, Strided out) {
    this.stream = stream;
    this.out = out;
  }

  /** See {@link io.kindling.device.Backend#random}; {@code out} is row-major. */
  static void run(Distribution distribution, RandomStream stream, Strided out, Number a, Number b) {
    RandomFill fill = new RandomFill(stream, out);
    boolean wide = out.dtype() == DType.FLOAT64;
    while (fill.done < out.numel()) {
      int n = (int) Math.min(Lanes.CHUNK, out.numel() - fill.done);
      switch (distribution) {
        case UNIFORM -> {
          if (wide) {
            fill.uniformDoubles(n, a.doubleValue(), b.doubleValue());
          } else {
            fill.uniform(n, a.doubleValue(), b.doubleValue());
          }
        }
        case NORMAL -> {
          if (wide) {
            fill.normalDoubles(n, a.doubleValue(), b.doubleValue());
          } else {
            fill.normal(n, a.floatValue(), b.floatValue());
          }
        }
        case BERNOULLI -> fill.bernoulli(n, a.doubleValue());
        case INTEGERS -> fill.integers(n, a.longValue(), b.longValue());
      }
    }
  }

  private <A> void store(Lanes<A> lanes, A values, int n) {
    int size = out.dtype().size();
    lanes.store(values, 0, n, out.dtype(), out.hostAddress() + done * size, size);
    done += n;
  }

  private int[] words(int n) {
    int[] words = Scratch.local().ints(Scratch.MATH, n);
    stream.nextInts(words, n);
    return words;
  }

  private static float[] floats(int slot, int n) {
    return LaneTypes.F32.take(Lanes.OPERANDS + slot, n);
  }

  private void uniform(int n, double from, double to) {
    int[] words = words(n);
    float[] x = floats(0, n);
    units(words, x, n);
    if (from != 0 || to != 1) {
      for (int i = 0; i < n; i++) {
        x[i] = (float) (x[i] * (to - from) + from);
      }
    }
    store(LaneTypes.F32, x, n);
  }

  /** {@code (words[i] >>> 8) 2^-24}, destroying the words. */
  private static void units(int[] words, float[] x, int n) {
    int[] high = Scratch.local().ints(Scratch.MATH + 1, n);
    float[] top = floats(UNITS, n);
    for (int i = 0; i < n; i++) {
      high[i] = words[i] >>> 20 | BITS_OF_TWO_TO_35;
      words[i] = words[i] >>> 8 & 0xfff | BITS_OF_TWO_TO_23;
    }
    Raw.bits(high, top, n);
    Raw.bits(words, x, n);
    for (int i = 0; i < n; i++) {
      x[i] = ((top[i] - BOTH) + x[i]) * FLOAT_UNIT;
    }
  }

  private void uniformDoubles(int n, double from, double to) {
    int[] words = words(2 * n);
    double[] x = LaneTypes.F64.take(Lanes.OPERANDS, n);
    for (int i = 0; i < n; i++) {
      x[i] = (longOf(words, i) >>> 11) * DOUBLE_UNIT * (to - from) + from;
    }
    store(LaneTypes.F64, x, n);
  }

  private static long longOf(int[] words, int i) {
    return (words[2 * i] & UNSIGNED_INT) | (long) words[2 * i + 1] << 32;
  }

  private void bernoulli(int n, double p) {
    int[] words = words(n);
    int limit = (int) Math.ceil(p * (1 << 24));
    for (int i = 0; i < n; i++) {
      words[i] = ((words[i] >>> 8) - limit >> 31) & BITS_OF_ONE;
    }
    float[] x = floats(0, n);
    Raw.bits(words, x, n);
    store(LaneTypes.F32, x, n);
  }

  /**
   * By Box and Muller: of each two words the first gives the radius and the second the angle. A
   * chunk's words are taken apart into one array for the radii and one for the angles.
   */
  private void normal(int n, float mean, float std) {
    int pairs = (n + 1) / 2;
    int[] words = words(2 * pairs);
    float[] radius = floats(0, pairs);
    float[] angle = floats(1, pairs);
    float[] u = floats(4, 2 * pairs);
    units(words, u, 2 * pairs);
    for (int i = 0; i < pairs; i++) {
      radius[i] = 1 - u[2 * i];
      angle[i] = u[2 * i + 1] * 6.2831855f;
    }
    float[] sin = floats(2, pairs);
    float[] cos = floats(3, pairs);
    VectorMath.log(radius, radius, pairs);
    VectorMath.sin(angle, sin, pairs);
    VectorMath.cos(angle, cos, pairs);
    polar(radius, sin, cos, mean, std, pairs);
    for (int i = 0; i < pairs; i++) {
      u[2 * i] = cos[i];
      u[2 * i + 1] = sin[i];
    }
    store(LaneTypes.F32, u, n);
  }

  private static void polar(float[] log, float[] sin, float[] cos, float mean, float std, int n) {
    for (int i = 0; i < n; i++) {
      float r = (float) Math.sqrt(-2 * log[i]) * std;
      sin[i] = r * sin[i] + mean;
      cos[i] = r * cos[i] + mean;
    }
  }

  private void normalDoubles(int n, double mean, double std) {
    double[] x = LaneTypes.F64.take(Lanes.OPERANDS, n);
    for (int i = 0; i < n; i++) {
      x[i] = stream.nextGaussian() * std + mean;
    }
    store(LaneTypes.F64, x, n);
  }

  /**
   * Lemire's method, as {@link RandomStream#nextInt(int)} and {@link RandomStream#nextLong(long)}
   * have it.
   */
  private void integers(int n, long low, long high) {
    long[] x = LaneTypes.I64.take(Lanes.OPERANDS, n);
    long bound = high - low;
    boolean narrow = bound > 0 && bound <= Integer.MAX_VALUE;
    int found = 0;
    while (found < n) {
      found = narrow ? narrow(x, found, n, low, bound) : wide(x, found, n, low, bound);
    }
    store(LaneTypes.I64, x, n);
  }

  private int narrow(long[] x, int from, int n, long low, long bound) {
    int found = from;
    long threshold = (1L << 32) % bound;
    int[] words = words(n - from);
    for (int i = 0; i < n - from; i++) {
      long product = (words[i] & UNSIGNED_INT) * bound;
      x[found] = low + (product >>> 32);
      found += (int) (threshold - 1 - (product & UNSIGNED_INT) >>> 63); // no branch
    }
    return found;
  }

  private int wide(long[] x, int from, int n, long low, long bound) {
    int found = from;
    long threshold = Long.remainderUnsigned(-bound, bound);
    int[] words = words(2 * (n - from));
    for (int i = 0; i < n - from; i++) {
      long bits = longOf(words, i);
      if (Long.compareUnsigned(bits * bound, threshold) >= 0) {
        // The high half of an unsigned product; multiplyHigh takes its arguments as signed.
        long high = Math.multiplyHigh(bits, bound) + (bits < 0 ? bound : 0);
        x[found++] = low + high + (bound < 0 ? bits : 0);
      }
    }
    return found;
  }
}
