package io.kindling.tensor;

import static io.kindling.tensor.PointwiseOp.IN0;
import static io.kindling.tensor.PointwiseOp.IN1;
import static io.kindling.tensor.PointwiseOp.OUT;

import io.kindling.device.PointwiseKernel;
import io.kindling.tensor.PointwiseOp.Grad;

/** Functions of one variable and the activations built from them. */
final class MathOps {
  private MathOps() {}

  static final PointwiseOp EXP =
      new PointwiseOp(
          "ExpBackward0",
          TypeRule.FLOAT,
          Kernels.unary("exp", Math::exp),
          new Grad(OUT, (in, out, g, s) -> g.mul(out)));

  static final PointwiseOp LOG =
      new PointwiseOp(
          "LogBackward0",
          TypeRule.FLOAT,
          Kernels.unary("log", Math::log),
          new Grad(IN0, (in, out, g, s) -> g.div(in[0])));

  static final PointwiseOp LOG1P =
      new PointwiseOp(
          "Log1PBackward0",
          TypeRule.FLOAT,
          Kernels.unary("log1p", Math::log1p),
          new Grad(IN0, (in, out, g, s) -> g.div(in[0].add(1))));

  static final PointwiseOp SQRT =
      new PointwiseOp(
          "SqrtBackward0",
          TypeRule.FLOAT,
          Kernels.unary("sqrt", Math::sqrt),
          new Grad(OUT, (in, out, g, s) -> g.div(out.mul(2))));

  static final PointwiseOp RSQRT =
      new PointwiseOp(
          "RsqrtBackward0",
          TypeRule.FLOAT,
          Kernels.unary("rsqrt", a -> 1 / Math.sqrt(a)),
          new Grad(OUT, (in, out, g, s) -> g.mul(out.pow(3).mul(-0.5))));

  static final PointwiseOp SIN =
      new PointwiseOp(
          "SinBackward0",
          TypeRule.FLOAT,
          Kernels.unary("sin", Math::sin),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].cos())));

  static final PointwiseOp COS =
      new PointwiseOp(
          "CosBackward0",
          TypeRule.FLOAT,
          Kernels.unary("cos", Math::cos),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].sin().neg())));

  static final PointwiseOp TANH =
      new PointwiseOp(
          "TanhBackward0",
          TypeRule.FLOAT,
          Kernels.unary("tanh", Math::tanh),
          new Grad(OUT, (in, out, g, s) -> MathOps.TANH_BACKWARD.apply(g, out)));

  /** {@code g (1 - y^2)}. */
  static final PointwiseOp TANH_BACKWARD =
      new PointwiseOp(
          "TanhBackwardBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "tanh_backward",
              (x, y, n, s) -> {
                float[] g = x[0], t = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = g[i] * (1 - t[i] * t[i]);
              },
              (x, y, n, s) -> {
                double[] g = x[0], t = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = g[i] * (1 - t[i] * t[i]);
              },
              null),
          new Grad(IN1, (in, out, g, s) -> MathOps.TANH_BACKWARD.apply(g, in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> g.mul(in[0].mul(in[1]).mul(-2))));

  static final PointwiseOp SIGMOID =
      new PointwiseOp(
          "SigmoidBackward0",
          TypeRule.FLOAT,
          Kernels.unary("sigmoid", a -> 1 / (1 + Math.exp(-a))),
          new Grad(OUT, (in, out, g, s) -> MathOps.SIGMOID_BACKWARD.apply(g, out)));

  /** {@code g y (1 - y)}. */
  static final PointwiseOp SIGMOID_BACKWARD =
      new PointwiseOp(
          "SigmoidBackwardBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "sigmoid_backward",
              (x, y, n, s) -> {
                float[] g = x[0], t = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = g[i] * (t[i] * (1 - t[i]));
              },
              (x, y, n, s) -> {
                double[] g = x[0], t = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = g[i] * (t[i] * (1 - t[i]));
              },
              null),
          new Grad(IN1, (in, out, g, s) -> MathOps.SIGMOID_BACKWARD.apply(g, in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> g.mul(in[0]).mul(in[1].mul(-2).add(1))));

  /** The error function, by W. J. Cody, "Rational Chebyshev approximations" (1969). */
  static final PointwiseOp ERF =
      new PointwiseOp(
          "ErfBackward0",
          TypeRule.FLOAT,
          Kernels.unary("erf", Erf::erf),
          new Grad(
              IN0, (in, out, g, s) -> g.mul(in[0].pow(2).neg().exp().mul(2 / Math.sqrt(Math.PI)))));

  /** NaN stays NaN; the gradient at 0 is 0. */
  static final PointwiseOp RELU =
      new PointwiseOp(
          "ReluBackward0",
          TypeRule.NUMBER,
          new PointwiseKernel(
              "relu",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], 0f);
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], 0.0);
              },
              (x, y, n, s) -> {
                long[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], 0L);
              }),
          new Grad(OUT, (in, out, g, s) -> MathOps.RELU_BACKWARD.apply(g, out)));

  /**
   * {@code g} where the output is positive or NaN. The mask is made from the bits and not by a
   * branch: a branch on data costs twenty times the loop.
   */
  static final PointwiseOp RELU_BACKWARD =
      new PointwiseOp(
          "ThresholdBackwardBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "relu_backward",
              (x, y, n, s) -> {
                float[] g = x[0], t = x[1], o = y[0];
                for (int i = 0; i < n; i++) {
                  int bits = Float.floatToRawIntBits(t[i]);
                  int nan = 0x7f800000 - (bits & 0x7fffffff);
                  int positive = ((-bits & ~bits) | nan) >> 31;
                  o[i] = Float.intBitsToFloat(Float.floatToRawIntBits(g[i]) & positive);
                }
              },
              (x, y, n, s) -> {
                double[] g = x[0], t = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = t[i] <= 0 ? 0 : g[i];
              },
              null),
          new Grad(IN1, (in, out, g, s) -> MathOps.RELU_BACKWARD.apply(g, in[1])),
          new Grad(IN1, (in, out, g, s) -> Tensors.zerosLike(g)));

  /** {@code x} where positive, {@code s[0] x} elsewhere; the gradient at 0 is the slope. */
  static final PointwiseOp LEAKY_RELU =
      new PointwiseOp(
          "LeakyReluBackward0",
          TypeRule.NUMBER,
          new PointwiseKernel(
              "leaky_relu",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                float slope = (float) s[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], 0) + slope * Math.min(a[i], 0);
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                double slope = s[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], 0) + slope * Math.min(a[i], 0);
              },
              null),
          new Grad(IN0, (in, out, g, s) -> g.where(in[0].gt(0), g.mul(s[0]))));
}
