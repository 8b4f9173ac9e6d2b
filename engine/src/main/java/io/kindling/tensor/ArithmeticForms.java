package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Arithmetic that needs a check or a choice before its elementwise operator runs. */
final class ArithmeticForms {
  private ArithmeticForms() {}

  static void checkSub(Tensor[] in) {
    boolean first = in[0].dtype() == DType.BOOL;
    boolean second = in[1].dtype() == DType.BOOL;
    if (first && second) {
      throw new DTypeException(
          "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or"
              + " `logical_xor()` operator instead.");
    }
    if (first || second) {
      throw new DTypeException(
          "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to"
              + " invert a mask, use the `~` or `logical_not()` operator instead.");
    }
  }

  static void checkNeg(Tensor[] in) {
    if (in[0].dtype() == DType.BOOL) {
      throw new DTypeException(
          "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to"
              + " invert a mask, use the `~` or `logical_not()` operator instead.");
    }
  }

  static Tensor add(Tensor a, Tensor b, Number alpha) {
    return ArithmeticOps.ADD_SCALED.apply(scaled(a, b, alpha));
  }

  static Tensor add_(Tensor a, Tensor b, Number alpha) {
    return ArithmeticOps.ADD_SCALED.applyInPlace(Tensor.NO_SCALARS, scaled(a, b, alpha));
  }

  /** The factor is of the type of the sum and has no part in choosing it. */
  private static Tensor[] scaled(Tensor a, Tensor b, Number alpha) {
    Arguments.given("add", "other", b, "alpha", alpha);
    DType sum = TypeRule.promote(a, b);
    if (isFractional(alpha) && sum.isIntegral()) {
      throw new DTypeException(
          "For integral input tensors, argument alpha must not be a floating point number.");
    }
    TypeRule.requireHolds(sum, alpha);
    boolean truth = sum == DType.BOOL;
    return new Tensor[] {
      a, b, truth ? Tensors.tensor(alpha.longValue() != 0) : Tensor.wrapped(alpha)
    };
  }

  static Tensor pow(Tensor a, Tensor b) {
    Arguments.given("pow", "exponent", b);
    Number number = b.number();
    return number != null ? pow(a, number) : ArithmeticOps.POW.apply(a, b);
  }

  static Tensor pow(Tensor a, Number exponent) {
    DType type = promotedType(a, exponent);
    double[] s = exponentFor(a, type, exponent);
    PointwiseOp root = root(type, s[0]);
    if (root != null) {
      return root.apply(a.to(type));
    }
    return isBeyondDouble(type, exponent)
        ? ArithmeticOps.POW.apply(a.to(type), Tensor.wrapped(exponent))
        : ArithmeticOps.POW_SCALAR.apply(s, a.to(type));
  }

  static Tensor pow_(Tensor a, Number exponent) {
    DType type = promotedType(a, exponent);
    PointwiseOp.checkCast("pow", type, a.dtype());
    double[] s = exponentFor(a, type, exponent);
    PointwiseOp root = root(type, s[0]);
    if (root != null) {
      return root.applyInPlace(Tensor.NO_SCALARS, a);
    }
    return isBeyondDouble(type, exponent)
        ? ArithmeticOps.POW.applyInPlace(Tensor.NO_SCALARS, a, Tensor.wrapped(exponent))
        : ArithmeticOps.POW_SCALAR.applyInPlace(s, a);
  }

  /** PyTorch takes roots for these exponents, but not of float16: it shows at -0 and -infinity. */
  private static @Nullable PointwiseOp root(DType type, double exponent) {
    if (!type.isFloatingPoint() || type == DType.FLOAT16 || Math.abs(exponent) != 0.5) {
      return null;
    }
    return exponent > 0 ? ArithmeticOps.POW_HALF : ArithmeticOps.POW_MINUS_HALF;
  }

  /** An integer that a double, as which a kernel has its scalars, does not hold. */
  private static boolean isBeyondDouble(DType type, Number exponent) {
    return type.isIntegral() && exponent.longValue() != (long) exponent.doubleValue();
  }

  private static double[] exponentFor(Tensor a, DType type, Number exponent) {
    if (exponent.doubleValue() < 0 && a.dtype().isIntegral() && !isFractional(exponent)) {
      throw new DTypeException("Integers to negative integer powers are not allowed.");
    }
    return new double[] {type.cast(TypeRule.requireHolds(type, exponent)).doubleValue()};
  }

  private static boolean isFractional(Number n) {
    return !Tensor.isIntegral(n);
  }

  private static DType promotedType(Tensor a, Number scalar) {
    Arguments.given("pow", "exponent", scalar);
    if (isFractional(scalar) && a.dtype().isIntegral()) {
      return DType.FLOAT32;
    }
    return a.dtype() == DType.BOOL ? DType.INT64 : a.dtype();
  }

  static Tensor clamp(Tensor a, @Nullable Number min, @Nullable Number max) {
    return bounded(a, min, max, (op, operands) -> op.apply(operands));
  }

  static Tensor clamp_(Tensor a, @Nullable Number min, @Nullable Number max) {
    return bounded(a, min, max, (op, in) -> op.applyInPlace(Tensor.NO_SCALARS, in));
  }

  /** As in PyTorch, NaN as the only bound bounds nothing. */
  private static Tensor bounded(
      Tensor a,
      @Nullable Number min,
      @Nullable Number max,
      BiFunction<PointwiseOp, Tensor[], Tensor> run) {
    Number sole = min == null ? max : max == null ? min : null;
    if (sole != null && Double.isNaN(sole.doubleValue())) {
      return run.apply(ArithmeticOps.CLAMP_NAN, held(a, sole));
    }
    if (min != null && max != null) {
      return run.apply(ArithmeticOps.CLAMP, held(a, min, max));
    }
    if (min != null) {
      return run.apply(ArithmeticOps.CLAMP_MIN, held(a, min));
    }
    if (max != null) {
      return run.apply(ArithmeticOps.CLAMP_MAX, held(a, max));
    }
    throw new KindlingException("torch.clamp: At least one of 'min' or 'max' must not be None");
  }

  private static Tensor[] held(Tensor a, Number... bounds) {
    Tensor[] in = new Tensor[bounds.length + 1];
    in[0] = a;
    for (int i = 0; i < bounds.length; i++) {
      in[i + 1] = Tensor.wrapped(bounds[i]);
    }
    DType type = TypeRule.promote(in);
    for (Number bound : bounds) {
      TypeRule.requireHolds(type, bound);
    }
    return in;
  }

  /** A number beside {@code other}; as in PyTorch one too large for a half is infinite there. */
  static Tensor branch(Tensor other, Number value) {
    Tensor number = Tensor.wrapped(value);
    DType type = TypeRule.promote(other, number);
    if (type != DType.FLOAT16 && type != DType.BFLOAT16) {
      TypeRule.requireHolds(type, value);
    }
    return number;
  }

  static Tensor where(Tensor condition, Tensor a, Tensor b) {
    Arguments.given("where", "condition", condition);
    if (condition.dtype() == DType.UINT8) {
      Warnings.warn(
          "where",
          "where received a uint8 condition tensor. This behavior is deprecated and will be removed"
              + " in a future version of PyTorch. Use a boolean condition instead.");
      return ArithmeticOps.WHERE.apply(condition.ne(0), a, b);
    }
    if (condition.dtype() != DType.BOOL) {
      throw new DTypeException(
          "where expected condition to be a boolean tensor, but got a tensor with dtype "
              + Tensor.typeWord(condition.dtype()));
    }
    return ArithmeticOps.WHERE.apply(condition, a, b);
  }
}
