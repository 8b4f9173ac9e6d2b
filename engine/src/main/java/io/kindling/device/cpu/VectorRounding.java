package io.kindling.device.cpu;

import static io.kindling.device.cpu.VectorMath.*;

import io.kindling.device.Raw;

/**
 * Signs, rounding and what follows from a rounded quotient, as {@link VectorMath} has functions.
 */
final class VectorRounding {
  private static final int INFINITE = 0x7f800000;

  private VectorRounding() {}

  static void sign(float[] x, float[] y, int n) {
    int[] bits = bitsOf(x, 0, n);
    signOfBits(bits, n);
    Raw.bits(bits, y, n);
  }

  private static void signOfBits(int[] bits, int n) {
    for (int i = 0; i < n; i++) {
      int size = bits[i] & ABS;
      int zeroOrNaN = (size - 1 | 0x7f800000 - size) >> 31;
      bits[i] = (bits[i] & 0x80000000 | 0x3f800000) & ~zeroOrNaN;
    }
  }

  static void floor(float[] x, float[] y, int n) {
    boolean large = reaches(bitsOf(x, 0, n), BITS_OF_2_22, n);
    if (large) {
      for (int i = 0; i < n; i++) {
        y[i] = (float) Math.floor(x[i]);
      }
      return;
    }
    float[] rounded = floats(0, n);
    float[] step = floats(1, n);
    round(x, rounded, step, n);
    int[] bits = bitsOf(step, 0, n);
    oneWhereNegative(bits, n);
    Raw.bits(bits, step, n);
    floorFinish(x, rounded, step, y, n);
  }

  private static void round(float[] x, float[] rounded, float[] rest, int n) {
    for (int i = 0; i < n; i++) {
      float r = (x[i] + ROUND) - ROUND;
      rounded[i] = r;
      rest[i] = x[i] - r;
    }
  }

  private static void oneWhereNegative(int[] bits, int n) {
    for (int i = 0; i < n; i++) {
      int zero = (bits[i] & ABS) - 1 >> 31;
      bits[i] = bits[i] >> 31 & ~zero & 0x3f800000;
    }
  }

  /** The smaller of the floor and the number itself: that is -0 for -0. */
  private static void floorFinish(float[] x, float[] rounded, float[] step, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(rounded[i] - step[i], x[i]);
    }
  }

  // ---- remainder and floor_divide, by the rounded quotient

  static void remainder(float[] a, float[] b, float[] y, int n) {
    float[] quotient = floats(0, n);
    if (!modulo(a, b, quotient, floats(1, n), n)) {
      System.arraycopy(floats(1, n), 0, y, 0, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      y[i] = (float) ScalarMath.remainder(a[i], b[i]);
    }
  }

  static void floor_divide(float[] a, float[] b, float[] y, int n) {
    float[] quotient = floats(0, n);
    float[] modulo = floats(1, n);
    if (!modulo(a, b, quotient, modulo, n)) {
      floorDivideFinish(a, b, quotient, modulo, y, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      y[i] = (float) ScalarMath.floor_divide(a[i], b[i]);
    }
  }

  /** Never more than the quotient, which has the sign where both are zero. */
  private static void floorDivideFinish(
      float[] a, float[] b, float[] quotient, float[] modulo, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(((a[i] - modulo[i]) / b[i] + ROUND) - ROUND, quotient[i]);
    }
  }

  /** Whether a quotient is too large or no number, or a divisor infinite; then nothing is done. */
  private static boolean modulo(float[] a, float[] b, float[] quotient, float[] modulo, int n) {
    quotients(a, b, quotient, n);
    if (reaches(bitsOf(quotient, 0, n), BITS_OF_2_22, n)) {
      return true;
    }
    rests(a, b, quotient, modulo, n);
    int[] rest = bitsOf(modulo, 0, n);
    if (reaches(rest, INFINITE, n)) {
      return true;
    }
    int[] divisor = bitsOf(b, 1, n);
    float[] added = floats(2, n);
    zeroOfDividend(rest, bitsOf(a, 2, n), n);
    divisorWhereSignsDiffer(rest, divisor, n);
    Raw.bits(rest, modulo, n);
    Raw.bits(divisor, added, n);
    add(modulo, added, n);
    return false;
  }

  private static void quotients(float[] a, float[] b, float[] quotient, int n) {
    for (int i = 0; i < n; i++) {
      quotient[i] = a[i] / b[i];
    }
  }

  private static void rests(float[] a, float[] b, float[] quotient, float[] rest, int n) {
    for (int i = 0; i < n; i++) {
      rest[i] = Math.fma((quotient[i] + ROUND) - ROUND, -b[i], a[i]);
    }
  }

  /** A rest of zero has the sign of the dividend. */
  private static void zeroOfDividend(int[] rest, int[] dividend, int n) {
    for (int i = 0; i < n; i++) {
      int zero = (rest[i] & ABS) - 1 >> 31;
      rest[i] = rest[i] & ~zero | dividend[i] & zero & ~ABS;
    }
  }

  /** Elsewhere -0, which changes no number that it is added to. */
  private static void divisorWhereSignsDiffer(int[] rest, int[] divisor, int n) {
    for (int i = 0; i < n; i++) {
      int zero = (rest[i] & ABS) - 1 >> 31;
      int differ = (rest[i] ^ divisor[i]) >> 31 & ~zero;
      divisor[i] = divisor[i] & differ | ~ABS & ~differ;
    }
  }
}
