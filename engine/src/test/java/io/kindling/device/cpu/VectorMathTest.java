package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Functions over arrays of float32")
class VectorMathTest {
  private static final int N = 4096;

  private static final float[] EDGES = {
    0f,
    -0f,
    1f,
    -1f,
    0.5f,
    -0.5f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    88.72f,
    88.73f,
    -87.4f,
    -103.9f,
    -104.1f,
    1e10f,
    -1e10f,
    4194303.5f,
    -4194304.5f,
    8388609f,
    2.5f,
    -2.5f,
    1.0000001f,
    0.99999994f
  };

  private interface One {
    void run(float[] x, float[] y, int n);
  }

  private interface Two {
    void run(float[] a, float[] b, float[] y, int n);
  }

  private static float[] sample(int seed, double scale, boolean edges) {
    Random random = new Random(seed);
    float[] x = new float[N];
    for (int i = 0; i < N; i++) {
      boolean edge = edges && random.nextInt(8) == 0;
      x[i] =
          edge
              ? EDGES[random.nextInt(EDGES.length)]
              : (float) (random.nextGaussian() * Math.pow(scale, random.nextInt(4) - 2));
    }
    return x;
  }

  private static void check(String what, double exact, float got, double units) {
    float rounded = (float) exact;
    boolean same = Float.compare(rounded, got) == 0 || rounded == got;
    double slack = units * Math.max(Math.ulp(rounded), Float.MIN_VALUE);
    boolean close = Math.abs(exact - got) <= slack && Float.isFinite(rounded);
    assertTrue(same || close, what + ": expected " + rounded + " but got " + got);
  }

  private static void one(String name, One f, DoubleUnaryOperator exact, double units) {
    for (double scale : new double[] {1.5, 10, 1000}) {
      for (boolean edges : new boolean[] {false, true}) {
        float[] x = sample(3, scale, edges);
        float[] y = new float[N];
        float[] inPlace = x.clone();
        f.run(x, y, N);
        f.run(inPlace, inPlace, N);
        for (int i = 0; i < N; i++) {
          check(name + "(" + x[i] + ")", exact.applyAsDouble(x[i]), y[i], units);
          assertEquals(y[i], inPlace[i], name + " in place");
        }
      }
    }
  }

  private static void two(String name, Two f, DoubleBinaryOperator exact, double units) {
    for (double scale : new double[] {1.5, 10, 1000}) {
      for (boolean edges : new boolean[] {false, true}) {
        float[] a = sample(4, scale, edges);
        float[] b = sample(5, scale, edges);
        if (name.equals("pow") && !edges) {
          for (int i = 0; i < N; i++) {
            a[i] = Math.abs(a[i]);
          }
        }
        float[] y = new float[N];
        f.run(a, b, y, N);
        for (int i = 0; i < N; i++) {
          String what = name + "(" + a[i] + ", " + b[i] + ")";
          check(what, exact.applyAsDouble(a[i], b[i]), y[i], units);
        }
      }
    }
  }

  @Test
  @DisplayName("T15 are within four units in the last place, at the edges too, and work in place")
  void ofOne() {
    one("exp", VectorMath::exp, Math::exp, 2);
    one("log", VectorMath::log, Math::log, 2);
    one("log1p", VectorMath::log1p, Math::log1p, 2.5);
    one("tanh", VectorMath::tanh, Math::tanh, 4);
    one("erf", VectorMath::erf, Erf::erf, 4);
    one("floor", VectorRounding::floor, Math::floor, 0);
    one("sign", VectorRounding::sign, ScalarMath::sign, 0);
  }

  @Test
  @DisplayName("T15 sin and cos are as near as one unit of their largest value")
  void periodic() {
    for (double scale : new double[] {1.5, 10, 100}) {
      float[] x = sample(6, scale, scale == 100);
      float[] sin = new float[N];
      float[] cos = new float[N];
      VectorMath.sin(x, sin, N);
      VectorMath.cos(x, cos, N);
      for (int i = 0; i < N; i++) {
        float s = (float) Math.sin(x[i]);
        float c = (float) Math.cos(x[i]);
        boolean fits = Float.isNaN(s) ? Float.isNaN(sin[i]) : Math.abs(s - sin[i]) <= 1.3e-7;
        assertTrue(fits, "sin(" + x[i] + "): " + s + " and " + sin[i]);
        fits = Float.isNaN(c) ? Float.isNaN(cos[i]) : Math.abs(c - cos[i]) <= 1.3e-7;
        assertTrue(fits, "cos(" + x[i] + "): " + c + " and " + cos[i]);
      }
    }
  }

  @Test
  @DisplayName("T15 powers, remainders and rounded quotients of two arrays")
  void ofTwo() {
    two("pow", VectorPow::pow, ScalarMath::pow, 1);
    two("remainder", VectorRounding::remainder, VectorMathTest::remainder, 1);
    two("floor_divide", VectorRounding::floor_divide, VectorMathTest::floorDivide, 0);
  }

  private static double remainder(double a, double b) {
    return ScalarMath.remainder(a, b);
  }

  /** As PyTorch, which divides in float32. */
  private static double floorDivide(double a, double b) {
    return (float) ScalarMath.floor_divide(a, b);
  }
}
