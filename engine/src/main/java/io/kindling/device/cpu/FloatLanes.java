package io.kindling.device.cpu;

import io.kindling.device.Raw;
import java.util.Arrays;

/** {@link Lanes} of float32. */
final class FloatLanes extends Lanes<float[]> {
  FloatLanes() {
    super(Lane.F32);
  }

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
  void get(long address, float[] to, int at, int n) {
    Raw.get(address, to, at, n);
  }

  @Override
  void put(float[] from, int at, long address, int n) {
    Raw.put(from, at, address, n);
  }

  @Override
  void repeat(float[] to, int at, int n) {
    Arrays.fill(to, at, at + n, to[at]);
  }

  @Override
  void fill(float[] to, int at, int n, Number value) {
    Arrays.fill(to, at, at + n, value.floatValue());
  }

  @Override
  void transpose(float[] from, int rows, int cols, float[] to) {
    int c = 0;
    for (; c + 4 <= cols; c += 4) {
      int at = c * rows;
      for (int r = 0; r < rows; r++) {
        int row = r * cols + c;
        to[row] = from[at + r];
        to[row + 1] = from[at + rows + r];
        to[row + 2] = from[at + 2 * rows + r];
        to[row + 3] = from[at + 3 * rows + r];
      }
    }
    for (; c < cols; c++) {
      for (int r = 0; r < rows; r++) {
        to[r * cols + c] = from[c * rows + r];
      }
    }
  }

  @Override
  void transpose(float[] from, int rows, int cols, float[][] to, int row, int col) {
    int c = 0;
    for (; c + 8 <= cols; c += 8) {
      int at = c * rows;
      for (int r = 0; r < rows; r++) {
        float[] line = to[row + r];
        line[col + c] = from[at + r];
        line[col + c + 1] = from[at + rows + r];
        line[col + c + 2] = from[at + 2 * rows + r];
        line[col + c + 3] = from[at + 3 * rows + r];
        line[col + c + 4] = from[at + 4 * rows + r];
        line[col + c + 5] = from[at + 5 * rows + r];
        line[col + c + 6] = from[at + 6 * rows + r];
        line[col + c + 7] = from[at + 7 * rows + r];
      }
    }
    for (; c < cols; c++) {
      for (int r = 0; r < rows; r++) {
        to[row + r][col + c] = from[c * rows + r];
      }
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
  void multiplyAdd(float[] c, float[] a, float[][] b, int k, int n) {
    multiplyAdd(c, b[k], b[k + 1], b[k + 2], b[k + 3], n, a[k], a[k + 1], a[k + 2], a[k + 3]);
  }

  /**
   * Rows as arrays of their own and no larger a body: the JVM makes no vector code of offsets into
   * one array, nor of two rows at a time.
   */
  private static void multiplyAdd(
      float[] c,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      int n,
      float a0,
      float a1,
      float a2,
      float a3) {
    for (int i = 0; i < n; i++) {
      c[i] =
          Math.fma(a3, b3[i], Math.fma(a2, b2[i], Math.fma(a1, b1[i], Math.fma(a0, b0[i], c[i]))));
    }
  }

  @Override
  int position(float[] x, int n, boolean largest) {
    return VectorRows.position(x, n, largest);
  }
}
