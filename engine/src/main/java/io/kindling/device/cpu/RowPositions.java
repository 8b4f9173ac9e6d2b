package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Raw;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import io.kindling.device.cpu.ElementwisePrimitives.Guard;
import org.bytedeco.dnnl.global.dnnl;

/** Where the extreme of each row is: oneDNN finds what it is, and the row is searched for it. */
final class RowPositions {
  /** Shorter rows are as fast in one pass. */
  private static final long LEAST = 64;

  private RowPositions() {}

  /**
   * Positions in dense float32 rows without NaN and infinities.
   *
   * @return false if nothing was done
   */
  static boolean run(RowKernel.Position position, Strided index, Strided in) {
    Layout layout = in.layout();
    long n = layout.rank() == 0 ? 1 : layout.size(layout.rank() - 1);
    boolean dense = layout.isContiguous() && index.layout().isContiguous();
    boolean fits = dense && in.dtype() == DType.FLOAT32 && in.numel() > 0 && n >= LEAST;
    if (!fits || !Elementwise.holds(Guard.FINITE, in)) {
      return false;
    }
    boolean largest = position == RowKernel.Position.LARGEST;
    long m = in.numel() / n;
    Primitives local = Primitives.local();
    Plan plan =
        ReductionPrimitives.rows(
            local, largest ? dnnl.dnnl_reduction_max : dnnl.dnnl_reduction_min, m, n);
    if (plan == null) {
      return false;
    }
    long extremes = local.work().atLeast(Float.BYTES * m);
    plan.bind(0, in.hostAddress()).bind(1, extremes).run(local);
    for (long row = 0; row < m; row++) {
      float wanted = Raw.getFloat(extremes + Float.BYTES * row);
      long at = find(in.hostAddress() + Float.BYTES * row * n, wanted);
      Raw.putLong(index.hostAddress() + Long.BYTES * row, at);
    }
    local.work().release();
    return true;
  }

  /** The first place of a number that is there. */
  private static long find(long address, float wanted) {
    long at = 0;
    while (Raw.getFloat(address + Float.BYTES * at) != wanted) {
      at++;
    }
    return at;
  }
}
