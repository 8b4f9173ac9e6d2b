package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import org.jspecify.annotations.Nullable;

/** Arithmetic that needs a check or a choice before its elementwise operator runs. */
final class ArithmeticForms {
  private ArithmeticForms() {}

  static Tensor sub(Tensor a, Tensor b) {
    checkSub(a, b);
    return ArithmeticOps.SUB.apply(a, b);
  }

  static Tensor sub_(Tensor a, Tensor b) {
    checkSub(a, b);
    return ArithmeticOps.SUB.applyInPlace(Tensor.NO_SCALARS, a, b);
  }

  private static void checkSub(Tensor a, Tensor b) {
    if (a.dtype() == DType.BOOL && b.dtype() == DType.BOOL) {
      throw new DTypeException(
          "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or"
              + " `logical_xor()` operator instead.");
    }
    if (a.dtype() == DType.BOOL || b.dtype() == DType.BOOL) {
      throw new DTypeException(
          "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to"
              + " invert a mask, use the `~` or `logical_not()` operator instead.");
    }
  }

  static Tensor neg(Tensor a) {
    checkNeg(a);
    return ArithmeticOps.NEG.apply(a);
  }

  static Tensor neg_(Tensor a) {
    checkNeg(a);
    return ArithmeticOps.NEG.applyInPlace(Tensor.NO_SCALARS, a);
  }

  private static void checkNeg(Tensor a) {
    if (a.dtype() == DType.BOOL) {
      throw new DTypeException(
          "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to"
              + " invert a mask, use the `~` or `logical_not()` operator instead.");
    }
  }

  /** {@code other * alpha} for an addition to {@code a}. */
  static Tensor scaled(Tensor a, Tensor other, Number alpha) {
    if (isFractional(alpha) && a.dtype().isIntegral() && other.dtype().isIntegral()) {
      throw new DTypeException(
          "For integral input tensors, argument alpha must not be a floating point number.");
    }
    Tensor product = other.mul(alpha);
    return a.dtype() == DType.BOOL && other.dtype() == DType.BOOL ? product.toBool() : product;
  }

  static Tensor pow(Tensor a, Tensor b) {
    return b.isWrappedNumber() ? pow(a, b.item()) : ArithmeticOps.POW.apply(a, b);
  }

  static Tensor pow(Tensor a, Number exponent) {
    return ArithmeticOps.POW_SCALAR.apply(
        new double[] {exponentFor(a, exponent)}, promoted(a, exponent));
  }

  static Tensor pow_(Tensor a, Number exponent) {
    PointwiseOp.checkCast("pow", promotedType(a, exponent), a.dtype());
    return ArithmeticOps.POW_SCALAR.applyInPlace(new double[] {exponentFor(a, exponent)}, a);
  }

  private static double exponentFor(Tensor a, Number exponent) {
    double p = exponent.doubleValue();
    if (p < 0 && a.dtype().isIntegral() && !isFractional(exponent)) {
      throw new DTypeException("Integers to negative integer powers are not allowed.");
    }
    return p;
  }

  private static boolean isFractional(Number n) {
    return n instanceof Double || n instanceof Float;
  }

  private static Tensor promoted(Tensor a, Number scalar) {
    return a.to(promotedType(a, scalar));
  }

  private static DType promotedType(Tensor a, Number scalar) {
    if (isFractional(scalar) && a.dtype().isIntegral()) {
      return DType.FLOAT32;
    }
    return a.dtype() == DType.BOOL ? DType.INT64 : a.dtype();
  }

  static Tensor clamp(Tensor a, @Nullable Number min, @Nullable Number max) {
    DType type = clampType(a, min, max);
    return ArithmeticOps.CLAMP.apply(limits(type, min, max), a.to(type));
  }

  static Tensor clamp_(Tensor a, @Nullable Number min, @Nullable Number max) {
    DType type = clampType(a, min, max);
    PointwiseOp.checkCast("clamp", type, a.dtype());
    return ArithmeticOps.CLAMP.applyInPlace(limits(type, min, max), a);
  }

  private static DType clampType(Tensor a, @Nullable Number min, @Nullable Number max) {
    Number low = or(min, 0);
    return promotedType(a, isFractional(low) ? low : or(max, 0));
  }

  private static Number or(@Nullable Number n, Number otherwise) {
    return n == null ? otherwise : n;
  }

  private static double[] limits(DType type, @Nullable Number min, @Nullable Number max) {
    if (min == null && max == null) {
      throw new IllegalArgumentException(
          "torch.clamp: At least one of 'min' or 'max' must not be None");
    }
    return new double[] {
      limit(type, or(min, Double.NEGATIVE_INFINITY)), limit(type, or(max, Double.POSITIVE_INFINITY))
    };
  }

  /** A limit for uint8 wraps as any other number that meets uint8 does. */
  private static double limit(DType type, Number limit) {
    double v = limit.doubleValue();
    return type == DType.UINT8 && !Double.isInfinite(v) ? limit.longValue() & 0xff : v;
  }

  static Tensor where(Tensor condition, Tensor a, Tensor b) {
    if (condition.dtype() != DType.BOOL) {
      throw new DTypeException(
          "where expected condition to be a boolean tensor, but got a tensor with dtype "
              + Tensor.typeWord(condition.dtype()));
    }
    return ArithmeticOps.WHERE.apply(condition, a, b);
  }
}
