package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;

/**
 * The matrix product in blocks that fit the caches: a panel of the right matrix is packed into heap
 * rows, and each row of the result takes up four of them at a time.
 */
final class Gemm {
  /** Rows of the left matrix in a block. */
  static final int ROWS = 64;

  /** Rows of the right matrix in a panel. */
  static final int DEPTH = 256;

  /** Columns of a panel. */
  private static final int COLS = 512;

  /** Rows of the result shorter than this are not worth a vector loop. */
  private static final int NARROW = 32;

  private Gemm() {}

  /** See {@link io.kindling.device.Backend#gemm}. */
  static <A> void run(Lanes<A> lanes, Strided out, Strided a, Strided b, @Nullable Strided bias) {
    int row = out.layout().rank() - 2;
    int col = row + 1;
    long m = out.layout().size(row);
    long n = out.layout().size(col);
    long k = a.layout().size(col);
    if (n < NARROW && m > n) {
      // The transposed product, so that the long side becomes the vectors.
      int swap = row;
      row = col;
      col = swap;
    }
    boolean swapped = row > col;
    Strided left = swapped ? b : a;
    Strided right = swapped ? a : b;
    long batch = out.layout().rank() == 3 ? out.layout().size(0) : 1;
    for (long i = 0; i < batch; i++) {
      Matrix.Folded<A> c = matrix(lanes, out, i, row, col);
      Matrix<A> start =
          bias == null
              ? null
              : new Matrix.Folded<>(
                  lanes,
                  bias.dtype(),
                  bias.hostAddress(),
                  swapped ? step(bias, 0) : 0,
                  new long[] {out.layout().size(col)},
                  swapped ? 0 : step(bias, 0));
      multiply(
          new long[] {out.layout().size(row), out.layout().size(col), k},
          panels(lanes, left, i, row, col),
          panels(lanes, right, i, row, col),
          c,
          start);
    }
  }

  private static long step(Strided s, int dim) {
    return s.layout().stride(dim) * s.dtype().size();
  }

  private static <A> Matrix.Folded<A> matrix(
      Lanes<A> lanes, Strided s, long batch, int row, int col) {
    Layout layout = s.layout();
    long address = s.hostAddress() + (layout.rank() == 3 ? batch * step(s, 0) : 0);
    return new Matrix.Folded<>(
        lanes, s.dtype(), address, step(s, row), new long[] {layout.size(col)}, step(s, col));
  }

  /** Read along whichever dimension memory runs. */
  private static <A> Panels<A> panels(Lanes<A> lanes, Strided s, long batch, int row, int col) {
    return Lanes.isAcross(step(s, row), step(s, col))
        ? matrix(lanes, s, batch, col, row).transposed()
        : matrix(lanes, s, batch, row, col);
  }

  /**
   * {@code c = a b + start}.
   *
   * @param sizes rows and columns of {@code c}, and the depth that is summed over
   */
  static <A> void multiply(
      long[] sizes, Panels<A> a, Panels<A> b, Matrix.Folded<A> c, @Nullable Matrix<A> start) {
    Lanes<A> lanes = c.lanes;
    long depth = sizes[2];
    int width = (int) Math.min(COLS, sizes[1]);
    // The kernel takes depth by fours: what is missing is filled with zeros.
    int deep = (int) Math.min(DEPTH, (depth + 3) / 4 * 4);
    int high = (int) Math.min(ROWS, sizes[0]);
    A[] left = lanes.takeRows(Lanes.LEFT, high, deep);
    A[] right = lanes.takeRows(Lanes.RIGHT, deep, width);
    A[] result = lanes.takeRows(Lanes.RESULT, high, width);
    for (long j = 0; j < sizes[1]; j += COLS) {
      int n = (int) Math.min(COLS, sizes[1] - j);
      long k = 0;
      do {
        int d = (int) Math.min(DEPTH, depth - k);
        b.panel(right, k, j, d, n);
        for (int r = d; r % 4 != 0; r++) {
          lanes.fill(right[r], 0, n, 0);
        }
        for (long i = 0; i < sizes[0]; i += ROWS) {
          int m = (int) Math.min(ROWS, sizes[0] - i);
          a.panel(left, i, k, m, d);
          begin(k == 0 ? start : c, result, new long[] {i, j}, m, n, lanes);
          block(lanes, left, right, result, m, n, d);
          for (int r = 0; r < m; r++) {
            c.store(result[r], i + r, j, n);
          }
        }
        k += DEPTH;
      } while (k < depth);
    }
  }

  private static <A> void begin(
      @Nullable Matrix<A> from, A[] result, long[] at, int m, int n, Lanes<A> lanes) {
    if (from != null) {
      from.panel(result, at[0], at[1], m, n);
    } else {
      for (int r = 0; r < m; r++) {
        lanes.fill(result[r], 0, n, 0);
      }
    }
  }

  private static <A> void block(
      Lanes<A> lanes, A[] left, A[] right, A[] result, int m, int n, int d) {
    int deep = (d + 3) / 4 * 4;
    for (int r = 0; r < m; r++) {
      lanes.fill(left[r], d, deep - d, 0);
    }
    // One step of depth over all rows: four rows of the panel stay in the first-level cache.
    for (int k = 0; k < deep; k += 4) {
      for (int r = 0; r < m; r++) {
        lanes.multiplyAdd(result[r], left[r], right, k, n);
      }
    }
  }
}
