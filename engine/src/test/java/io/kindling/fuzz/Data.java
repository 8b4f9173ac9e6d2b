package io.kindling.fuzz;

import io.kindling.core.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Where the values of a leaf come from.
 *
 * @param given the values themselves, or null where {@code kind} and {@code seed} tell them
 */
record Data(Kind kind, long seed, @Nullable List<Number> given) {

  enum Kind {
    /** Around zero and never near it; small integers, none of them zero. */
    PLAIN,
    /** As PLAIN without a sign. */
    POSITIVE,
    /** Few different values, zero among them. */
    TIES,
    /** Infinities, NaN, zeros of both signs, the ends of the types. */
    EDGES,
    /** Positions in a dimension of size {@code seed % 100}; a few negative if seed / 100 is odd. */
    POSITIONS
  }

  private static final Object[] FLOATS = {
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    1.5,
    100.0,
    1e-3,
    65504.0,
    1e30
  };
  private static final Object[] INTEGERS = {
    0L,
    1L,
    -1L,
    2L,
    3L,
    -7L,
    127L,
    -128L,
    255L,
    300L,
    32767L,
    2147483647L,
    -2147483648L,
    9007199254740993L,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  static Data of(Number... values) {
    return new Data(Kind.PLAIN, 0, List.of(values));
  }

  Number[] values(DType dtype, long numel) {
    Number[] out = new Number[Math.toIntExact(numel)];
    if (given != null) {
      Arrays.setAll(out, i -> given.isEmpty() ? (Number) 1L : given.get(i % given.size()));
      return out;
    }
    Random r = new Random(seed);
    Arrays.setAll(out, i -> next(r, dtype));
    return out;
  }

  private Number next(Random r, DType dtype) {
    boolean floating = dtype.isFloatingPoint();
    if (dtype == DType.BOOL) {
      return (long) r.nextInt(2);
    }
    return switch (kind) {
      case PLAIN ->
          floating ? decimal(r, r.nextBoolean()) : (Number) (sign(r, dtype) * (1 + r.nextInt(9)));
      case POSITIVE -> floating ? decimal(r, false) : (Number) (1L + r.nextInt(9));
      case TIES -> floating ? (Number) (double) r.nextInt(3) : (Number) (long) r.nextInt(3);
      case EDGES -> edge(r, dtype, floating ? FLOATS : INTEGERS);
      case POSITIONS -> position(r);
    };
  }

  private static long sign(Random r, DType dtype) {
    return dtype == DType.UINT8 || r.nextBoolean() ? 1 : -1;
  }

  private static Number decimal(Random r, boolean negative) {
    double v = (20 + r.nextInt(180)) / 100.0;
    return negative ? -v : v;
  }

  private static Number edge(Random r, DType dtype, Object[] among) {
    Number v = (Number) among[r.nextInt(among.length)];
    int bits = 8 * dtype.size();
    if (v instanceof Long n && bits < 64) {
      long mask = (1L << bits) - 1;
      long low = n & mask;
      return dtype == DType.UINT8 || low >> (bits - 1) == 0 ? low : low - mask - 1;
    }
    return v;
  }

  private Long position(Random r) {
    long n = Math.max(1, seed % 100);
    long p = (long) (r.nextDouble() * n);
    return seed / 100 % 2 == 1 && r.nextInt(4) == 0 ? p - n : p;
  }

  /** The same with its values written out. */
  Data spelled(DType dtype, long numel) {
    return new Data(kind, seed, new ArrayList<>(List.of(values(dtype, numel))));
  }

  @Override
  public String toString() {
    return given == null
        ? kind + "(" + seed + ")"
        : given.toString().replace('[', '{').replace(']', '}');
  }
}
