package io.kindling.optim;

import io.kindling.device.PointwiseKernel;
import io.kindling.device.formula.Formula;

/** The arithmetic of {@link SGD}: p parameter, g gradient, b buffer; {@code take} 1 - dampening. */
final class SgdKernels {
  static final PointwiseKernel PLAIN =
      PointwiseKernel.floating(
          "sgd", Formula.of("p g", "p", "lr decay sign", "p = p - lr * (sign * g + decay * p)"));

  static final PointwiseKernel MOMENTUM = momentum("sgd_momentum", "b");

  static final PointwiseKernel NESTEROV = momentum("sgd_nesterov", "(grad + keep * b)");

  private SgdKernels() {}

  private static PointwiseKernel momentum(String name, String direction) {
    return PointwiseKernel.floating(
        name,
        Formula.of(
            "p g b",
            "p b",
            "lr decay sign keep take",
            "grad = sign * g + decay * p; b = keep * b + take * grad; p = p - lr * " + direction));
  }
}
