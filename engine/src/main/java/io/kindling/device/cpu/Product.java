package io.kindling.device.cpu;

import io.kindling.core.Layout;

/**
 * The geometry of a matrix product. A leading dimension is positive where the matrix is row-major,
 * negative where it is column-major; the result is row-major.
 *
 * @param batch how many products
 * @param m rows of the result
 * @param n columns of the result
 * @param k what is summed over
 * @param lda leading dimension of the left factor
 * @param ldb leading dimension of the right factor
 * @param ldc leading dimension of the result
 * @param stepA elements from one left factor to the next; 0 for one that all products share
 * @param stepB as {@code stepA} for the right factor
 * @param stepC as {@code stepA} for the result
 */
record Product(
    long batch,
    long m,
    long n,
    long k,
    long lda,
    long ldb,
    long ldc,
    long stepA,
    long stepB,
    long stepC) {

  /** Of three layouts whose {@link #leading} is not 0, the result's positive. */
  static Product of(Layout out, Layout a, Layout b) {
    int r = a.rank() - 2;
    return new Product(
        r == 0 ? 1 : out.size(0),
        a.size(r),
        b.size(r + 1),
        a.size(r + 1),
        leading(a),
        leading(b),
        leading(out),
        r == 0 ? 0 : a.stride(0),
        r == 0 ? 0 : b.stride(0),
        r == 0 ? 0 : out.stride(0));
  }

  /** One product with a dense result. */
  static Product dense(long m, long n, long k, long lda, long ldb) {
    return new Product(1, m, n, k, lda, ldb, n, 0, 0, 0);
  }

  /** A single row or column hides how far apart the matrices of a batch lie. */
  static boolean hidesItsStep(Layout l) {
    return l.rank() == 3
        && (l.size(1) == 1 || l.size(2) == 1)
        && l.stride(0) != 0
        && l.stride(0) != l.size(1) * l.size(2);
  }

  /** Whether the matrices of a batch share a part of their memory, which oneDNN refuses. */
  private static boolean overlaps(Layout l) {
    if (l.rank() == 2 || l.size(0) == 1 || l.stride(0) == 0) {
      return false;
    }
    long step = l.stride(0);
    long lead = leading(l);
    long lines = lead > 0 ? l.size(1) : l.size(2);
    long length = lead > 0 ? l.size(2) : l.size(1);
    boolean apart = step >= lines * Math.abs(lead);
    boolean woven = step >= length && Math.abs(lead) >= step * l.size(0);
    return !apart && !woven;
  }

  /** Whether a product can be computed on the layout as it is. */
  static boolean suits(Layout l) {
    return leading(l) != 0 && !hidesItsStep(l) && !overlaps(l);
  }

  /**
   * The leading dimension of the matrices in the last two dimensions: negative if column-major, 0
   * if neither, which is when the matrix must be copied first.
   */
  static long leading(Layout l) {
    int d = l.rank() - 2;
    long rows = l.size(d);
    long cols = l.size(d + 1);
    if ((l.stride(d + 1) == 1 || cols == 1) && (rows == 1 || l.stride(d) >= cols)) {
      return rows == 1 ? cols : l.stride(d);
    }
    if ((l.stride(d) == 1 || rows == 1) && (cols == 1 || l.stride(d + 1) >= rows)) {
      return -(cols == 1 ? rows : l.stride(d + 1));
    }
    return 0;
  }
}
