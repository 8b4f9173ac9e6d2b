package io.kindling.optim;

import io.kindling.device.PointwiseKernel;

/**
 * The loops of {@link Adam}. Inputs: parameter, gradient, mean, mean square and for AMSGrad its
 * maximum; outputs: the same without the gradient; scalars: step size, square root of the second
 * bias correction, betas, epsilon, weight decay, sign of the gradient. The order of operations is
 * PyTorch's, but for one: {@code step m / (sqrt(v) / c + eps)} is taken as {@code (step c) m /
 * (sqrt(v) + eps c)}, which divides once an element and not twice.
 */
final class AdamKernels {
  static final PointwiseKernel ADAM =
      new PointwiseKernel(
          "adam",
          (x, y, n, s) -> {
            moments(x, y, n, s);
            descend(x[0], y[1], y[2], y[0], n, s);
          },
          (x, y, n, s) -> {
            moments(x, y, n, s);
            descend(x[0], y[1], y[2], y[0], n, s);
          },
          null);

  static final PointwiseKernel AMSGRAD =
      new PointwiseKernel(
          "adam_amsgrad",
          (x, y, n, s) -> {
            moments(x, y, n, s);
            float[] before = x[4];
            float[] square = y[2];
            float[] max = y[3];
            for (int i = 0; i < n; i++) {
              max[i] = Math.max(before[i], square[i]);
            }
            descend(x[0], y[1], max, y[0], n, s);
          },
          (x, y, n, s) -> {
            moments(x, y, n, s);
            double[] before = x[4];
            double[] square = y[2];
            double[] max = y[3];
            for (int i = 0; i < n; i++) {
              max[i] = Math.max(before[i], square[i]);
            }
            descend(x[0], y[1], max, y[0], n, s);
          },
          null);

  private AdamKernels() {}

  private static void moments(float[][] x, float[][] y, int n, double[] s) {
    float[] p = x[0];
    float[] g = x[1];
    float[] mean = x[2];
    float[] square = x[3];
    float[] outMean = y[1];
    float[] outSquare = y[2];
    float takeMean = (float) (1 - s[2]);
    float keepMean = (float) s[2];
    float keepSquare = (float) s[3];
    float takeSquare = (float) (1 - s[3]);
    float decay = (float) s[5];
    float sign = (float) s[6];
    // PyTorch's lerp starts from the end that is nearer.
    boolean fromMean = takeMean < 0.5f;
    for (int i = 0; i < n; i++) {
      float grad = sign * g[i] + decay * p[i];
      float m = mean[i];
      outMean[i] = fromMean ? m + takeMean * (grad - m) : grad - (grad - m) * keepMean;
      outSquare[i] = keepSquare * square[i] + takeSquare * grad * grad;
    }
  }

  private static void descend(
      float[] p, float[] mean, float[] square, float[] out, int n, double[] s) {
    float step = (float) (-s[0] * s[1]);
    float eps = (float) (s[4] * s[1]);
    for (int i = 0; i < n; i++) {
      out[i] = p[i] + step * mean[i] / ((float) Math.sqrt(square[i]) + eps);
    }
  }

  private static void moments(double[][] x, double[][] y, int n, double[] s) {
    double[] p = x[0];
    double[] g = x[1];
    double[] mean = x[2];
    double[] square = x[3];
    double[] outMean = y[1];
    double[] outSquare = y[2];
    double keepMean = s[2];
    double takeMean = 1 - keepMean;
    double keepSquare = s[3];
    double takeSquare = 1 - keepSquare;
    double decay = s[5];
    double sign = s[6];
    boolean fromMean = takeMean < 0.5;
    for (int i = 0; i < n; i++) {
      double grad = sign * g[i] + decay * p[i];
      double m = mean[i];
      outMean[i] = fromMean ? m + takeMean * (grad - m) : grad - (grad - m) * keepMean;
      outSquare[i] = keepSquare * square[i] + takeSquare * grad * grad;
    }
  }

  private static void descend(
      double[] p, double[] mean, double[] square, double[] out, int n, double[] s) {
    double step = -s[0] * s[1];
    double eps = s[4] * s[1];
    for (int i = 0; i < n; i++) {
      out[i] = p[i] + step * mean[i] / (Math.sqrt(square[i]) + eps);
    }
  }
}
