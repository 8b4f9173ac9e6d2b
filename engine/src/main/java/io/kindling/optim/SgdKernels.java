package io.kindling.optim;

import io.kindling.device.PointwiseKernel;

/**
 * The loops of {@link SGD}. Inputs: parameter, gradient, buffer; outputs: parameter, buffer;
 * scalars: learning rate, weight decay, sign of the gradient, momentum, 1 - dampening.
 */
final class SgdKernels {
  static final PointwiseKernel PLAIN =
      new PointwiseKernel(
          "sgd",
          (x, y, n, s) -> {
            float[] p = x[0];
            float[] g = x[1];
            float[] out = y[0];
            float lr = (float) s[0];
            float decay = (float) s[1];
            float sign = (float) s[2];
            for (int i = 0; i < n; i++) {
              out[i] = p[i] - lr * (sign * g[i] + decay * p[i]);
            }
          },
          (x, y, n, s) -> {
            double[] p = x[0];
            double[] g = x[1];
            double[] out = y[0];
            double lr = s[0];
            double decay = s[1];
            double sign = s[2];
            for (int i = 0; i < n; i++) {
              out[i] = p[i] - lr * (sign * g[i] + decay * p[i]);
            }
          },
          null);

  static final PointwiseKernel MOMENTUM =
      new PointwiseKernel(
          "sgd_momentum",
          (x, y, n, s) -> momentum(x[0], x[1], x[2], y[0], y[1], n, s, false),
          (x, y, n, s) -> momentum(x[0], x[1], x[2], y[0], y[1], n, s, false),
          null);

  static final PointwiseKernel NESTEROV =
      new PointwiseKernel(
          "sgd_nesterov",
          (x, y, n, s) -> momentum(x[0], x[1], x[2], y[0], y[1], n, s, true),
          (x, y, n, s) -> momentum(x[0], x[1], x[2], y[0], y[1], n, s, true),
          null);

  private SgdKernels() {}

  private static void momentum(
      float[] p,
      float[] g,
      float[] b,
      float[] outP,
      float[] outB,
      int n,
      double[] s,
      boolean nesterov) {
    float lr = (float) s[0];
    float decay = (float) s[1];
    float sign = (float) s[2];
    float keep = (float) s[3];
    float take = (float) s[4];
    for (int i = 0; i < n; i++) {
      float grad = sign * g[i] + decay * p[i];
      float buffer = keep * b[i] + take * grad;
      outB[i] = buffer;
      outP[i] = p[i] - lr * (nesterov ? grad + keep * buffer : buffer);
    }
  }

  private static void momentum(
      double[] p,
      double[] g,
      double[] b,
      double[] outP,
      double[] outB,
      int n,
      double[] s,
      boolean nesterov) {
    double lr = s[0];
    double decay = s[1];
    double sign = s[2];
    double keep = s[3];
    double take = s[4];
    for (int i = 0; i < n; i++) {
      double grad = sign * g[i] + decay * p[i];
      double buffer = keep * b[i] + take * grad;
      outB[i] = buffer;
      outP[i] = p[i] - lr * (nesterov ? grad + keep * buffer : buffer);
    }
  }
}
