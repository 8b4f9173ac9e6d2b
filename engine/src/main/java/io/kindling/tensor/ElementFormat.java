package io.kindling.tensor;

import io.kindling.core.DType;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.DoubleFunction;

/**
 * How one element of a printed tensor looks. All elements of a tensor share a style and a width,
 * chosen by PyTorch's rules from those that are shown.
 */
final class ElementFormat {
  private static final int PRECISION = 4;
  private static final MathContext DIGITS = new MathContext(PRECISION + 1, RoundingMode.HALF_EVEN);

  /** The elements by their position, counted from the first in elements of the storage. */
  interface Elements {
    /** Of a floating-point tensor. */
    double real(long position);

    /** Of an integral tensor; 1 is true in a boolean one. */
    long integer(long position);
  }

  private enum Style {
    BOOL,
    INTEGER,
    /** A float without fraction: {@code 3.} */
    WHOLE,
    FIXED,
    SCIENTIFIC
  }

  private final Elements elements;
  private final Style style;
  private final int width;

  private ElementFormat(Elements elements, Style style, int width) {
    this.elements = elements;
    this.style = style;
    this.width = width;
  }

  /**
   * @param shown the positions of all elements that will be printed
   */
  static ElementFormat of(DType dtype, Elements elements, long[] shown) {
    Style style = style(dtype, elements, shown);
    ElementFormat unpadded = new ElementFormat(elements, style, 0);
    int width = 1;
    for (long position : shown) {
      // PyTorch lets zeros, infinities and nan of a float tensor stick out.
      if (!dtype.isFloatingPoint() || isNonzeroFinite(elements.real(position))) {
        width = Math.max(width, unpadded.text(position).length());
      }
    }
    return new ElementFormat(elements, style, width);
  }

  private static Style style(DType dtype, Elements elements, long[] shown) {
    if (!dtype.isFloatingPoint()) {
      return dtype == DType.BOOL ? Style.BOOL : Style.INTEGER;
    }
    double min = Double.POSITIVE_INFINITY;
    double max = 0;
    boolean whole = true;
    for (long position : shown) {
      double value = elements.real(position);
      if (isNonzeroFinite(value)) {
        min = Math.min(min, Math.abs(value));
        max = Math.max(max, Math.abs(value));
        whole &= value == Math.ceil(value);
      }
    }
    if (max > 0 && (max / min > 1000 || max > 1e8 || min < 1e-4)) {
      return Style.SCIENTIFIC;
    }
    return whole ? Style.WHOLE : Style.FIXED;
  }

  private static boolean isNonzeroFinite(double value) {
    return value != 0 && Double.isFinite(value);
  }

  /** The width that all but the exceptional elements have. */
  int width() {
    return width;
  }

  /** The element at {@code position}, aligned to the right. */
  String padded(long position) {
    String text = text(position);
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  private String text(long position) {
    return switch (style) {
      case BOOL -> elements.integer(position) != 0 ? "True" : "False";
      case INTEGER -> Long.toString(elements.integer(position));
      case WHOLE -> real(position, magnitude -> fixed(magnitude, 0) + ".");
      case FIXED -> real(position, magnitude -> fixed(magnitude, PRECISION));
      case SCIENTIFIC -> real(position, ElementFormat::scientific);
    };
  }

  private String real(long position, DoubleFunction<String> digits) {
    double value = elements.real(position);
    if (Double.isNaN(value)) {
      return "nan";
    }
    // Double.compare sees the sign of -0.0, which Python prints.
    String sign = Double.compare(value, 0.0) < 0 ? "-" : "";
    double magnitude = Math.abs(value);
    if (Double.isInfinite(value)) {
      return sign + "inf";
    }
    return sign + digits.apply(magnitude);
  }

  /** The decimal value of the double is exact, so ties are true ties: they go to even. */
  private static String fixed(double magnitude, int digits) {
    return new BigDecimal(magnitude).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String scientific(double magnitude) {
    BigDecimal rounded = new BigDecimal(magnitude).round(DIGITS);
    String digits = rounded.unscaledValue().toString();
    int exponent = magnitude == 0 ? 0 : digits.length() - 1 - rounded.scale();
    String padded = digits + "0".repeat(PRECISION + 1 - digits.length());
    int size = Math.abs(exponent);
    return padded.charAt(0)
        + "."
        + padded.substring(1)
        + (exponent < 0 ? "e-" : "e+")
        + (size < 10 ? "0" : "")
        + size;
  }
}
