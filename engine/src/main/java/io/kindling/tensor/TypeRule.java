package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import org.jspecify.annotations.Nullable;

/** How the type of a result follows from those of the operands. */
enum TypeRule {
  /** The promoted type. */
  PROMOTE,
  /** The promoted type, which may not be bool. */
  NUMBER,
  /** The promoted type, or float32 where that is integral. */
  FLOAT,
  /** Computed in the promoted type; the result is bool. */
  BOOL;

  /** The type in which the operands meet: PyTorch's {@code result_type}. */
  static DType promote(Tensor... in) {
    DType dim = null;
    DType zero = null;
    DType wrapped = null;
    for (Tensor t : in) {
      if (t.isWrappedNumber()) {
        wrapped = merge(wrapped, t.dtype().isFloatingPoint() ? DType.FLOAT32 : t.dtype());
      } else if (t.dim() == 0) {
        zero = merge(zero, t.dtype());
      } else {
        dim = merge(dim, t.dtype());
      }
    }
    return combine(combine(dim, zero), wrapped);
  }

  private static DType merge(@Nullable DType a, DType b) {
    return a == null ? b : DType.promote(a, b);
  }

  /** A lower-priority operand only counts if its category is higher. */
  private static DType combine(@Nullable DType high, @Nullable DType low) {
    if (high == null) {
      return low == null ? DType.FLOAT32 : low;
    }
    return low != null && low.category().compareTo(high.category()) > 0
        ? DType.promote(high, low)
        : high;
  }

  /** PyTorch's error for an operator on a type that it does not take. */
  static DTypeException notImplemented(String operator, DType dtype) {
    return new DTypeException(
        "\"" + operator + "\" not implemented for '" + Tensor.typeWord(dtype) + "'");
  }

  /** An integer or truth value, but not int64: what some of PyTorch's kernels leave out. */
  static boolean isNarrow(DType dtype) {
    return dtype.isIntegral() && dtype != DType.INT64;
  }

  static Tensor requireFloating(String operator, Tensor x) {
    if (!x.isFloatingPoint()) {
      throw notImplemented(operator, x.dtype());
    }
    return x;
  }

  /**
   * @throws DTypeException for a number beyond the range of the type
   */
  static Number requireHolds(DType dtype, Number value) {
    if (!dtype.holds(value)) {
      String type =
          switch (dtype) {
            case BOOL -> "bool";
            case UINT8, INT8, INT16, INT64 -> dtype.torchName() + "_t";
            case INT32 -> "int";
            case FLOAT16 -> "c10::Half";
            case BFLOAT16 -> "c10::BFloat16";
            case FLOAT32 -> "float";
            case FLOAT64 -> "double";
          };
      throw new DTypeException(
          "value cannot be converted to type " + type + " without overflow: " + value);
    }
    return value;
  }

  DType common(Tensor... in) {
    DType p = promote(in);
    return this == FLOAT && p.isIntegral() ? DType.FLOAT32 : p;
  }

  DType result(DType common) {
    return this == BOOL ? DType.BOOL : common;
  }
}
