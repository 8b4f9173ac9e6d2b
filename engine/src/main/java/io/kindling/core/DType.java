package io.kindling.core;

/** The element types of tensors, in promotion order within each category. */
public enum DType {
  BOOL("bool", 1, Category.BOOL),
  UINT8("uint8", 1, Category.INTEGRAL),
  INT64("int64", 8, Category.INTEGRAL),
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

  /** Integral in PyTorch's sense with {@code includeBool}: uint8, int64 and bool. */
  public boolean isIntegral() {
    return category != Category.FLOATING;
  }

  /** The type in which arithmetic on this type is done: float32, float64 or int64. */
  public DType computeType() {
    return isFloatingPoint() ? this : INT64;
  }

  /** The smallest type that holds both, by PyTorch's promotion table for two tensors. */
  public static DType promote(DType a, DType b) {
    return a.compareTo(b) >= 0 ? a : b;
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
