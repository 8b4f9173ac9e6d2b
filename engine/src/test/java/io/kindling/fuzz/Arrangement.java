package io.kindling.fuzz;

import java.util.Arrays;

/** How a leaf lies in memory: a dense base of another shape, and the views that lead from it. */
enum Arrangement {
  DENSE,
  /** The first and the last dimension swapped. */
  TRANSPOSED,
  /** All dimensions in reverse order. */
  REVERSED,
  /** Every other element of the last dimension of something larger. */
  STEPPED,
  /** All but the first row of something larger. */
  OFFSET,
  /** One row, repeated with stride zero. */
  EXPANDED,
  /** NHWC. */
  CHANNELS_LAST;

  boolean fits(int rank) {
    return switch (this) {
      case DENSE -> true;
      case STEPPED, OFFSET, EXPANDED -> rank >= 1;
      case TRANSPOSED, REVERSED -> rank >= 2;
      case CHANNELS_LAST -> rank == 4;
    };
  }

  long[] base(long[] shape) {
    long[] s = shape.clone();
    int last = s.length - 1;
    switch (this) {
      case DENSE -> {}
      case TRANSPOSED -> {
        s[0] = shape[last];
        s[last] = shape[0];
      }
      case REVERSED -> {
        for (int d = 0; d <= last; d++) {
          s[d] = shape[last - d];
        }
      }
      case STEPPED -> s[last] = 2 * shape[last] + 1;
      case OFFSET -> s[0]++;
      case EXPANDED -> s[0] = 1;
      case CHANNELS_LAST -> {
        s[1] = shape[2];
        s[2] = shape[3];
        s[3] = shape[1];
      }
    }
    return s;
  }

  /** The view of the base that has {@code shape}. */
  <T> T view(Machine<T> m, T base, long[] shape) {
    int last = shape.length - 1;
    return switch (this) {
      case DENSE -> base;
      case TRANSPOSED -> m.view(base, "transpose", 0L, (long) last);
      case REVERSED -> {
        T v = base;
        for (long d = 0; d < last - d; d++) {
          v = m.view(v, "transpose", d, last - d);
        }
        yield v;
      }
      case STEPPED -> m.view(base, "get", "..., 1::2");
      case OFFSET -> m.view(base, "narrow", 0L, 1L, shape[0]);
      case EXPANDED -> m.view(base, "expand", (Object) shape);
      case CHANNELS_LAST -> m.view(base, "permute", (Object) new long[] {0, 3, 1, 2});
    };
  }

  /** The values of the base where {@code values} are those of the view, row-major. */
  Number[] spread(Number[] values, long[] shape) {
    long[] base = base(shape);
    int n = 1;
    for (long s : base) {
      n = Math.toIntExact(n * s);
    }
    Number[] out = new Number[n];
    Arrays.fill(out, 7L);
    long[] at = new long[shape.length];
    for (Number v : values) {
      out[position(at, shape, base)] = v;
      for (int d = shape.length - 1; d >= 0 && ++at[d] == shape[d]; d--) {
        at[d] = 0;
      }
    }
    return out;
  }

  private int position(long[] at, long[] shape, long[] base) {
    long[] i = at.clone();
    int last = shape.length - 1;
    switch (this) {
      case DENSE -> {}
      case STEPPED -> i[last] = 2 * at[last] + 1;
      case OFFSET -> i[0]++;
      case EXPANDED -> i[0] = 0;
      case TRANSPOSED -> {
        i[0] = at[last];
        i[last] = at[0];
      }
      case REVERSED -> {
        for (int d = 0; d <= last; d++) {
          i[d] = at[last - d];
        }
      }
      case CHANNELS_LAST -> {
        i[1] = at[2];
        i[2] = at[3];
        i[3] = at[1];
      }
    }
    long p = 0;
    for (int d = 0; d <= last; d++) {
      p = p * base[d] + i[d];
    }
    return (int) p;
  }
}
