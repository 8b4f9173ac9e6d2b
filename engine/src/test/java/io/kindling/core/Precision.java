package io.kindling.core;

/** How exact a type is, for tests that compare results. */
public final class Precision {
  /**
   * By how many units two halves may differ for each rounding behind them: one of either side, as
   * sums are taken in any order.
   */
  public static final int UNITS_OF_HALVES = 2;

  private Precision() {}

  /** The distance from 1 to the next number; 0 for integers. */
  public static double unit(DType dtype) {
    return switch (dtype) {
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
      case FLOAT16 -> 0x1p-10;
      case BFLOAT16 -> 0x1p-7;
      case FLOAT32 -> 0x1p-23;
      case FLOAT64 -> 0x1p-52;
    };
  }
}
