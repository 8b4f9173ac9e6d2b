package io.kindling.device;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.formula.Formula;
import org.jspecify.annotations.Nullable;

/**
 * {@link Backend#normalize} and its gradient made of the other families, for any layout, statistics
 * over any dimensions and any floating-point type: what a device does that has nothing faster.
 */
final class Normalization {
  private static final PointwiseKernel SUM = PointwiseKernel.of("add", "a + b");
  private static final PointwiseKernel SCALE = PointwiseKernel.floating("scale", "a * s");
  private static final PointwiseKernel TIMES = PointwiseKernel.floating("mul", "a * b");
  private static final PointwiseKernel SQUARES =
      PointwiseKernel.floating("squared_distance", "d = a - b; d * d");
  private static final PointwiseKernel TERM =
      PointwiseKernel.floating("normalize_term", "a - b * c");
  private static final PointwiseKernel AFFINE =
      PointwiseKernel.floating("normalize_affine", "a * b + c");
  private static final PointwiseKernel INVERSE =
      PointwiseKernel.floating("inverse_deviation", "1 / sqrt(a + s)");
  private static final PointwiseKernel APPLY =
      kernel("normalize", "x m r w b", "y", "(x - m) * r * w + b");
  private static final PointwiseKernel ALONG =
      kernel("normalize_along", "g x m r", "y", "g * ((x - m) * r)");
  private static final PointwiseKernel INPUT =
      kernel("normalize_input", "g x m r k s t", "y", "k * (g - share * (s + (x - m) * r * t))");

  private static final Operand ONE = new Operand.Scalar(1.0);
  private static final Operand ZERO = new Operand.Scalar(0.0);
  private static final double[] NOTHING = {};

  private final Backend backend;
  private final DType compute;

  private Normalization(Backend backend, Strided x) {
    this.backend = backend;
    this.compute = x.dtype().computeType();
  }

  private static PointwiseKernel kernel(String name, String in, String out, String text) {
    return PointwiseKernel.floating(name, Formula.of(in, out, "share", out + " = " + text));
  }

  /** See {@link Backend#normalize}. */
  static void forward(
      Backend backend,
      Strided out,
      Strided mean,
      Strided variance,
      Strided x,
      @Nullable Strided weight,
      @Nullable Strided bias,
      double eps,
      boolean given) {
    Normalization n = new Normalization(backend, x);
    try (Scope temporary = Scope.temporaries()) {
      if (given) {
        n.apply(out, x, mean, n.inverse(variance, eps), or(weight, ONE), or(bias, ZERO));
        return;
      }
      n.statistics(mean, variance, x);
      Strided inverse = n.inverse(variance, eps);
      n.run(APPLY, out, 0, x, mean, inverse, or(weight, ONE), or(bias, ZERO));
    }
  }

  /** As one factor and one term, which are few where the elements of {@code x} are many. */
  private void apply(
      Strided out, Strided x, Strided mean, Strided inverse, Operand weight, Operand bias) {
    Strided factor = like(inverse);
    run(TIMES, factor, NOTHING, inverse, weight);
    Strided term = like(inverse);
    run(TERM, term, NOTHING, bias, mean, factor);
    run(AFFINE, out, NOTHING, x, factor, term);
  }

  private void statistics(Strided mean, Strided variance, Strided x) {
    double share = (double) mean.numel() / x.numel();
    sum(mean, x);
    run(SCALE, mean, share, mean);
    Strided squares = like(x);
    run(SQUARES, squares, NOTHING, x, mean);
    sum(variance, squares);
    run(SCALE, variance, share, variance);
  }

  /** See {@link Backend#normalizeBackward}. */
  static void backward(
      Backend backend,
      @Nullable Strided dx,
      @Nullable Strided dw,
      @Nullable Strided db,
      Strided grad,
      Strided x,
      Strided mean,
      Strided variance,
      @Nullable Strided weight,
      double eps) {
    Normalization n = new Normalization(backend, x);
    try (Scope temporary = Scope.temporaries()) {
      Strided inverse = n.inverse(variance, eps);
      Strided along = n.like(x);
      n.run(ALONG, along, 0, grad, x, mean, inverse);
      if (dw != null) {
        n.sum(dw, along);
      }
      if (db != null) {
        n.sum(db, grad);
      }
      if (dx != null) {
        n.input(dx, grad, along, x, mean, inverse, weight);
      }
    }
  }

  /**
   * A weight of the statistics' shape is a common factor of what they were taken over; any other
   * goes into the gradient first.
   */
  private void input(
      Strided dx,
      Strided grad,
      Strided along,
      Strided x,
      Strided mean,
      Strided inverse,
      @Nullable Strided weight) {
    Strided weighted = grad;
    Strided factor = inverse;
    if (weight != null && weight.layout().sameShape(mean.layout())) {
      factor = like(inverse);
      run(TIMES, factor, NOTHING, inverse, weight);
    } else if (weight != null) {
      weighted = like(x);
      run(TIMES, weighted, NOTHING, grad, weight);
      run(TIMES, along, NOTHING, along, weight);
    }
    Strided sums = like(inverse);
    sum(sums, weighted);
    Strided sumsAlong = like(inverse);
    sum(sumsAlong, along);
    double share = (double) mean.numel() / x.numel();
    run(INPUT, dx, share, weighted, x, mean, inverse, factor, sums, sumsAlong);
  }

  private static Operand or(@Nullable Strided s, Operand number) {
    return s == null ? number : s;
  }

  private Strided inverse(Strided variance, double eps) {
    Strided inverse = like(variance);
    run(INVERSE, inverse, eps, variance);
    return inverse;
  }

  private Strided like(Strided s) {
    Layout layout = s.layout().likeDense();
    return Strided.allocate(s.storage().memory(), compute, layout, "normalize");
  }

  private void sum(Strided out, Strided in) {
    backend.reduce(SUM, compute, 0, out, in);
  }

  private void run(PointwiseKernel kernel, Strided out, double scalar, Operand... in) {
    run(kernel, out, new double[] {scalar}, in);
  }

  private void run(PointwiseKernel kernel, Strided out, double[] scalars, Operand... in) {
    backend.pointwise(kernel, compute, new Strided[] {out}, in, scalars);
  }
}
