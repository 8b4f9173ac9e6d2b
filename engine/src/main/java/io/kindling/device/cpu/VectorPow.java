package io.kindling.device.cpu;

import io.kindling.device.Raw;

/** Powers, {@code 2^(p log2 x)} in float64, in passes like those of {@link VectorMath}. */
final class VectorPow {
  private static final double ROUND = 0x1.8p52;

  private VectorPow() {}

  private static double[] doubles(int slot, int n) {
    return LaneTypes.F64.take(Lanes.MATH + slot, n);
  }

  static void pow(float[] x, float[] p, float[] y, int n) {
    boolean same = p[0] == p[n - 1] && java.util.Arrays.equals(p, 0, n - 1, p, 1, n);
    if (same && p[0] == 2) {
      square(x, y, n);
    } else if (isSpecial(x, p, n)) {
      for (int i = 0; i < n; i++) {
        y[i] = (float) ScalarMath.pow(x[i], p[i]);
      }
    } else {
      powOfPositive(x, p, y, n);
    }
  }

  private static void square(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = x[i] * x[i];
    }
  }

  private static void powOfPositive(float[] x, float[] p, float[] y, int n) {
    double[] a = doubles(0, n);
    double[] b = doubles(1, n);
    widen(x, a, n);
    widen(p, b, n);
    long[] bits = LaneTypes.I64.take(Lanes.MATH, n);
    long[] exponents = LaneTypes.I64.take(Lanes.MATH + 1, n);
    double[] exponent = doubles(2, n);
    Raw.bits(a, bits, n);
    split(bits, exponents, n);
    Raw.bits(bits, a, n);
    Raw.bits(exponents, exponent, n);
    powLog(exponent, a, b, b, n);
    powRound(b, exponent, n);
    Raw.bits(exponent, bits, n);
    powScale(bits, n);
    Raw.bits(bits, a, n);
    powFinish(b, exponent, a, n);
    narrow(a, y, n);
  }

  private static void widen(float[] x, double[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = x[i];
    }
  }

  private static void narrow(double[] x, float[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = (float) x[i];
    }
  }

  private static void split(long[] bits, long[] exponents, int n) {
    for (int i = 0; i < n; i++) {
      long e = (bits[i] - 0x3fe6a09e667f3bcdL) >> 52;
      bits[i] -= e << 52;
      exponents[i] = e + 0x4338000000000000L;
    }
  }

  /** {@code log2(2^e f) p}, with the series of the inverse hyperbolic tangent. */
  private static void powLog(double[] exponent, double[] fraction, double[] p, double[] z, int n) {
    for (int i = 0; i < n; i++) {
      double s = (fraction[i] - 1) / (fraction[i] + 1);
      double q = s * s;
      double t = Math.fma(1 / 11.0, q, 1 / 9.0);
      t = Math.fma(t, q, 1 / 7.0);
      t = Math.fma(t, q, 1 / 5.0);
      t = Math.fma(t, q, 1 / 3.0);
      t = Math.fma(t, q, 1.0);
      double log2 = Math.fma(2.885390081777927 * s, t, exponent[i] - ROUND);
      z[i] = Math.min(Math.max(p[i] * log2, -1000.0), 1000.0);
    }
  }

  private static void powRound(double[] z, double[] k, int n) {
    for (int i = 0; i < n; i++) {
      k[i] = z[i] + ROUND;
    }
  }

  private static void powScale(long[] bits, int n) {
    for (int i = 0; i < n; i++) {
      bits[i] = (bits[i] - 0x4338000000000000L + 1023) << 52;
    }
  }

  private static void powFinish(double[] z, double[] k, double[] scale, int n) {
    for (int i = 0; i < n; i++) {
      double r = (z[i] - (k[i] - ROUND)) * 0.6931471805599453;
      double t = Math.fma(1 / 362880.0, r, 1 / 40320.0);
      t = Math.fma(t, r, 1 / 5040.0);
      t = Math.fma(t, r, 1 / 720.0);
      t = Math.fma(t, r, 1 / 120.0);
      t = Math.fma(t, r, 1 / 24.0);
      t = Math.fma(t, r, 1 / 6.0);
      t = Math.fma(t, r, 0.5);
      t = Math.fma(t, r, 1.0);
      scale[i] *= Math.fma(t, r, 1.0);
    }
  }

  private static boolean isSpecial(float[] x, float[] p, int n) {
    return VectorMath.hasSpecialLog(VectorMath.bitsOf(x, 0, n), n)
        || VectorMath.reaches(VectorMath.bitsOf(p, 0, n), VectorMath.BITS_OF_2_22, n);
  }
}
