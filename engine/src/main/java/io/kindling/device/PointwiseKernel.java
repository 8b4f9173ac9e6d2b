package io.kindling.device;

import io.kindling.device.formula.Formula;
import org.jspecify.annotations.Nullable;

/**
 * A kernel that computes each element of its outputs from the elements at the same place of its
 * inputs. Its arithmetic is written once, as a {@link Formula}; a backend makes its loops from it
 * and does broadcasting, strides and conversion.
 */
public final class PointwiseKernel {
  private final String name;
  private final Formula formula;
  private final boolean floating;
  private final boolean integral;
  private volatile PointwiseKernel @Nullable [] folds;

  private PointwiseKernel(String name, Formula formula, boolean floating, boolean integral) {
    this.name = name;
    this.formula = formula;
    this.floating = floating;
    this.integral = integral;
  }

  /** A kernel of every type for which the formula has a meaning. */
  public static PointwiseKernel of(String name, String formula) {
    Formula f = Formula.of(formula);
    return new PointwiseKernel(name, f, true, f.fitsIntegers());
  }

  /** A kernel of floating-point numbers only. */
  public static PointwiseKernel floating(String name, String formula) {
    return floating(name, Formula.of(formula));
  }

  public static PointwiseKernel floating(String name, Formula formula) {
    return new PointwiseKernel(name, formula, true, false);
  }

  /** How many arrays {@link #folded} takes at most. */
  public static final int FOLDS = 4;

  /** The kernel that folds {@code times} arrays, one after the other, into a first one. */
  public PointwiseKernel folded(int times) {
    PointwiseKernel[] all = folds;
    if (all == null) {
      all = new PointwiseKernel[FOLDS];
      for (int i = 0; i < FOLDS; i++) {
        all[i] = new PointwiseKernel(name, formula.folded(i + 1), floating, integral);
      }
      folds = all;
    }
    return all[times - 1];
  }

  /** Also the name by which a native library's faster form is looked up. */
  public String name() {
    return name;
  }

  public Formula formula() {
    return formula;
  }

  /** Whether it runs in this compute type: float32, float64 or int64. */
  public boolean runsIn(io.kindling.core.DType compute) {
    return compute.isFloatingPoint() ? floating : integral;
  }

  @Override
  public String toString() {
    return name + ": " + formula;
  }
}
