package io.kindling.device.formula;

import java.util.Locale;

/** The functions that a formula may call, by their names in small letters. */
public enum MathFunction {
  ABS(1, true),
  MAX(2, true),
  MIN(2, true),
  SQRT(1, false),
  /** -1, 0 or 1; 0 for NaN. */
  SIGN(1, true),
  FLOOR(1, true),
  EXP(1, false),
  LOG(1, false),
  LOG1P(1, false),
  SIN(1, false),
  COS(1, false),
  TANH(1, false),
  ERF(1, false),
  POW(2, true),
  /** The quotient rounded down, as Python's {@code //}. */
  FLOOR_DIVIDE(2, true),
  /** With the sign of the divisor, as Python's {@code %}. */
  REMAINDER(2, true),
  /** The sum of a row: one number for all its elements. Row kernels only, as all that follow. */
  ROWSUM(1, true),
  ROWMAX(1, true),
  /** The logarithm of the sum of a row. */
  ROWLOGSUM(1, false),
  /** The sum from the start of the row to the element. */
  CUMSUM(1, true),
  /** The sum from the element to the end of the row. */
  CUMSUM_REVERSED(1, true);

  private final int arguments;
  private final boolean ofIntegers;

  MathFunction(int arguments, boolean ofIntegers) {
    this.arguments = arguments;
    this.ofIntegers = ofIntegers;
  }

  /** Whether it sees a row and not an element. */
  public boolean ofRows() {
    return compareTo(ROWSUM) >= 0;
  }

  /** Whether it gives one number for a row. */
  public boolean isRowNumber() {
    return this == ROWSUM || this == ROWMAX || this == ROWLOGSUM;
  }

  public int arguments() {
    return arguments;
  }

  /** Whether it has a meaning for integers. */
  public boolean ofIntegers() {
    return ofIntegers;
  }

  /** As it stands in a formula. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
