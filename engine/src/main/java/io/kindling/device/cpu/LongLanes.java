package io.kindling.device.cpu;

import io.kindling.device.Raw;
import java.util.Arrays;

/** {@link Lanes} of int64. */
final class LongLanes extends Lanes<long[]> {
  LongLanes() {
    super(Lane.I64);
  }

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
  void get(long address, long[] to, int at, int n) {
    Raw.get(address, to, at, n);
  }

  @Override
  void put(long[] from, int at, long address, int n) {
    Raw.put(from, at, address, n);
  }

  @Override
  void repeat(long[] to, int at, int n) {
    Arrays.fill(to, at, at + n, to[at]);
  }

  @Override
  void fill(long[] to, int at, int n, Number value) {
    Arrays.fill(to, at, at + n, value.longValue());
  }

  @Override
  void transpose(long[] from, int rows, int cols, long[] to) {
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
  void transpose(long[] from, int rows, int cols, long[][] to, int row, int col) {
    int c = 0;
    for (; c + 8 <= cols; c += 8) {
      int at = c * rows;
      for (int r = 0; r < rows; r++) {
        long[] line = to[row + r];
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
  void multiplyAdd(long[] c, long[] a, long[][] b, int k, int n) {
    multiplyAdd(c, b[k], b[k + 1], b[k + 2], b[k + 3], n, a[k], a[k + 1], a[k + 2], a[k + 3]);
  }

  /**
   * Rows as arrays of their own and no larger a body: the JVM makes no vector code of offsets into
   * one array, nor of two rows at a time.
   */
  private static void multiplyAdd(
      long[] c,
      long[] b0,
      long[] b1,
      long[] b2,
      long[] b3,
      int n,
      long a0,
      long a1,
      long a2,
      long a3) {
    for (int i = 0; i < n; i++) {
      c[i] += a0 * b0[i] + a1 * b1[i] + a2 * b2[i] + a3 * b3[i];
    }
  }

  @Override
  int position(long[] x, int n, boolean largest) {
    return VectorRows.position(x, n, largest);
  }
}
