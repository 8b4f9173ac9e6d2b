package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.Operand;
import io.kindling.device.Strided;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts operands into parts that threads may share. The cut depends on shapes and strides and never
 * on the number of threads, so that neither do the bits.
 */
final class Parts {
  /** Elements of a part at least. */
  static final long ELEMENTS = 1 << 17;

  /** Multiplications of a part of a matrix product at least: each part packs its operands. */
  static final long PRODUCTS = 1 << 28;

  private Parts() {}

  /** What computes a part of elementwise operands. */
  interface Pointwise {
    void run(Strided[] out, Operand[] in);
  }

  /** What computes some rows. */
  interface Rows {
    void run(Strided[] out, @Nullable Strided index, Strided[] in);
  }

  /** What computes some rows or columns of a product. */
  interface Gemm {
    void run(Strided out, Strided a, Strided b, @Nullable Strided bias);
  }

  /** A part of a dimension. */
  private interface Range {
    void run(long start, long length);
  }

  static void pointwise(Strided[] out, Operand[] in, Pointwise work) {
    Layout layout = out[0].layout();
    long parts = layout.numel() / ELEMENTS;
    int dim = parts < 2 || !areDense(out) ? -1 : outermost(layout, layout.rank());
    if (dim < 0) {
      work.run(out, in);
      return;
    }
    int fromEnd = layout.rank() - dim;
    long size = layout.size(dim);
    cut(
        size,
        step(size, parts),
        (start, length) -> {
          Operand[] from = new Operand[in.length];
          Arrays.setAll(
              from,
              k -> in[k] instanceof Strided s ? narrow(s, fromEnd, size, start, length) : in[k]);
          work.run(narrow(out, fromEnd, size, start, length), from);
        });
  }

  static void rows(Strided[] out, @Nullable Strided index, Strided[] in, Rows work) {
    Layout layout = in[0].layout();
    long parts = layout.numel() / ELEMENTS;
    int dim = parts < 2 ? -1 : outermost(layout, layout.rank() - 1);
    if (dim < 0) {
      work.run(out, index, in);
      return;
    }
    int fromEnd = layout.rank() - dim;
    long size = layout.size(dim);
    cut(
        size,
        step(size, parts),
        (start, length) ->
            work.run(
                narrow(out, fromEnd, size, start, length),
                index == null ? null : narrow(index, fromEnd, size, start, length),
                narrow(in, fromEnd, size, start, length)));
  }

  /** Along the batch, or the longer of the product's sides. */
  static void gemm(Strided out, Strided a, Strided b, @Nullable Strided bias, Gemm work) {
    Layout layout = out.layout();
    long depth = a.layout().size(a.layout().rank() - 1);
    long parts = layout.numel() / Math.max(1, PRODUCTS / Math.max(1, depth));
    int rank = layout.rank();
    boolean wide = layout.size(rank - 1) > layout.size(rank - 2);
    int fromEnd = rank > 2 && layout.size(0) >= parts ? rank : wide ? 1 : 2;
    long size = layout.size(rank - fromEnd);
    if (parts < 2 || size < parts) {
      work.run(out, a, b, bias);
      return;
    }
    boolean columns = fromEnd == 1;
    long step = fromEnd > 2 ? step(size, parts) : (step(size, parts) + 63) / 64 * 64;
    cut(
        size,
        step,
        (start, length) ->
            work.run(
                narrow(out, fromEnd, size, start, length),
                columns ? a : narrow(a, fromEnd, size, start, length),
                fromEnd == 2 ? b : narrow(b, fromEnd, size, start, length),
                columns && bias != null ? narrow(bias, 1, size, start, length) : bias));
  }

  private static void cut(long size, long step, Range part) {
    Parallel.run(
        Math.toIntExact((size + step - 1) / step),
        i -> part.run(i * step, Math.min(step, size - i * step)));
  }

  private static long step(long size, long parts) {
    long most = Math.min(size, parts);
    return (size + most - 1) / most;
  }

  private static boolean areDense(Strided[] out) {
    for (Strided s : out) {
      if (!s.layout().isDense() || !s.layout().sameGeometry(out[0].layout())) {
        return false;
      }
    }
    return true;
  }

  /** Of the first {@code dims} dimensions the one with the longest stride, or -1. */
  private static int outermost(Layout layout, int dims) {
    int found = -1;
    for (int d = 0; d < dims; d++) {
      boolean longer = found < 0 || layout.stride(d) > layout.stride(found);
      found = layout.size(d) > 1 && longer ? d : found;
    }
    return found;
  }

  private static Strided[] narrow(Strided[] all, int fromEnd, long size, long start, long length) {
    Strided[] some = new Strided[all.length];
    Arrays.setAll(some, i -> narrow(all[i], fromEnd, size, start, length));
    return some;
  }

  /** An operand without the dimension, or with size one there, is the same for every part. */
  private static Strided narrow(Strided s, int fromEnd, long size, long start, long length) {
    int dim = s.layout().rank() - fromEnd;
    boolean same = dim < 0 || s.layout().size(dim) != size;
    return same ? s : s.with(s.layout().narrow(dim, start, length));
  }
}
