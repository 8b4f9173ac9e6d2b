package io.kindling.tensor;

import static io.kindling.tensor.PointwiseOp.IN0;
import static io.kindling.tensor.PointwiseOp.IN1;
import static io.kindling.tensor.PointwiseOp.IN2;
import static io.kindling.tensor.PointwiseOp.NONE;
import static io.kindling.tensor.PointwiseOp.OUT;

import io.kindling.core.AutogradException;
import io.kindling.device.PointwiseKernel;
import io.kindling.tensor.PointwiseOp.Grad;

/** Arithmetic, elementwise. A derivative reads inputs, output and the output's gradient. */
final class ArithmeticOps {
  private ArithmeticOps() {}

  static final PointwiseOp ADD =
      new PointwiseOp(
          "AddBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("add", "a + b"),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(NONE, (in, out, g, s) -> g));

  /** {@code a + c b} with a number c. */
  static final PointwiseOp ADD_SCALED =
      new PointwiseOp(
          "AddBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("add_scaled", "a + b * c"),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(IN2, (in, out, g, s) -> g.mul(in[2])));

  static final PointwiseOp SUB =
      new PointwiseOp(
              "SubBackward0",
              TypeRule.PROMOTE,
              PointwiseKernel.of("sub", "a - b"),
              new Grad(NONE, (in, out, g, s) -> g),
              new Grad(NONE, (in, out, g, s) -> g.neg()))
          .checking(ArithmeticForms::checkSub);

  static final PointwiseOp MUL =
      new PointwiseOp(
          "MulBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("mul", "a * b"),
          new Grad(IN1, (in, out, g, s) -> g.mul(in[1])),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0])));

  static final PointwiseOp DIV =
      new PointwiseOp(
          "DivBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("div", "a / b"),
          new Grad(IN1, (in, out, g, s) -> g.div(in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> g.neg().mul(in[0].div(in[1]).div(in[1]))));

  /** The quotient rounded down. As in PyTorch, its derivative is an error and not zero. */
  static final PointwiseOp FLOOR_DIVIDE =
      new PointwiseOp(
          "FloorDivideBackward0",
          TypeRule.NUMBER,
          PointwiseKernel.of("floor_divide", "floor_divide(a, b)"),
          new Grad(NONE, (in, out, g, s) -> noDerivative("floor_divide")),
          new Grad(NONE, (in, out, g, s) -> noDerivative("floor_divide")));

  private static Tensor noDerivative(String name) {
    throw new AutogradException("derivative for aten::" + name + " is not implemented");
  }

  static final PointwiseOp REMAINDER =
      new PointwiseOp(
          "RemainderBackward1",
          TypeRule.NUMBER,
          PointwiseKernel.of("remainder", "remainder(a, b)"),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(
              IN0 | IN1,
              (in, out, g, s) ->
                  g.neg().mul(ArithmeticOps.FLOOR_DIVIDE.apply(in[0].detach(), in[1].detach()))));

  /** By a constant exponent, in {@code s[0]}. */
  static final PointwiseOp POW_SCALAR =
      new PointwiseOp(
          "PowBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("pow_scalar", "pow(a, s)"),
          new Grad(
              IN0,
              (in, out, g, s) ->
                  s[0] == 0
                      ? Tensors.zerosLike(g)
                      : g.mul(s[0] == 1 ? Tensor.wrapped(1.0) : in[0].pow(s[0] - 1).mul(s[0]))));

  static final PointwiseOp POW_HALF =
      new PointwiseOp(
          "PowBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.floating("pow_half", "sqrt(a)"),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].pow(-0.5).mul(0.5))));

  static final PointwiseOp POW_MINUS_HALF =
      new PointwiseOp(
          "PowBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.floating("pow_minus_half", "1 / sqrt(a)"),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].pow(-1.5).mul(-0.5))));

  static final PointwiseOp POW =
      new PointwiseOp(
          "PowBackward1",
          TypeRule.NUMBER,
          PointwiseKernel.of("pow", "pow(a, b)"),
          new Grad(
              IN0 | IN1,
              (in, out, g, s) -> {
                Tensor slope = g.mul(in[1].mul(in[0].pow(in[1].sub(1))));
                return Tensors.zerosLike(slope).where(in[1].eq(0), slope);
              }),
          new Grad(
              IN0 | IN1 | OUT,
              (in, out, g, s) -> {
                Tensor slope = g.mul(out.mul(in[0].log()));
                Tensor flat = in[0].eq(0).logicalAnd(in[1].ge(0));
                return Tensors.zerosLike(slope).where(flat, slope);
              }));

  static final PointwiseOp NEG =
      new PointwiseOp(
              "NegBackward0",
              TypeRule.PROMOTE,
              PointwiseKernel.of("neg", "-a"),
              new Grad(NONE, (in, out, g, s) -> g.neg()))
          .checking(ArithmeticForms::checkNeg);

  static final PointwiseOp ABS =
      new PointwiseOp(
          "AbsBackward0",
          TypeRule.NUMBER,
          PointwiseKernel.of("abs", "abs(a)"),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].sign())));

  static final PointwiseOp SIGN =
      new PointwiseOp(
          "SignBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("sign", "sign(a)"),
          new Grad(NONE, (in, out, g, s) -> Tensors.zerosLike(g)));

  static final PointwiseOp FLOOR =
      new PointwiseOp(
          "FloorBackward0",
          TypeRule.NUMBER,
          PointwiseKernel.of("floor", "floor(a)"),
          new Grad(NONE, (in, out, g, s) -> Tensors.zerosLike(g)));

  static final PointwiseOp RECIPROCAL =
      new PointwiseOp(
          "ReciprocalBackward0",
          TypeRule.FLOAT,
          PointwiseKernel.floating("reciprocal", "1 / a"),
          new Grad(OUT, (in, out, g, s) -> g.neg().mul(out.mul(out))));

  static final PointwiseOp MAXIMUM =
      new PointwiseOp(
          "MaximumBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("maximum", "max(a, b)"),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[0], in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[1], in[0])));

  static final PointwiseOp MINIMUM =
      new PointwiseOp(
          "MinimumBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("minimum", "min(a, b)"),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[1], in[0])),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[0], in[1])));

  /** None of g where {@code a < b}, half of it where they tie, all elsewhere and at a NaN. */
  private static Tensor winnersShare(Tensor g, Tensor a, Tensor b) {
    return masked(WHERE.apply(a.eq(b), g.mul(0.5), g), a.lt(b).logicalNot());
  }

  /** The limits are the second and third operand. */
  static final PointwiseOp CLAMP =
      new PointwiseOp(
          "ClampBackward1",
          TypeRule.PROMOTE,
          PointwiseKernel.of("clamp", "min(max(a, b), c)"),
          new Grad(
              IN0 | IN1 | IN2,
              (in, out, g, s) -> masked(g, in[0].ge(in[1]).logicalAnd(in[0].le(in[2])))));

  static final PointwiseOp CLAMP_MIN =
      new PointwiseOp(
          "ClampBackward1",
          TypeRule.PROMOTE,
          PointwiseKernel.of("clamp_min", "max(a, b)"),
          new Grad(IN0 | IN1, (in, out, g, s) -> masked(g, in[0].ge(in[1]))));

  static final PointwiseOp CLAMP_MAX =
      new PointwiseOp(
          "ClampBackward1",
          TypeRule.PROMOTE,
          PointwiseKernel.of("clamp_max", "min(a, b)"),
          new Grad(IN0 | IN1, (in, out, g, s) -> masked(g, in[0].le(in[1]))));

  /** NaN as the only limit changes nothing and lets no gradient through, as in PyTorch. */
  static final PointwiseOp CLAMP_NAN =
      new PointwiseOp(
          "ClampBackward1",
          TypeRule.PROMOTE,
          PointwiseKernel.of("clamp_nan", "b != b ? a : max(a, b)"),
          new Grad(NONE, (in, out, g, s) -> Tensors.zerosLike(g)));

  /** {@code in[0]} is the condition. */
  static final PointwiseOp WHERE =
      new PointwiseOp(
          "WhereBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("where", "a ? b : c"),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(IN0, (in, out, g, s) -> masked(g, in[0])),
          new Grad(IN0, (in, out, g, s) -> masked(g, in[0].logicalNot())));

  /** g where the condition holds, zero elsewhere even if g is infinite or NaN there. */
  static Tensor masked(Tensor g, Tensor condition) {
    return WHERE.apply(condition, g, Tensor.wrapped(0.0));
  }
}
