package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.core.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far two results of one type may be apart. */
final class Tolerance {
  private Tolerance() {}

  private static double unit(@Nullable DType dtype) {
    return dtype == null ? 0 : Precision.unit(dtype);
  }

  /** Relative, for what follows from {@code seen}: the coarsest type decides. */
  static double relative(List<Seen> seen) {
    double unit = 0x1p-52;
    for (Seen s : seen) {
      // what is computed from integers is float32, whatever it is written into
      boolean integral = s.dtype() != null && !s.dtype().isFloatingPoint();
      unit = Math.max(unit, integral ? 0x1p-23 : unit(s.dtype()));
    }
    return unit * (unit > 1e-4 ? 3 * Precision.UNITS_OF_HALVES : 64);
  }

  /** What two elements may be apart; nothing is near to infinity. */
  static double allowed(double relative, double expected) {
    return Double.isInfinite(expected) ? 0 : relative * (Math.abs(expected) + 0.1);
  }
}
