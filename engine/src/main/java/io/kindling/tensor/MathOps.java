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
          PointwiseKernel.floating("exp", "exp(a)"),
          new Grad(OUT, (in, out, g, s) -> g.mul(out)));

  static final PointwiseOp LOG =
      new PointwiseOp(
          "LogBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("log", "log(a)"),
          new Grad(IN0, (in, out, g, s) -> g.div(in[0])));

  static final PointwiseOp LOG1P =
      new PointwiseOp(
          "Log1PBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("log1p", "log1p(a)"),
          new Grad(IN0, (in, out, g, s) -> g.div(in[0].add(1))));

  static final PointwiseOp SQRT =
      new PointwiseOp(
          "SqrtBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("sqrt", "sqrt(a)"),
          new Grad(OUT, (in, out, g, s) -> g.div(out.mul(2))));

  static final PointwiseOp RSQRT =
      new PointwiseOp(
          "RsqrtBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("rsqrt", "1 / sqrt(a)"),
          new Grad(OUT, (in, out, g, s) -> g.mul(out.pow(3).mul(-0.5))));

  static final PointwiseOp SIN =
      new PointwiseOp(
          "SinBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("sin", "sin(a)"),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].cos())));

  static final PointwiseOp COS =
      new PointwiseOp(
          "CosBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("cos", "cos(a)"),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].sin().neg())));

  static final PointwiseOp TANH =
      new PointwiseOp(
          "TanhBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("tanh", "tanh(a)"),
          new Grad(OUT, (in, out, g, s) -> MathOps.TANH_BACKWARD.apply(g, out)));

  /** {@code g (1 - y^2)}. */
  static final PointwiseOp TANH_BACKWARD =
      new PointwiseOp(
          "TanhBackwardBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.floating("tanh_backward", "a * (1 - b * b)"),
          new Grad(IN1, (in, out, g, s) -> MathOps.TANH_BACKWARD.apply(g, in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> g.mul(in[0].mul(in[1]).mul(-2))));

  static final PointwiseOp SIGMOID =
      new PointwiseOp(
          "SigmoidBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("sigmoid", "1 / (1 + exp(-a))"),
          new Grad(OUT, (in, out, g, s) -> MathOps.SIGMOID_BACKWARD.apply(g, out)));

  /** {@code g y (1 - y)}. */
  static final PointwiseOp SIGMOID_BACKWARD =
      new PointwiseOp(
          "SigmoidBackwardBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.floating("sigmoid_backward", "a * (b * (1 - b))"),
          new Grad(IN1, (in, out, g, s) -> MathOps.SIGMOID_BACKWARD.apply(g, in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> g.mul(in[0]).mul(in[1].mul(-2).add(1))));

  /** The error function, by W. J. Cody, "Rational Chebyshev approximations" (1969). */
  static final PointwiseOp ERF =
      new PointwiseOp(
          "ErfBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("erf", "erf(a)"),
          new Grad(
              IN0, (in, out, g, s) -> g.mul(in[0].pow(2).neg().exp().mul(2 / Math.sqrt(Math.PI)))));

  /** NaN stays NaN; the gradient at 0 is 0. */
  static final PointwiseOp RELU =
      new PointwiseOp(
          "ReluBackward0",
          TypeRule.NUMBER,
          PointwiseKernel.of("relu", "max(a, 0)"),
          new Grad(OUT, (in, out, g, s) -> MathOps.RELU_BACKWARD.apply(g, out)));

  /**
   * {@code g} where the output is positive or NaN. The mask is made from the bits and not by a
   * branch: a branch on data costs twenty times the loop.
   */
  static final PointwiseOp RELU_BACKWARD =
      new PointwiseOp(
          "ThresholdBackwardBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.floating("relu_backward", "b <= 0 ? 0 : a"),
          new Grad(IN1, (in, out, g, s) -> MathOps.RELU_BACKWARD.apply(g, in[1])),
          new Grad(IN1, (in, out, g, s) -> Tensors.zerosLike(g)));

  /** {@code x} where positive, {@code s[0] x} elsewhere; the gradient at 0 is the slope. */
  static final PointwiseOp LEAKY_RELU =
      new PointwiseOp(
          "LeakyReluBackward0",
          TypeRule.NUMBER,
          PointwiseKernel.floating("leaky_relu", "max(a, 0) + s * min(a, 0)"),
          new Grad(IN0, (in, out, g, s) -> g.where(in[0].gt(0), g.mul(s[0]))));
}
