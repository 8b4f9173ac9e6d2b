package io.kindling.device.cpu;

import io.kindling.device.Raw;
import io.kindling.device.formula.MathFunction;
import java.util.EnumMap;
import java.util.Map;

/**
 * {@link MathFunction}s over arrays of float32, in passes that the JVM turns into vector code: no
 * branch, few operations, no conversion between integers and floats, and bits only by copying an
 * array. What a pass cannot do (zeros, infinities, huge arguments) is found by one test of the
 * array and done element by element. Polynomials are least squares fits of the relative error;
 * results are within four units in the last place (sin and cos: of 1).
 */
final class VectorMath {
  /** Where the functions stand that are called for a whole array and not for each element. */
  static final Map<MathFunction, Class<?>> OWNERS = owners();

  private static Map<MathFunction, Class<?>> owners() {
    Map<MathFunction, Class<?>> owners = new EnumMap<>(MathFunction.class);
    for (MathFunction f : MathFunction.values()) {
      switch (f) {
        case EXP, LOG, LOG1P, SIN, COS, TANH, ERF -> owners.put(f, VectorMath.class);
        case SIGN, FLOOR, FLOOR_DIVIDE, REMAINDER -> owners.put(f, VectorRounding.class);
        case POW -> owners.put(f, VectorPow.class);
        case ROWSUM, ROWMAX, ROWLOGSUM, CUMSUM, CUMSUM_REVERSED -> owners.put(f, VectorRows.class);
        case ABS, MAX, MIN, SQRT -> {} // vector code as they are
      }
    }
    return owners;
  }

  /** Adding it rounds to an integer, which then stands in the lowest bits. */
  static final float ROUND = 0x1.8p23f;

  static final int ABS = 0x7fffffff;

  /** Below it {@link #ROUND} rounds. */
  static final int BITS_OF_2_22 = 0x4a800000;

  private static final float LN2_HIGH = 0x1.62e4p-1f;
  private static final float LN2_LOW = 0x1.7f7d1cp-20f;

  private VectorMath() {}

  static float[] floats(int slot, int n) {
    return LaneTypes.F32.take(Lanes.MATH + slot, n);
  }

  static int[] ints(int slot, int n) {
    return Scratch.local().ints(Scratch.MATH + slot, n);
  }

  static int[] bitsOf(float[] x, int slot, int n) {
    int[] bits = ints(slot, n);
    Raw.bits(x, bits, n);
    return bits;
  }

  /** Whether some element is at least as large as the number of these bits, or NaN. */
  static boolean reaches(int[] bits, int limit, int n) {
    int any = 0;
    for (int i = 0; i < n; i++) {
      any |= limit - 1 - (bits[i] & ABS);
    }
    return any < 0;
  }

  // ---- exp: 2^k exp(r), |r| <= ln 2 / 2, with 2^k in two factors for the smallest results

  static void exp(float[] x, float[] y, int n) {
    float[] k = floats(0, n);
    float[] scale = floats(1, n);
    float[] scale2 = floats(2, n);
    int[] bits = ints(0, n);
    int[] bits2 = ints(1, n);
    expRound(x, k, y, n);
    Raw.bits(k, bits, n);
    expScales(bits, bits, bits2, n);
    Raw.bits(bits, scale, n);
    Raw.bits(bits2, scale2, n);
    expFinish(y, k, scale, scale2, y, n);
  }

  private static void expRound(float[] x, float[] k, float[] clamped, int n) {
    for (int i = 0; i < n; i++) {
      float v = Math.min(Math.max(x[i], -104f), 89f);
      clamped[i] = v;
      k[i] = v * 1.44269504f + ROUND;
    }
  }

  private static void expScales(int[] k, int[] first, int[] second, int n) {
    for (int i = 0; i < n; i++) {
      int whole = k[i] - 0x4b400000;
      int half = whole >> 1;
      first[i] = (half + 127) << 23;
      second[i] = (whole - half + 127) << 23;
    }
  }

