package io.kindling.tensor;

import io.kindling.device.PointwiseKernel;

/** Comparison and logic: bool results, no gradient. */
final class CompareOps {
  private CompareOps() {}

  static final PointwiseOp EQ = op("eq", "a == b");
  static final PointwiseOp NE = op("ne", "a != b");
  static final PointwiseOp LT = op("lt", "a < b");
  static final PointwiseOp LE = op("le", "a <= b");
  static final PointwiseOp GT = op("gt", "a > b");
  static final PointwiseOp GE = op("ge", "a >= b");
  static final PointwiseOp LOGICAL_AND = op("logical_and", "a && b");
  static final PointwiseOp LOGICAL_OR = op("logical_or", "a || b");
  static final PointwiseOp LOGICAL_XOR = op("logical_xor", "(a != 0) ^ (b != 0)");
  static final PointwiseOp LOGICAL_NOT = op("logical_not", "!a");
  static final PointwiseOp ISNAN = op("isnan", "a != a");

  private static PointwiseOp op(String name, String formula) {
    return new PointwiseOp("", TypeRule.BOOL, PointwiseKernel.of(name, formula));
  }
}
