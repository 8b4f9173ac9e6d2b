package io.kindling.conf;

import java.util.List;

/** The checks that the records' constructors share. */
final class Check {
  private Check() {}

  static void atLeast(String key, long least, long value) {
    require(value >= least, key, "must be at least " + least + ", got " + value);
  }

  static void atMost(String key, long most, long value) {
    require(value <= most, key, "must be at most " + most + ", got " + value);
  }

  static void atLeast(String key, double least, double value) {
    // Written so that NaN fails.
    require(
        value >= least && Double.isFinite(value),
        key,
        "must be a finite number of at least " + trim(least) + ", got " + trim(value));
  }

  /** {@code 0 <= value < 1}. */
  static void fraction(String key, double value) {
    require(value >= 0 && value < 1, key, "must lie in [0, 1), got " + trim(value));
  }

  static void positive(String key, double value) {
    require(
        value > 0 && Double.isFinite(value),
        key,
        "must be a finite number above 0, got " + trim(value));
  }

  static void notBlank(String key, String value) {
    require(!value.isBlank(), key, "must not be empty");
  }

  static void eachPositive(String key, List<Integer> values) {
    for (int value : values) {
      require(value >= 1, key, "must hold sizes of at least 1, got " + values);
    }
  }

  static void require(boolean holds, String key, String problem) {
    if (!holds) {
      throw new ConfigException(key, key + " " + problem);
    }
  }

  private static String trim(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
