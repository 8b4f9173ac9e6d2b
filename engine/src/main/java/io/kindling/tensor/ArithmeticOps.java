package io.kindling.tensor;

import static io.kindling.tensor.PointwiseOp.IN0;
import static io.kindling.tensor.PointwiseOp.IN1;
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
          new PointwiseKernel(
              "add",
              (x, y, n, s) -> {
                float[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] + b[i];
              },
              (x, y, n, s) -> {
                double[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] + b[i];
              },
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] + b[i];
              }),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(NONE, (in, out, g, s) -> g));

  static final PointwiseOp SUB =
      new PointwiseOp(
          "SubBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "sub",
              (x, y, n, s) -> {
                float[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] - b[i];
              },
              (x, y, n, s) -> {
                double[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] - b[i];
              },
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] - b[i];
              }),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(NONE, (in, out, g, s) -> g.neg()));

  static final PointwiseOp MUL =
      new PointwiseOp(
          "MulBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "mul",
              (x, y, n, s) -> {
                float[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] * b[i];
              },
              (x, y, n, s) -> {
                double[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] * b[i];
              },
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] * b[i];
              }),
          new Grad(IN1, (in, out, g, s) -> g.mul(in[1])),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0])));

  static final PointwiseOp DIV =
      new PointwiseOp(
          "DivBackward0",
          TypeRule.FLOAT,
          new PointwiseKernel(
              "div",
              (x, y, n, s) -> {
                float[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] / b[i];
              },
              (x, y, n, s) -> {
                double[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = a[i] / b[i];
              },
              null),
          new Grad(IN1, (in, out, g, s) -> g.div(in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> g.neg().mul(in[0].div(in[1]).div(in[1]))));

  /** The quotient rounded down. As in PyTorch, its derivative is an error and not zero. */
  static final PointwiseOp FLOOR_DIVIDE =
      new PointwiseOp(
          "FloorDivideBackward0",
          TypeRule.NUMBER,
          Kernels.binary(
              "floor_divide",
              ArithmeticOps::floorDiv,
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.floorDiv(a[i], checked(b[i]));
              }),
          new Grad(NONE, (in, out, g, s) -> noDerivative("floor_divide")),
          new Grad(NONE, (in, out, g, s) -> noDerivative("floor_divide")));

  private static Tensor noDerivative(String name) {
    throw new AutogradException("derivative for aten::" + name + " is not implemented");
  }

  static final PointwiseOp REMAINDER =
      new PointwiseOp(
          "RemainderBackward1",
          TypeRule.NUMBER,
          Kernels.binary(
              "remainder",
              (a, b) -> {
                double m = a % b;
                return m != 0 && (m < 0) != (b < 0) ? m + b : m;
              },
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.floorMod(a[i], checked(b[i]));
              }),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(
              IN0 | IN1,
              (in, out, g, s) ->
                  g.neg().mul(ArithmeticOps.FLOOR.apply(in[0].detach().div(in[1].detach())))));

  private static long checked(long divisor) {
    if (divisor == 0) {
      throw new ArithmeticException("ZeroDivisionError: integer division or modulo by zero");
    }
    return divisor;
  }

  /** As Python and PyTorch: from the remainder, so that {@code 1 // 0.1} is 9. */
  private static double floorDiv(double a, double b) {
    if (b == 0) {
      return a / b;
    }
    double mod = a % b;
    double div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) {
      div -= 1;
    }
    if (div == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(div);
    return div - floor > 0.5 ? floor + 1 : floor;
  }

  /** By a constant exponent, in {@code s[0]}. */
  static final PointwiseOp POW_SCALAR =
      new PointwiseOp(
          "PowBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "pow_scalar",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                double p = s[0];
                if (p == 2) {
                  for (int i = 0; i < n; i++) o[i] = a[i] * a[i];
                } else {
                  for (int i = 0; i < n; i++) o[i] = (float) power(a[i], p);
                }
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                double p = s[0];
                for (int i = 0; i < n; i++) o[i] = power(a[i], p);
              },
              (x, y, n, s) -> {
                long[] a = x[0], o = y[0];
                long p = (long) s[0];
                for (int i = 0; i < n; i++) o[i] = integerPower(a[i], p);
              }),
          new Grad(
              IN0,
              (in, out, g, s) ->
                  s[0] == 0
                      ? Tensors.zerosLike(g)
                      : g.mul(s[0] == 1 ? Tensor.wrapped(1.0) : in[0].pow(s[0] - 1).mul(s[0]))));

  static final PointwiseOp POW =
      new PointwiseOp(
          "PowBackward1",
          TypeRule.NUMBER,
          Kernels.binary(
              "pow",
              ArithmeticOps::power,
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = integerPower(a[i], b[i]);
              }),
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

  /** As C's: one to any power is one, and so is minus one to an infinite power. */
  private static double power(double base, double exponent) {
    boolean one = base == 1 || (base == -1 && Double.isInfinite(exponent));
    return one ? 1 : Math.pow(base, exponent);
  }

  private static long integerPower(long base, long exponent) {
    if (exponent < 0) {
      return base == 1 ? 1 : base == -1 ? ((exponent & 1) == 0 ? 1 : -1) : 0;
    }
    long result = 1;
    for (long b = base, e = exponent; e != 0; e >>= 1, b *= b) {
      if ((e & 1) != 0) {
        result *= b;
      }
    }
    return result;
  }

  static final PointwiseOp NEG =
      new PointwiseOp(
          "NegBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "neg",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = -a[i];
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = -a[i];
              },
              (x, y, n, s) -> {
                long[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = -a[i];
              }),
          new Grad(NONE, (in, out, g, s) -> g.neg()));

  static final PointwiseOp ABS =
      new PointwiseOp(
          "AbsBackward0",
          TypeRule.NUMBER,
          new PointwiseKernel(
              "abs",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.abs(a[i]);
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.abs(a[i]);
              },
              (x, y, n, s) -> {
                long[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.abs(a[i]);
              }),
          new Grad(IN0, (in, out, g, s) -> g.mul(in[0].sign())));

  static final PointwiseOp SIGN =
      new PointwiseOp(
          "SignBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "sign",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Float.isNaN(a[i]) ? 0 : Math.signum(a[i]);
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Double.isNaN(a[i]) ? 0 : Math.signum(a[i]);
              },
              (x, y, n, s) -> {
                long[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Long.signum(a[i]);
              }),
          new Grad(NONE, (in, out, g, s) -> Tensors.zerosLike(g)));

  static final PointwiseOp FLOOR =
      new PointwiseOp(
          "FloorBackward0",
          TypeRule.NUMBER,
          Kernels.unary(
              "floor", Math::floor, (x, y, n, s) -> System.arraycopy(x[0], 0, y[0], 0, n)),
          new Grad(NONE, (in, out, g, s) -> Tensors.zerosLike(g)));

  static final PointwiseOp RECIPROCAL =
      new PointwiseOp(
          "ReciprocalBackward0",
          TypeRule.FLOAT,
          new PointwiseKernel(
              "reciprocal",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = 1 / a[i];
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                for (int i = 0; i < n; i++) o[i] = 1 / a[i];
              },
              null),
          new Grad(OUT, (in, out, g, s) -> g.neg().mul(out.mul(out))));

  static final PointwiseOp MAXIMUM =
      new PointwiseOp(
          "MaximumBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "maximum",
              (x, y, n, s) -> {
                float[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], b[i]);
              },
              (x, y, n, s) -> {
                double[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], b[i]);
              },
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.max(a[i], b[i]);
              }),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[0], in[1])),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[1], in[0])));

  static final PointwiseOp MINIMUM =
      new PointwiseOp(
          "MinimumBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "minimum",
              (x, y, n, s) -> {
                float[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.min(a[i], b[i]);
              },
              (x, y, n, s) -> {
                double[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.min(a[i], b[i]);
              },
              (x, y, n, s) -> {
                long[] a = x[0], b = x[1], o = y[0];
                for (int i = 0; i < n; i++) o[i] = Math.min(a[i], b[i]);
              }),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[1], in[0])),
          new Grad(IN0 | IN1, (in, out, g, s) -> winnersShare(g, in[0], in[1])));

  /** None of g where {@code a < b}, half of it where they tie, all elsewhere and at a NaN. */
  private static Tensor winnersShare(Tensor g, Tensor a, Tensor b) {
    return masked(WHERE.apply(a.eq(b), g.mul(0.5), g), a.lt(b).logicalNot());
  }

  /** Limits in {@code s[0]} and {@code s[1]}; infinite where a side is open. */
  static final PointwiseOp CLAMP =
      new PointwiseOp(
          "ClampBackward1",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "clamp",
              (x, y, n, s) -> {
                float[] a = x[0], o = y[0];
                float lo = (float) s[0], hi = (float) s[1];
                for (int i = 0; i < n; i++) o[i] = Math.min(Math.max(a[i], lo), hi);
              },
              (x, y, n, s) -> {
                double[] a = x[0], o = y[0];
                double lo = s[0], hi = s[1];
                for (int i = 0; i < n; i++) o[i] = Math.min(Math.max(a[i], lo), hi);
              },
              (x, y, n, s) -> {
                long[] a = x[0], o = y[0];
                long lo = (long) s[0], hi = (long) s[1];
                for (int i = 0; i < n; i++) o[i] = Math.min(Math.max(a[i], lo), hi);
              }),
          new Grad(IN0, (in, out, g, s) -> masked(g, in[0].ge(s[0]).logicalAnd(in[0].le(s[1])))));

  /** {@code in[0]} is the condition. */
  static final PointwiseOp WHERE =
      new PointwiseOp(
          "WhereBackward0",
          TypeRule.PROMOTE,
          new PointwiseKernel(
              "where",
              (x, y, n, s) -> {
                float[] c = x[0], a = x[1], b = x[2], o = y[0];
                for (int i = 0; i < n; i++) o[i] = c[i] != 0 ? a[i] : b[i];
              },
              (x, y, n, s) -> {
                double[] c = x[0], a = x[1], b = x[2], o = y[0];
                for (int i = 0; i < n; i++) o[i] = c[i] != 0 ? a[i] : b[i];
              },
              (x, y, n, s) -> {
                long[] c = x[0], a = x[1], b = x[2], o = y[0];
                for (int i = 0; i < n; i++) o[i] = c[i] != 0 ? a[i] : b[i];
              }),
          new Grad(NONE, (in, out, g, s) -> g),
          new Grad(IN0, (in, out, g, s) -> masked(g, in[0])),
          new Grad(IN0, (in, out, g, s) -> masked(g, in[0].logicalNot())));

  /** g where the condition holds, zero elsewhere even if g is infinite or NaN there. */
  static Tensor masked(Tensor g, Tensor condition) {
    return WHERE.apply(condition, g, Tensor.wrapped(0.0));
  }
}
