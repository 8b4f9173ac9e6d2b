package io.kindling.core;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stream of random numbers that is a function of its key alone: Philox4x32-10 (Salmon, Moraes,
 * Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with a 64-bit key and a
 * 128-bit counter.
 *
 * <p>Streams are named, not handed around: {@code RandomStream.of(seed, epoch, step, shard)} gives
 * the same numbers on every machine and in whatever order streams are made. Transcendental
 * functions are {@link StrictMath}'s, so that Gaussian values have the same bits everywhere. An
 * instance is not safe for use by several threads; give each its own.
 */
public final class RandomStream implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final long UNSIGNED_INT = 0xFFFFFFFFL;
  private static final float FLOAT_UNIT = 0x1.0p-24f;
  private static final double DOUBLE_UNIT = 0x1.0p-53;
  private static final int STATE_LENGTH = 5;
  private static final int WORDS = 4;
  private static final long SPARE_FLAG = 0x100;

  private long key;
  // The counter of the next block; the words in hand are those of the block before it.
  private long counterLow;
  private long counterHigh;
  private int position = WORDS;
  private int word0;
  private int word1;
  private int word2;
  private int word3;
  private boolean hasSpare;
  private double spare;

  /** What {@link #nextInts} computes in. */
  private transient long @Nullable [][] lanes;

  private RandomStream(long key, long counterLow, long counterHigh) {
    this.key = key;
    this.counterLow = counterLow;
    this.counterHigh = counterHigh;
  }

  /**
   * The stream of a path below a seed, for example {@code of(seed, tag("dropout"), epoch, step,
   * shard)}. Order and length of the path matter; {@code of(seed, a, b)} is {@code
   * of(seed).split(a).split(b)}.
   */
  public static RandomStream of(long seed, long... path) {
    long key = finish(seed + GOLDEN);
    for (long id : path) {
      key = descend(key, id);
    }
    return new RandomStream(key, 0, 0);
  }

  /** A path element made from a name (64-bit FNV-1a of its UTF-16 units). */
  public static long tag(String name) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    return hash;
  }

  /** The stream at a place of its sequence, for the published test vectors. */
  static RandomStream at(long key, long counterLow, long counterHigh) {
    return new RandomStream(key, counterLow, counterHigh);
  }

  /** The child stream {@code id}; it does not depend on what was drawn from this one. */
  public RandomStream split(long id) {
    return new RandomStream(descend(key, id), 0, 0);
  }

  /** 32 random bits. */
  public int nextInt() {
    if (position == WORDS) {
      refill();
    }
    return switch (position++) {
      case 0 -> word0;
      case 1 -> word1;
      case 2 -> word2;
      default -> word3;
    };
  }

  /** Counters that {@link #nextInts} goes through side by side; a constant makes faster loops. */
  private static final int LANES = 256;

  /** Fewer blocks than this are drawn one by one. */
  private static final int FEW = 64;

  /** The next {@code n} draws of {@link #nextInt()}, many at a time. */
  public void nextInts(int[] out, int n) {
    int at = 0;
    while (at < n && position < WORDS) {
      out[at++] = nextInt();
    }
    for (int blocks = (n - at) / WORDS; blocks >= FEW; blocks = (n - at) / WORDS) {
      int count = Math.min(blocks, LANES);
      long[][] c = blocks();
      for (int i = 0; i < count; i++, at += WORDS) {
        out[at] = (int) c[0][i];
        out[at + 1] = (int) c[1][i];
        out[at + 2] = (int) c[2][i];
        out[at + 3] = (int) c[3][i];
      }
      long before = counterLow;
      counterLow += count;
      counterHigh += Long.compareUnsigned(counterLow, before) < 0 ? 1 : 0;
    }
    while (at < n) {
      out[at++] = nextInt();
    }
  }

  /** {@link #refill()} for the next {@link #LANES} counters, without taking them. */
  private long[][] blocks() {
    if (lanes == null) {
      lanes = new long[WORDS][LANES];
    }
    long[][] c = lanes;
    for (int i = 0; i < LANES; i++) {
      long low = counterLow + i;
      long high = counterHigh + (Long.compareUnsigned(low, counterLow) < 0 ? 1 : 0);
      c[0][i] = low & UNSIGNED_INT;
      c[1][i] = low >>> 32;
      c[2][i] = high & UNSIGNED_INT;
      c[3][i] = high >>> 32;
    }
    long k0 = key & UNSIGNED_INT;
    long k1 = key >>> 32;
    for (int round = 0; round < ROUNDS; round++) {
      multiply(c[2], c[1], MULTIPLIER_1, k0);
      multiply(c[0], c[3], MULTIPLIER_0, k1);
      long[] last = c[0];
      c[0] = c[1];
      c[1] = c[2];
      c[2] = c[3];
      c[3] = last;
      k0 = k0 + WEYL_0 & UNSIGNED_INT;
      k1 = k1 + WEYL_1 & UNSIGNED_INT;
    }
    return c;
  }

  /**
   * Half a round of all counters: {@code y} becomes the high half of the product with {@code x},
   * mixed with itself and the key, and {@code x} the low half. Longs of 32 bits and loops this
   * short become vector code.
   */
  private static void multiply(long[] x, long[] y, long by, long k) {
    for (int i = 0; i < LANES; i++) {
      long product = by * x[i];
      y[i] = (product >>> 32) ^ y[i] ^ k;
      x[i] = product & UNSIGNED_INT;
    }
  }

  /** 64 random bits: two draws of {@link #nextInt()}, the low half first. */
  public long nextLong() {
    long low = nextInt() & UNSIGNED_INT;
    return low | ((long) nextInt() << 32);
  }

  /** Uniform over the multiples of 2^-24 in [0, 1). */
  public float nextFloat() {
    return (nextInt() >>> 8) * FLOAT_UNIT;
  }

  /** Uniform over the multiples of 2^-53 in [0, 1). */
  public double nextDouble() {
    return (nextLong() >>> 11) * DOUBLE_UNIT;
  }

  /** Mean 0, standard deviation 1, by Box and Muller; every second call uses the second value. */
  public double nextGaussian() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double radius = StrictMath.sqrt(-2.0 * StrictMath.log(1.0 - nextDouble()));
    double angle = 2.0 * StrictMath.PI * nextDouble();
    spare = radius * StrictMath.sin(angle);
    hasSpare = true;
    return radius * StrictMath.cos(angle);
  }

  /**
   * Uniform in [0, bound) without bias (Lemire: "Fast random integer generation in an interval",
   * 2019).
   *
   * @throws KindlingException if {@code bound} is not positive
   */
  public int nextInt(int bound) {
    requirePositive(bound);
    long product = (nextInt() & UNSIGNED_INT) * bound;
    if ((product & UNSIGNED_INT) < bound) {
      long threshold = (1L << 32) % bound;
      while ((product & UNSIGNED_INT) < threshold) {
        product = (nextInt() & UNSIGNED_INT) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * Uniform in [0, bound) without bias.
   *
   * @throws KindlingException if {@code bound} is not positive
   */
  public long nextLong(long bound) {
    requirePositive(bound);
    long bits = nextLong();
    if (Long.compareUnsigned(bits * bound, bound) < 0) {
      long threshold = Long.remainderUnsigned(-bound, bound);
      while (Long.compareUnsigned(bits * bound, threshold) < 0) {
        bits = nextLong();
      }
    }
    // The high half of an unsigned product; Math.multiplyHigh takes its arguments as signed.
    return Math.multiplyHigh(bits, bound) + (bits < 0 ? bound : 0);
  }

  /** Fills with {@code from + (to - from) * nextFloat()}, one draw an element in order. */
  public void fillUniform(float[] out, float from, float to) {
    float range = to - from;
    for (int i = 0; i < out.length; i++) {
      out[i] = from + range * nextFloat();
    }
  }

  /** Fills with {@code (float) (mean + std * nextGaussian())}, one draw an element in order. */
  public void fillGaussian(float[] out, double mean, double std) {
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (mean + std * nextGaussian());
    }
  }

  /**
   * A random order of 0..n-1 (Fisher and Yates).
   *
   * @throws KindlingException if {@code n} is negative
   */
  public int[] permutation(int n) {
    if (n < 0) {
      throw new KindlingException("RandomStream.permutation: expected 0 or more, got " + n);
    }
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** All that {@link #restore} needs to go on from here: five longs. */
  public long[] state() {
    long flags = position | (hasSpare ? SPARE_FLAG : 0);
    return new long[] {key, counterLow, counterHigh, flags, Double.doubleToRawLongBits(spare)};
  }

  /**
   * Goes on where {@link #state()} was taken, whatever this stream was before.
   *
   * @throws DataException if {@code state} is not one
   */
  public void restore(long[] state) {
    if (state.length != STATE_LENGTH || (state[3] & ~(SPARE_FLAG | 7)) != 0 || places(state) > 4) {
      throw new DataException(
          "RandomStream.restore: expected the five longs of state(), got "
              + Arrays.toString(state)
              + "; a state of another generator cannot be used");
    }
    key = state[0];
    counterLow = state[1];
    counterHigh = state[2];
    hasSpare = (state[3] & SPARE_FLAG) != 0;
    spare = Double.longBitsToDouble(state[4]);
    if (places(state) < WORDS) {
      if (counterLow-- == 0) {
        counterHigh--;
      }
      refill();
    }
    position = places(state);
  }

  private static int places(long[] state) {
    return (int) (state[3] & 7);
  }

  private void refill() {
    int c0 = (int) counterLow;
    int c1 = (int) (counterLow >>> 32);
    int c2 = (int) counterHigh;
    int c3 = (int) (counterHigh >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & UNSIGNED_INT);
      long product1 = MULTIPLIER_1 * (c2 & UNSIGNED_INT);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    word0 = c0;
    word1 = c1;
    word2 = c2;
    word3 = c3;
    position = 0;
    if (++counterLow == 0) {
      counterHigh++;
    }
  }

  private static void requirePositive(long bound) {
    if (bound <= 0) {
      throw new KindlingException("RandomStream: expected a bound above 0, got " + bound);
    }
  }

  // Two different finalizers, so that exchanging a parent's key and a child's id gives another key.
  private static long descend(long key, long id) {
    return finish(key + GOLDEN + scramble(id + GOLDEN));
  }

  /** Stafford's variant 13, the finalizer of SplitMix64. */
  private static long finish(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** The finalizer of MurmurHash3. */
  private static long scramble(long z) {
    z = (z ^ (z >>> 33)) * 0xFF51AFD7ED558CCDL;
    z = (z ^ (z >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return z ^ (z >>> 33);
  }
}
