package io.kindling.optim;

import io.kindling.device.PointwiseKernel;
import io.kindling.device.formula.Formula;

/**
 * The arithmetic of {@link Adam}: p parameter, g gradient, m its mean, v its mean square, max the
 * largest v so far; root is the square root of the second bias correction. The order of operations
 * is PyTorch's, but for one: {@code step m / (sqrt(v) / root + eps)} is taken as {@code (step root)
 * m / (sqrt(v) + eps root)}, which divides once an element and not twice. PyTorch's lerp starts
 * from the end that is nearer.
 */
final class AdamKernels {
  private static final String SCALARS =
      "step eps keepMean takeMean keepSquare takeSquare decay sign";
  private static final String FROM_MEAN = "m = m + takeMean * (grad - m);";
  private static final String FROM_GRADIENT = "m = grad - (grad - m) * keepMean;";

  private static final PointwiseKernel ADAM = plain("adam", FROM_MEAN);
  private static final PointwiseKernel ADAM_SHORT = plain("adam_short", FROM_GRADIENT);
  private static final PointwiseKernel AMSGRAD = amsgrad("adam_amsgrad", FROM_MEAN);
  private static final PointwiseKernel AMSGRAD_SHORT = amsgrad("adam_amsgrad_short", FROM_GRADIENT);

  private AdamKernels() {}

  static PointwiseKernel of(boolean amsgrad, double beta1) {
    boolean fromMean = (float) (1 - beta1) < 0.5f;
    return amsgrad ? (fromMean ? AMSGRAD : AMSGRAD_SHORT) : (fromMean ? ADAM : ADAM_SHORT);
  }

  private static PointwiseKernel plain(String name, String mean) {
    String text = moments(mean) + "p = p + step * m / (sqrt(v) + eps)";
    return PointwiseKernel.floating(name, Formula.of("p g m v", "p m v", SCALARS, text));
  }

  private static PointwiseKernel amsgrad(String name, String mean) {
    String text = moments(mean) + "max = max(max, v); p = p + step * m / (sqrt(max) + eps)";
    return PointwiseKernel.floating(name, Formula.of("p g m v max", "p m v max", SCALARS, text));
  }

  private static String moments(String mean) {
    return "grad = sign * g + decay * p;" + mean + "v = keepSquare * v + takeSquare * grad * grad;";
  }

  /** The numbers in their order. */
  static double[] scalars(Adam.Options o, double step) {
    double beta1 = o.betas().get(0);
    double beta2 = o.betas().get(1);
    double root = Math.sqrt(1 - Math.pow(beta2, step));
    return new double[] {
      -o.lr() / (1 - Math.pow(beta1, step)) * root,
      o.eps() * root,
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      o.weightDecay(),
      o.maximize() ? -1 : 1
    };
  }
}
