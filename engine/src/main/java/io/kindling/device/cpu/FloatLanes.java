package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Raw;
import io.kindling.device.RowKernel;
import java.util.Arrays;

/** {@link Lanes} of float32. */
final class FloatLanes extends Lanes<float[]> {
  @Override
  float[] allocate(int length) {
    return new float[length];
  }

  @Override
  int length(float[] array) {
    return array.length;
  }

  @Override
  float[][] table(int count) {
    return new float[count][];
  }

  @Override
  void load(float[] to, int at, int n, DType type, long address, long step) {
    if (step == 0 && n > 1) {
      load(to, at, 1, type, address, 0);
      Arrays.fill(to, at, at + n, to[at]);
      return;
    }
    switch (type) {
      case FLOAT32 -> {
        if (step == 4) {
          Raw.get(address, to, at, n);
        } else {
          for (int i = 0; i < n; i++) {
            to[at + i] = Raw.getFloat(address + i * step);
          }
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < n; i++) {
          to[at + i] = (float) Raw.getDouble(address + i * step);
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
  void store(float[] from, int at, int n, DType type, long address, long step) {
    switch (type) {
      case FLOAT32 -> {
        if (step == 4) {
          Raw.put(from, at, address, n);
        } else {
          for (int i = 0; i < n; i++) {
            Raw.putFloat(address + i * step, from[at + i]);
          }
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < n; i++) {
          Raw.putDouble(address + i * step, from[at + i]);
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
  void fill(float[] to, int at, int n, double value) {
    Arrays.fill(to, at, at + n, (float) value);
  }

  @Override
  void pick(float[] from, int at, int step, float[] to, int toAt, int n) {
    for (int i = 0; i < n; i++) {
      to[toAt + i] = from[at + i * step];
    }
  }

  @Override
  void spread(float[] from, float[] to, int at, int step, int n) {
    for (int i = 0; i < n; i++) {
      to[at + i * step] = from[i];
    }
  }

  @Override
  void gather(float[] from, long[] at, float[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = at[i] < 0 ? Float.NEGATIVE_INFINITY : from[(int) at[i]];
    }
  }

  @Override
  void scatterAdd(float[] to, long[] at, float[] from, int n) {
    for (int i = 0; i < n; i++) {
      if (at[i] >= 0) {
        to[(int) at[i]] += from[i];
      }
    }
  }

  @Override
  void add(float[] to, float[] x, int n) {
    for (int i = 0; i < n; i++) {
      to[i] += x[i];
    }
  }

  @Override
  void multiplyAdd(float[][] left, float[][] right, float[][] result, int r, int k, int n) {
    float[] p = left[r];
    float[] q = left[r + 1];
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
      float[] c,
      float[] d,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      int n,
      float p0,
      float p1,
      float p2,
      float p3,
      float q0,
      float q1,
      float q2,
      float q3) {
    for (int i = 0; i < n; i++) {
      float x0 = b0[i];
      float x1 = b1[i];
      float x2 = b2[i];
      float x3 = b3[i];
      c[i] = Math.fma(p3, x3, Math.fma(p2, x2, Math.fma(p1, x1, Math.fma(p0, x0, c[i]))));
      d[i] = Math.fma(q3, x3, Math.fma(q2, x2, Math.fma(q1, x1, Math.fma(q0, x0, d[i]))));
    }
  }

  @Override
  void run(PointwiseKernel kernel, float[][] in, float[][] out, int n, double[] scalars) {
    PointwiseKernel.F32 loop = kernel.f32();
    if (loop == null) {
      throw missing(kernel.name(), DType.FLOAT32);
    }
    loop.run(in, out, n, scalars);
  }

  @Override
  void run(RowKernel kernel, float[][] in, float[][] out, long[] index, int n) {
    RowKernel.F32 loop = kernel.f32();
    if (loop == null) {
      throw missing(kernel.name(), DType.FLOAT32);
    }
    loop.run(in, out, index, n);
  }
}
