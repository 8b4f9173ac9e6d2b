package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.Raw;

/**
 * Sums of rows and columns as products with a vector of ones, at the speed of memory. Sums of rows
 * also tell in passing whether there is a NaN or an infinity among the elements. One a thread.
 */
final class Sums implements AutoCloseable {
  /** Longer sums are taken in pieces, whose sums are then summed, to keep their accuracy. */
  static final long PIECE = 512;

  /** Fewer columns than this are poor vectors. */
  private static final long COLUMNS = 16;

  private static final int ROW = 1024;

  /**
   * Longer rows are taken in pieces, pieces of their sums, and so on: that keeps their accuracy.
   */
  private static final long LONGEST = 256;

  /** Fewer elements are not worth it. */
  private static final long LEAST = 4096;

  private static final long ROW_PIECE = 64;

  private static final long LEAST_ONES = 1024;

  private final Sgemm sgemm;
  private final Numbers ones = new Numbers();

  Sums(Sgemm sgemm) {
    this.sgemm = sgemm;
  }

  private long ones(long n) {
    return ones.of(1, Math.max(n, LEAST_ONES));
  }

  /** {@code [m, n] -> [m]}; {@code pieces} has {@link #pieceBytesOfRows}. */
  void ofRows(long in, long m, long n, long out, long pieces) {
    long count = pieces(n);
    if (n <= LONGEST) {
      rows(in, m, n, out);
    } else if (count <= 2 * m && count <= PIECE) {
      ofStripes(in, m, n, out, pieces);
    } else {
      ofPieces(in, m, n, out, pieces);
    }
  }

  /** The pieces of all rows at once, where rows are many. */
  private void ofStripes(long in, long m, long n, long out, long pieces) {
    long count = pieces(n);
    for (long i = 0; i < count; i++) {
      long length = Math.min(ROW_PIECE, n - i * ROW_PIECE);
      Product stripe = Product.dense(m, 1, length, n, 1);
      long from = in + Float.BYTES * i * ROW_PIECE;
      sgemm.run(stripe, from, ones(length), pieces + Float.BYTES * i * m, 0f);
    }
    columns(pieces, count, m, out);
  }

  private void ofPieces(long in, long m, long n, long out, long pieces) {
    if (n <= ROW_PIECE) {
      rows(in, m, n, out);
      return;
    }
    long count = pieces(n);
    long whole = n / ROW_PIECE;
    for (long i = 0; i < m; i++) {
      long from = in + Float.BYTES * i * n;
      long to = pieces + Float.BYTES * i * count;
      rows(from, whole, ROW_PIECE, to);
      if (whole < count) {
        rows(from + Float.BYTES * whole * ROW_PIECE, 1, n % ROW_PIECE, to + Float.BYTES * whole);
      }
    }
    ofPieces(pieces, m, count, out, pieces + Float.BYTES * m * count);
  }

  private static long pieces(long n) {
    return (n + ROW_PIECE - 1) / ROW_PIECE;
  }

  private void rows(long in, long m, long n, long out) {
    sgemm.run(Product.dense(m, 1, n, n, 1), in, ones(n), out, 0f);
  }

  /** Bytes that {@link #ofRows} needs besides its operands. */
  static long pieceBytesOfRows(long m, long n) {
    long bytes = 0;
    for (long count = n <= LONGEST ? 1 : pieces(n); count > 1; count = pieces(count)) {
      bytes += Float.BYTES * m * count;
    }
    return bytes;
  }

  /** Bytes that {@link #ofColumns} needs besides its operands. */
  static long pieceBytes(long m, long n) {
    return m <= PIECE ? 0 : (m + PIECE - 1) / PIECE * n * Float.BYTES;
  }

  /** {@code [m, n] -> [n]}. */
  void ofColumns(long in, long m, long n, long out, long pieces) {
    long count = (m + PIECE - 1) / PIECE;
    for (long i = 0; i < count; i++) {
      long rows = Math.min(PIECE, m - i * PIECE);
      long to = count == 1 ? out : pieces + Float.BYTES * i * n;
      columns(in + Float.BYTES * i * PIECE * n, rows, n, to);
    }
    if (count > 1) {
      columns(pieces, count, n, out);
    }
  }

  private void columns(long in, long m, long n, long out) {
    sgemm.run(Product.dense(n, 1, m, -n, 1), in, ones(m), out, 0f);
  }

  /** A sum in no useful order: NaN if an element is, not finite if an element is not. */
  float total(long in, long n, Block work) {
    long rows = n / LEAST_ONES;
    long rest = n % LEAST_ONES;
    long sums = work.atLeast(Float.BYTES * (rows + 1));
    if (rows > 0) {
      rows(in, rows, LEAST_ONES, sums);
    }
    if (rest > 0) {
      rows(in + Float.BYTES * rows * LEAST_ONES, 1, rest, sums + Float.BYTES * rows);
    }
    float total = 0;
    for (long i = 0; i < rows + (rest > 0 ? 1 : 0); i++) {
      total += Raw.getFloat(sums + Float.BYTES * i);
    }
    return total;
  }

  /**
   * The columns of {@code in} as a matrix in memory whose rows {@code out} sums up: what is kept
   * must lie innermost, densely and in the same order in both.
   *
   * @return 0 if the reduction is no such thing, or too narrow to be worth it
   */
  static long columns(Layout in, Layout out) {
    if (!in.isDense() || in.numel() < 16 * COLUMNS) {
      return 0;
    }
    Layout kept = out.expand(in.shape());
    long period = ElementwisePrimitives.period(in, kept);
    boolean all = period == out.numel() && period >= COLUMNS && period < in.numel();
    return all ? period : 0;
  }

  /**
   * How many elements each element of {@code out} folds, where these lie one after the other.
   *
   * @return 0 if they do not, or it is not worth it
   */
  static long rows(Layout in, Layout out) {
    if (!in.isContiguous() || !out.isContiguous() || in.numel() < LEAST) {
      return 0;
    }
    long n = 1;
    for (int d = in.rank() - 1; d >= 0 && (out.size(d) == 1 || in.size(d) == 1); d--) {
      n *= in.size(d);
    }
    return n * out.numel() == in.numel() && n >= COLUMNS ? n : 0;
  }

  @Override
  public void close() {
    ones.close();
  }
}
