package io.kindling.device.cpu;

import java.util.Set;

/** {@link io.kindling.device.formula.MathFunction}s over arrays of float32. */
final class VectorMath {
  /** The functions that are called for a whole array and not for each element. */
  static final Set<String> NAMES =
      Set.of(
          "exp",
          "log",
          "log1p",
          "sin",
          "cos",
          "tanh",
          "erf",
          "pow",
          "floor",
          "sign",
          "floor_divide",
          "remainder");

  private VectorMath() {}

  static void exp(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.exp(x[i]);
    }
  }

  static void log(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.log(x[i]);
    }
  }

  static void log1p(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.log1p(x[i]);
    }
  }

  static void sin(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.sin(x[i]);
    }
  }

  static void cos(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.cos(x[i]);
    }
  }

  static void tanh(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.tanh(x[i]);
    }
  }

  static void erf(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Erf.erf(x[i]);
    }
  }

  static void floor(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) Math.floor(x[i]);
    }
  }

  static void sign(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) ScalarMath.sign(x[i]);
    }
  }

  static void pow(float[] x, float[] p, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) ScalarMath.pow(x[i], p[i]);
    }
  }

  static void remainder(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) ScalarMath.remainder(a[i], b[i]);
    }
  }

  static void floor_divide(float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = (float) ScalarMath.floor_divide(a[i], b[i]);
    }
  }
}
