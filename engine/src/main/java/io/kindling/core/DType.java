package io.kindling.core;

import java.math.BigDecimal;

/** The element types of tensors, smaller ones first within each category. */
public enum DType {
  BOOL("bool", 1, Category.BOOL),
  UINT8("uint8", 1, Category.INTEGRAL),
  INT8("int8", 1, Category.INTEGRAL),
  INT16("int16", 2, Category.INTEGRAL),
  INT32("int32", 4, Category.INTEGRAL),
  INT64("int64", 8, Category.INTEGRAL),
  FLOAT16("float16", 2, Category.FLOATING),
  BFLOAT16("bfloat16", 2, Category.FLOATING),
  FLOAT32("float32", 4, Category.FLOATING),
  FLOAT64("float64", 8, Category.FLOATING);

  /** Promotion never leaves a higher category for a lower one. */
  public enum Category {
    BOOL,
    INTEGRAL,
    FLOATING
  }

  private final String torchName;
  private final int size;
  private final Category category;

  DType(String torchName, int size, Category category) {
    this.torchName = torchName;
    this.size = size;
    this.category = category;
  }

  /** Bytes an element. */
  public int size() {
    return size;
  }

  public Category category() {
    return category;
  }

  public boolean isFloatingPoint() {
    return category == Category.FLOATING;
  }

  /** Integral in PyTorch's sense with {@code includeBool}: any integer or bool. */
  public boolean isIntegral() {
    return category != Category.FLOATING;
  }

  /** The type in which arithmetic on this type is done: float32, float64 or int64. */
  public DType computeType() {
    return switch (this) {
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> INT64;
      case FLOAT16, BFLOAT16, FLOAT32 -> FLOAT32;
      case FLOAT64 -> FLOAT64;
    };
  }

  /** A number as an element of this type has it: rounded, or wrapped around. */
  public Number cast(Number value) {
    return switch (this) {
      case BOOL -> value.doubleValue() != 0 ? 1L : 0L;
      case UINT8 -> value.longValue() & 0xff;
      case INT8 -> (long) (byte) value.longValue();
      case INT16 -> (long) (short) value.longValue();
      case INT32 -> (long) (int) value.longValue();
      case INT64 -> value.longValue();
      case FLOAT16 -> (double) Half.fromFloat16(Half.toFloat16(value.floatValue()));
      case BFLOAT16 -> (double) Half.fromBfloat16(Half.toBfloat16(value.floatValue()));
      case FLOAT32 -> (double) value.floatValue();
      case FLOAT64 -> value.doubleValue();
    };
  }

  /** Whether a number is in range; uint8 takes negative integers too, which wrap around. */
  public boolean holds(Number value) {
    double v = value.doubleValue();
    double size = Math.abs(v);
    return switch (this) {
      case BOOL, FLOAT64 -> true;
      case UINT8 -> size <= 255 && (v >= 0 || !isFraction(value));
      case INT8 -> v >= Byte.MIN_VALUE && v <= Byte.MAX_VALUE;
      case INT16 -> v >= Short.MIN_VALUE && v <= Short.MAX_VALUE;
      case INT32 -> v >= Integer.MIN_VALUE && v <= Integer.MAX_VALUE;
      case INT64 -> size <= 0x1p63;
      case FLOAT16 -> !(size > 65504) || Double.isInfinite(v);
      case BFLOAT16 -> !(size > 0x1.fep127) || Double.isInfinite(v);
      case FLOAT32 -> !(size > Float.MAX_VALUE) || Double.isInfinite(v);
    };
  }

  private static boolean isFraction(Number value) {
    return value instanceof Double || value instanceof Float || value instanceof BigDecimal;
  }

  /** The smallest type that holds both, by PyTorch's promotion table for two tensors. */
  public static DType promote(DType a, DType b) {
    DType low = a.compareTo(b) <= 0 ? a : b;
    DType high = low == a ? b : a;
    if (low == UINT8 && high == INT8) {
      return INT16;
    }
    return low == FLOAT16 && high == BFLOAT16 ? FLOAT32 : high;
  }

  /** PyTorch's name without its module: {@code float32}. */
  public String torchName() {
    return torchName;
  }

  /** PyTorch's printed form: {@code torch.float32}. */
  @Override
  public String toString() {
    return "torch." + torchName;
  }
}