  private static void expFinish(
      float[] x, float[] k, float[] scale, float[] scale2, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float whole = k[i] - ROUND;
      float r = Math.fma(whole, -LN2_LOW, Math.fma(whole, -LN2_HIGH, x[i]));
      float p = Math.fma(0.00019917723f, r, 0.0013946394f);
      p = Math.fma(p, r, 0.008333266f);
      p = Math.fma(p, r, 0.041666266f);
      p = Math.fma(p, r, 0.16666667f);
      p = Math.fma(p, r, 0.5f);
      y[i] = Math.fma(p, r * r, r + 1f) * scale[i] * scale2[i];
    }
  }

  // ---- log: e ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)]

  static void log(float[] x, float[] y, int n) {
    int[] bits = bitsOf(x, 0, n);
    boolean special = hasSpecialLog(bits, n);
    float[] from = special ? kept(x, y, n) : x;
    logOfNormal(bits, y, n);
    for (int i = 0; i < n && special; i++) {
      if (!(from[i] >= Float.MIN_NORMAL && from[i] < Float.POSITIVE_INFINITY)) {
        y[i] = (float) Math.log(from[i]);
      }
    }
  }

  /** A copy where the result takes the argument's place. */
  private static float[] kept(float[] x, float[] y, int n) {
    if (x != y) {
      return x;
    }
    float[] copy = floats(5, n);
    System.arraycopy(x, 0, copy, 0, n);
    return copy;
  }

  /** Anything but a positive, finite, normal number. */
  static boolean hasSpecialLog(int[] bits, int n) {
    int any = 0;
    for (int i = 0; i < n; i++) {
      any |= (bits[i] - 0x00800000) | (0x7f7fffff - bits[i]);
    }
    return any < 0;
  }

  private static void logOfNormal(int[] bits, float[] y, int n) {
    int[] exponents = ints(1, n);
    float[] exponent = floats(0, n);
    float[] fraction = floats(1, n);
    split(bits, exponents, n);
    Raw.bits(bits, fraction, n);
    Raw.bits(exponents, exponent, n);
    logPolynomial(fraction, y, n);
    logFinish(exponent, fraction, y, y, n);
  }

  /**
   * Leaves the fraction's bits in place of the number's, and the exponent as the float ROUND + e.
   */
  private static void split(int[] bits, int[] exponents, int n) {
    for (int i = 0; i < n; i++) {
      int e = (bits[i] - 0x3f3504f3) >> 23;
      bits[i] -= e << 23;
      exponents[i] = e + 0x4b400000;
    }
  }

  private static void logPolynomial(float[] fraction, float[] polynomial, int n) {
    for (int i = 0; i < n; i++) {
      float f = fraction[i] - 1f;
      float p = Math.fma(0.06916141510009766f, f, -0.11791500449180603f);
      p = Math.fma(p, f, 0.11873552948236465f);
      p = Math.fma(p, f, -0.12384124845266342f);
      p = Math.fma(p, f, 0.14218555390834808f);
      p = Math.fma(p, f, -0.1666925847530365f);
      p = Math.fma(p, f, 0.20002231001853943f);
      p = Math.fma(p, f, -0.24999986588954926f);
      polynomial[i] = Math.fma(p, f, 0.3333331048488617f);
    }
  }

  private static void logFinish(
      float[] exponent, float[] fraction, float[] polynomial, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float e = exponent[i] - ROUND;
      float f = fraction[i] - 1f;
      float square = f * f;
      float tail = Math.fma(square * f, polynomial[i], Math.fma(-0.5f, square, e * LN2_LOW));
      y[i] = Math.fma(e, LN2_HIGH, f + tail);
    }
  }

  /** {@code log(1 + x)}: the logarithm of the rounded sum, and what the rounding lost. */
  static void log1p(float[] x, float[] y, int n) {
    float[] sum = floats(3, n);
    float[] lost = floats(4, n);
    log1pSum(x, sum, lost, n);
    int[] bits = bitsOf(sum, 0, n);
    boolean special = hasSpecialLog(bits, n);
    float[] from = kept(x, y, n);
    logOfNormal(bits, y, n);
    log1pFinish(from, lost, y, n);
    for (int i = 0; i < n && special; i++) {
      if (!(from[i] > -1 && from[i] < Float.POSITIVE_INFINITY)) {
        y[i] = (float) Math.log1p(from[i]);
      }
    }
  }

  private static void log1pSum(float[] x, float[] sum, float[] lost, int n) {
    for (int i = 0; i < n; i++) {
      float u = 1f + x[i];
      sum[i] = u;
      lost[i] = (x[i] - (u - 1f)) / u;
    }
  }

  /** Never more than the argument, which is also the result for -0. */
  private static void log1pFinish(float[] x, float[] lost, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(y[i] + lost[i], x[i]);
    }
  }

  static void add(float[] y, float[] x, int n) {
    for (int i = 0; i < n; i++) {
      y[i] += x[i];
    }
  }

  // ---- sin and cos: (-1)^k sin(r), |r| <= pi / 2, with pi in three parts

  private static final int BITS_OF_10000 = 0x461c4000;
  private static final float PI_1 = 0x1.92p1f;
  private static final float PI_2 = 0x1.fb4p-11f;
  private static final float PI_3 = 0x1.4442d18p-23f;

  static void sin(float[] x, float[] y, int n) {
    boolean huge = reaches(bitsOf(x, 0, n), BITS_OF_10000, n);
    float[] from = huge ? kept(x, y, n) : x;
    sinPass(x, y, n);
    for (int i = 0; i < n && huge; i++) {
      if (!(Math.abs(from[i]) < 10000f)) {
        y[i] = (float) Math.sin(from[i]);
      }
    }
  }

  private static void sinPass(float[] x, float[] y, int n) {
    float[] whole = floats(0, n);
    float[] rest = floats(1, n);
    sinTurns(x, whole, rest, n);
    sinOfRest(rest, whole, y, n);
  }

  private static void sinTurns(float[] x, float[] whole, float[] rest, int n) {
    for (int i = 0; i < n; i++) {
      float k = (x[i] * 0.31830988618f + ROUND) - ROUND;
      whole[i] = k;
      rest[i] = Math.fma(k, -PI_3, Math.fma(k, -PI_2, Math.fma(k, -PI_1, x[i])));
    }
  }

  private static void sinOfRest(float[] rest, float[] whole, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float k = whole[i];
      float odd = k - 2f * ((k * 0.5f + ROUND) - ROUND);
      float r = rest[i];
      float q = r * r;
      float p = Math.fma(-2.3895328e-8f, q, 2.7525862e-6f);
      p = Math.fma(p, q, -1.9840880e-4f);
      p = Math.fma(p, q, 0.008333331f);
      p = Math.fma(p, q, -0.16666667f);
      float sign = 1f - 2f * odd * odd;
      y[i] = sign * (r * Math.fma(p, q, 1f)); // a product, which keeps the sign of zero
    }
  }

  static void cos(float[] x, float[] y, int n) {
    boolean huge = reaches(bitsOf(x, 0, n), BITS_OF_10000, n);
    float[] from = huge ? kept(x, y, n) : x;
    cosPass(x, y, n);
    for (int i = 0; i < n && huge; i++) {
      if (!(Math.abs(from[i]) < 10000f)) {
        y[i] = (float) Math.cos(from[i]);
      }
    }
  }

  /** {@code cos(x) = (-1)^(k + 1) sin(x - (k + 1/2) pi)}. */
  private static void cosPass(float[] x, float[] y, int n) {
    float[] whole = floats(0, n);
    float[] rest = floats(1, n);
    cosTurns(x, whole, rest, n);
    sinOfRest(rest, whole, y, n);
  }

  private static void cosTurns(float[] x, float[] whole, float[] rest, int n) {
    for (int i = 0; i < n; i++) {
      float k = (x[i] * 0.31830988618f - 0.5f + ROUND) - ROUND;
      whole[i] = k;
      float t = k + 0.5f;
      rest[i] = -Math.fma(t, -PI_3, Math.fma(t, -PI_2, Math.fma(t, -PI_1, x[i])));
    }
  }

  // ---- tanh and erf: x P(x^2) / Q(x^2), up to where they are 1

  static void tanh(float[] x, float[] y, int n) {
    float[] v = floats(0, n);
    float[] numerator = floats(1, n);
    clamp(x, 9.02f, v, n);
    tanhNumerator(v, numerator, n);
    tanhDivide(v, numerator, y, n);
    clamp(y, 1f, y, n);
  }

  private static void clamp(float[] x, float limit, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = Math.min(Math.max(x[i], -limit), limit);
    }
  }

  private static void tanhNumerator(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float q = x[i] * x[i];
      float p = Math.fma(3.638335813e-11f, q, 1.1060026850e-7f);
      p = Math.fma(p, q, 4.2173815018e-5f);
      p = Math.fma(p, q, 0.0044220802374f);
      p = Math.fma(p, q, 0.1409630775452f);
      y[i] = x[i] * Math.fma(p, q, 1f);
    }
  }

  private static void tanhDivide(float[] x, float[] numerator, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float q = x[i] * x[i];
      float d = Math.fma(2.9297844151e-9f, q, 2.5945555535e-6f);
      d = Math.fma(d, q, 5.0008925609e-4f);
      d = Math.fma(d, q, 0.0291875526309f);
      d = Math.fma(d, q, 0.4742964208126f);
      y[i] = numerator[i] / Math.fma(d, q, 1f);
    }
  }

  static void erf(float[] x, float[] y, int n) {
    float[] v = floats(0, n);
    float[] numerator = floats(1, n);
    clamp(x, 3.93f, v, n);
    erfNumerator(v, numerator, n);
    erfDivide(v, numerator, y, n);
    clamp(y, 1f, y, n);
  }

  private static void erfNumerator(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float q = x[i] * x[i];
      float p = Math.fma(2.0259305984e-6f, q, 2.8468418168e-4f);
      p = Math.fma(p, q, 0.0038080154918f);
      p = Math.fma(p, q, 0.0528749935329f);
      p = Math.fma(p, q, 0.1915469616652f);
      y[i] = x[i] * Math.fma(p, q, 1.1283791065216f);
    }
  }

  private static void erfDivide(float[] x, float[] numerator, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      float q = x[i] * x[i];
      float d = Math.fma(3.7831847294e-5f, q, 0.0011706899386f);
      d = Math.fma(d, q, 0.0150547968224f);
      d = Math.fma(d, q, 0.1145582273603f);
      d = Math.fma(d, q, 0.5030867457390f);
      y[i] = numerator[i] / Math.fma(d, q, 1f);
    }
  }
}
