package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Raw;
import io.kindling.device.RowKernel;
import java.util.Arrays;

/** {@link Lanes} of float64. */
final class DoubleLanes extends Lanes<double[]> {
  @Override
  double[] allocate(int length) {
    return new double[length];
  }

  @Override
  int length(double[] array) {
    return array.length;
  }

  @Override
  double[][] table(int count) {
    return new double[count][];
  }

  @Override
  void load(double[] to, int at, int n, DType type, long address, long step) {
    if (step == 0 && n > 1) {
      load(to, at, 1, type, address, 0);
      Arrays.fill(to, at, at + n, to[at]);
      return;
    }
    switch (type) {
      case FLOAT64 -> {
        if (step == 8) {
          Raw.get(address, to, at, n);
        } else {
          for (int i = 0; i < n; i++) {
            to[at + i] = Raw.getDouble(address + i * step);
          }
        }
      }
      case FLOAT32 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = Raw.getFloat(address + i * step);
        }
      }
      case INT64 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = Raw.getLong(address + i * step);
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
  void store(double[] from, int at, int n, DType type, long address, long step) {
    switch (type) {
      case FLOAT64 -> {
        if (step == 8) {
          Raw.put(from, at, address, n);
        } else {
          for (int i = 0; i < n; i++) {
            Raw.putDouble(address + i * step, from[at + i]);
          }
        }
      }
      case FLOAT32 -> {
        for (int i = 0; i < n; i++) {
          Raw.putFloat(address + i * step, (float) from[at + i]);
        }
      }
      case INT64 -> {
        for (int i = 0; i < n; i++) {
          Raw.putLong(address + i * step, (long) from[at + i]);
        }
      }
      case UINT8 -> {
        for (int i = 0; i < n; i++) {
          Raw.putByte(address + i * step, (byte) (long) from[at + i]);
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
  void fill(double[] to, int at, int n, double value) {
    Arrays.fill(to, at, at + n, value);
  }

  @Override
  void pick(double[] from, int at, int step, double[] to, int toAt, int n) {
    for (int i = 0; i < n; i++) {
      to[toAt + i] = from[at + i * step];
    }
  }

  @Override
  void spread(double[] from, double[] to, int at, int step, int n) {
    for (int i = 0; i < n; i++) {
      to[at + i * step] = from[i];
    }
  }

  @Override
  void gather(double[] from, long[] at, double[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = at[i] < 0 ? Double.NEGATIVE_INFINITY : from[(int) at[i]];
    }
  }

  @Override
  void scatterAdd(double[] to, long[] at, double[] from, int n) {
    for (int i = 0; i < n; i++) {
      if (at[i] >= 0) {
        to[(int) at[i]] += from[i];
      }
    }
  }

  @Override
  void add(double[] to, double[] x, int n) {
    for (int i = 0; i < n; i++) {
      to[i] += x[i];
    }
  }

  @Override
  void multiplyAdd(double[][] left, double[][] right, double[][] result, int r, int k, int n) {
    double[] p = left[r];
    double[] q = left[r + 1];
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
      double[] c,
      double[] d,
      double[] b0,
      double[] b1,
      double[] b2,
      double[] b3,
      int n,
      double p0,
      double p1,
      double p2,
      double p3,
      double q0,
      double q1,
      double q2,
      double q3) {
    for (int i = 0; i < n; i++) {
      double x0 = b0[i];
      double x1 = b1[i];
      double x2 = b2[i];
      double x3 = b3[i];
      c[i] = Math.fma(p3, x3, Math.fma(p2, x2, Math.fma(p1, x1, Math.fma(p0, x0, c[i]))));
      d[i] = Math.fma(q3, x3, Math.fma(q2, x2, Math.fma(q1, x1, Math.fma(q0, x0, d[i]))));
    }
  }

  @Override
  void run(PointwiseKernel kernel, double[][] in, double[][] out, int n, double[] scalars) {
    PointwiseKernel.F64 loop = kernel.f64();
    if (loop == null) {
      throw missing(kernel.name(), DType.FLOAT64);
    }
    loop.run(in, out, n, scalars);
  }

  @Override
  void run(RowKernel kernel, double[][] in, double[][] out, long[] index, int n) {
    RowKernel.F64 loop = kernel.f64();
    if (loop == null) {
      throw missing(kernel.name(), DType.FLOAT64);
    }
    loop.run(in, out, index, n);
  }
}
