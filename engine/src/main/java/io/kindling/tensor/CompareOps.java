package io.kindling.tensor;

import io.kindling.device.PointwiseKernel;

/** Comparison and logic: bool results, no gradient. */
final class CompareOps {
  private CompareOps() {}

  @FunctionalInterface
  private interface DoubleTest {
    boolean test(double a, double b);
  }

  @FunctionalInterface
  private interface LongTest {
    boolean test(long a, long b);
  }

  static final PointwiseOp EQ = op("eq", (a, b) -> a == b, (a, b) -> a == b);
  static final PointwiseOp NE = op("ne", (a, b) -> a != b, (a, b) -> a != b);
  static final PointwiseOp LT = op("lt", (a, b) -> a < b, (a, b) -> a < b);
  static final PointwiseOp LE = op("le", (a, b) -> a <= b, (a, b) -> a <= b);
  static final PointwiseOp GT = op("gt", (a, b) -> a > b, (a, b) -> a > b);
  static final PointwiseOp GE = op("ge", (a, b) -> a >= b, (a, b) -> a >= b);
  static final PointwiseOp LOGICAL_AND =
      op("logical_and", (a, b) -> a != 0 && b != 0, (a, b) -> a != 0 && b != 0);
  static final PointwiseOp LOGICAL_OR =
      op("logical_or", (a, b) -> a != 0 || b != 0, (a, b) -> a != 0 || b != 0);
  static final PointwiseOp LOGICAL_XOR =
      op("logical_xor", (a, b) -> (a != 0) != (b != 0), (a, b) -> (a != 0) != (b != 0));
  static final PointwiseOp LOGICAL_NOT = unary("logical_not", a -> a == 0, a -> a == 0);
  static final PointwiseOp ISNAN = unary("isnan", Double::isNaN, a -> false);

  private static PointwiseOp op(String name, DoubleTest f, LongTest k) {
    return new PointwiseOp(
        "",
        TypeRule.BOOL,
        new PointwiseKernel(
            name,
            (x, y, n, s) -> {
              for (int i = 0; i < n; i++) {
                y[0][i] = f.test(x[0][i], x[1][i]) ? 1 : 0;
              }
            },
            (x, y, n, s) -> {
              for (int i = 0; i < n; i++) {
                y[0][i] = f.test(x[0][i], x[1][i]) ? 1 : 0;
              }
            },
            (x, y, n, s) -> {
              for (int i = 0; i < n; i++) {
                y[0][i] = k.test(x[0][i], x[1][i]) ? 1 : 0;
              }
            }));
  }

  private static PointwiseOp unary(
      String name, java.util.function.DoublePredicate f, java.util.function.LongPredicate k) {
    return new PointwiseOp(
        "",
        TypeRule.BOOL,
        new PointwiseKernel(
            name,
            (x, y, n, s) -> {
              for (int i = 0; i < n; i++) {
                y[0][i] = f.test(x[0][i]) ? 1 : 0;
              }
            },
            (x, y, n, s) -> {
              for (int i = 0; i < n; i++) {
                y[0][i] = f.test(x[0][i]) ? 1 : 0;
              }
            },
            (x, y, n, s) -> {
              for (int i = 0; i < n; i++) {
                y[0][i] = k.test(x[0][i]) ? 1 : 0;
              }
            }));
  }
}
