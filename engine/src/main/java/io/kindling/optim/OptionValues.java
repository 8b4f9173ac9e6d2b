package io.kindling.optim;

import io.kindling.core.KindlingException;
import java.util.List;
import java.util.Map;

/** Reads options by PyTorch's names, and checks them with its words. */
final class OptionValues {
  private OptionValues() {}

  static double number(Map<String, ?> values, String name, double otherwise) {
    Object value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Number n) {
      return n.doubleValue();
    }
    throw wrong(name, "a number", value);
  }

  static long integer(String name, Object value) {
    if (value instanceof Number n) {
      return n.longValue();
    }
    throw wrong(name, "a number", value);
  }

  static boolean flag(Map<String, ?> values, String name, boolean otherwise) {
    Object value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Boolean b) {
      return b;
    }
    throw wrong(name, "true or false", value);
  }

  /** A list of as many numbers as {@code otherwise} has. */
  static List<Double> numbers(Map<String, ?> values, String name, List<Double> otherwise) {
    Object value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof List<?> list && list.size() == otherwise.size()) {
      return list.stream()
          .map(
              item -> {
                if (item instanceof Number n) {
                  return n.doubleValue();
                }
                throw wrong(name, "numbers", String.valueOf(item));
              })
          .toList();
    }
    throw wrong(name, otherwise.size() + " numbers", value);
  }

  private static KindlingException wrong(String name, String expected, Object value) {
    return new KindlingException(
        "optimizer option " + name + ": expected " + expected + ", got " + value);
  }

  /** Negative values and NaN are refused. */
  static void checkNotNegative(String what, double value) {
    if (!(value >= 0)) {
      throw new KindlingException("Invalid " + what + ": " + value + "; expected 0 or more");
    }
  }
}
