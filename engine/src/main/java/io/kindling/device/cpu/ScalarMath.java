package io.kindling.device.cpu;

/** {@link io.kindling.device.formula.MathFunction}s of a single float64 or int64. */
final class ScalarMath {
  private ScalarMath() {}

  /** 1 unless zero. */
  static int truth(float x) {
    return x != 0 ? 1 : 0;
  }

  static int truth(double x) {
    return x != 0 ? 1 : 0;
  }

  static int truth(long x) {
    return x != 0 ? 1 : 0;
  }

  static double exp(double x) {
    return Math.exp(x);
  }

  static double log(double x) {
    return Math.log(x);
  }

  static double log1p(double x) {
    return Math.log1p(x);
  }

  static double sin(double x) {
    return Math.sin(x);
  }

  static double cos(double x) {
    return Math.cos(x);
  }

  static double tanh(double x) {
    return Math.tanh(x);
  }

  static double erf(double x) {
    return Erf.erf(x);
  }

  static double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
  }

  static long sign(long x) {
    return Long.signum(x);
  }

  static double floor(double x) {
    return Math.floor(x);
  }

  static long floor(long x) {
    return x;
  }

  /** As C's: one to any power is one, and so is minus one to an infinite power. */
  static double pow(double base, double exponent) {
    boolean one = base == 1 || (base == -1 && Double.isInfinite(exponent));
    return one ? 1 : Math.pow(base, exponent);
  }

  static long pow(long base, long exponent) {
    if (exponent < 0) {
      return base == 1 ? 1 : base == -1 ? ((exponent & 1) == 0 ? 1 : -1) : 0;
    }
    long result = 1;
    for (long b = base, e = exponent; e != 0; e >>= 1, b *= b) {
      if ((e & 1) != 0) {
        result *= b;
      }
    }
    return result;
  }

  static double remainder(double a, double b) {
    double m = a % b;
    return m != 0 && (m < 0) != (b < 0) ? m + b : m;
  }

  static long remainder(long a, long b) {
    return Math.floorMod(a, checked(b));
  }

  /** As Python and PyTorch: from the remainder, so that {@code 1 // 0.1} is 9. */
  static double floor_divide(double a, double b) {
    if (b == 0) {
      return a / b;
    }
    double mod = a % b;
    double div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) {
      div -= 1;
    }
    if (div == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(div);
    return div - floor > 0.5 ? floor + 1 : floor;
  }

  static long floor_divide(long a, long b) {
    return Math.floorDiv(a, checked(b));
  }

  private static long checked(long divisor) {
    if (divisor == 0) {
      throw new ArithmeticException("ZeroDivisionError: integer division or modulo by zero");
    }
    return divisor;
  }
}
