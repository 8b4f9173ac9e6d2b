package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Raw;
import io.kindling.device.RowKernel;
import java.util.Arrays;

/** {@link Lanes} of int64. */
final class LongLanes extends Lanes<long[]> {
  @Override
  long[] allocate(int length) {
    return new long[length];
  }

  @Override
  int length(long[] array) {
    return array.length;
  }

  @Override
  long[][] table(int count) {
    return new long[count][];
  }

  @Override
  void load(long[] to, int at, int n, DType type, long address, long step) {
    if (step == 0 && n > 1) {
      load(to, at, 1, type, address, 0);
      Arrays.fill(to, at, at + n, to[at]);
      return;
    }
    switch (type) {
      case INT64 -> {
        if (step == 8) {
          Raw.get(address, to, at, n);
        } else {
          for (int i = 0; i < n; i++) {
            to[at + i] = Raw.getLong(address + i * step);
          }
        }
      }
      case FLOAT32 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = (long) Raw.getFloat(address + i * step);
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = (long) Raw.getDouble(address + i * step);
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = Raw.getByte(address + i * step) & 0xff;
        }
      }
    }
  }

  @Override
  void store(long[] from, int at, int n, DType type, long address, long step) {
    switch (type) {
      case INT64 -> {
        if (step == 8) {
          Raw.put(from, at, address, n);
        } else {
          for (int i = 0; i < n; i++) {
            Raw.putLong(address + i * step, from[at + i]);
          }
        }
      }
      case FLOAT32 -> {
        for (int i = 0; i < n; i++) {
          Raw.putFloat(address + i * step, from[at + i]);
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < n; i++) {
          Raw.putDouble(address + i * step, from[at + i]);
        }
      }
      case UINT8 -> {
        for (int i = 0; i < n; i++) {
          Raw.putByte(address + i * step, (byte) from[at + i]);
        }
      }
      case BOOL -> {
        for (int i = 0; i < n; i++) {
          Raw.putByte(address + i * step, (byte) (from[at + i] != 0 ? 1 : 0));
        }
      }
    }
  }

  @Override
  void fill(long[] to, int at, int n, double value) {
    Arrays.fill(to, at, at + n, (long) value);
  }

  @Override
  void pick(long[] from, int at, int step, long[] to, int toAt, int n) {
    for (int i = 0; i < n; i++) {
      to[toAt + i] = from[at + i * step];
    }
  }

  @Override
  void spread(long[] from, long[] to, int at, int step, int n) {
    for (int i = 0; i < n; i++) {
      to[at + i * step] = from[i];
    }
  }

  @Override
  void gather(long[] from, long[] at, long[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = at[i] < 0 ? Long.MIN_VALUE : from[(int) at[i]];
    }
  }

  @Override
  void scatterAdd(long[] to, long[] at, long[] from, int n) {
    for (int i = 0; i < n; i++) {
      if (at[i] >= 0) {
        to[(int) at[i]] += from[i];
      }
    }
  }

  @Override
  void add(long[] to, long[] x, int n) {
    for (int i = 0; i < n; i++) {
      to[i] += x[i];
    }
  }

  @Override
  void multiplyAdd(long[][] left, long[][] right, long[][] result, int r, int k, int n) {
    long[] p = left[r];
    long[] q = left[r + 1];
    multiplyAdd(
        result[r],
        result[r + 1],
        right[k],
        right[k + 1],
        right[k + 2],
        right[k + 3],
        n,
        p[k],
        p[k + 1],
        p[k + 2],
        p[k + 3],
        q[k],
        q[k + 1],
        q[k + 2],
        q[k + 3]);
  }

  /** Every operand is an array of its own: the JVM vectorises this and not offsets into one. */
  private static void multiplyAdd(
      long[] c,
      long[] d,
      long[] b0,
      long[] b1,
      long[] b2,
      long[] b3,
      int n,
      long p0,
      long p1,
      long p2,
      long p3,
      long q0,
      long q1,
      long q2,
      long q3) {
    for (int i = 0; i < n; i++) {
      long x0 = b0[i];
      long x1 = b1[i];
      long x2 = b2[i];
      long x3 = b3[i];
      c[i] += p0 * x0 + p1 * x1 + p2 * x2 + p3 * x3;
      d[i] += q0 * x0 + q1 * x1 + q2 * x2 + q3 * x3;
    }
  }

  @Override
  void run(PointwiseKernel kernel, long[][] in, long[][] out, int n, double[] scalars) {
    PointwiseKernel.I64 loop = kernel.i64();
    if (loop == null) {
      throw missing(kernel.name(), DType.INT64);
    }
    loop.run(in, out, n, scalars);
  }

  @Override
  void run(RowKernel kernel, long[][] in, long[][] out, long[] index, int n) {
    RowKernel.I64 loop = kernel.i64();
    if (loop == null) {
      throw missing(kernel.name(), DType.INT64);
    }
    loop.run(in, out, index, n);
  }
}
