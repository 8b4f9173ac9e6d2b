package io.kindling.device.cpu;

/** The functions of a formula that see a whole row. The order of a sum is fixed by the length. */
final class VectorRows {
  /** Sums side by side, so that one addition need not wait for another. */
  private static final int SIDES = 8;

  private VectorRows() {}

  private static double sum(float[] x, int n) {
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    int i = 0;
    for (; i + SIDES <= n; i += SIDES) {
      s0 += x[i];
      s1 += x[i + 1];
      s2 += x[i + 2];
      s3 += x[i + 3];
      s4 += x[i + 4];
      s5 += x[i + 5];
      s6 += x[i + 6];
      s7 += x[i + 7];
    }
    double sum = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    for (; i < n; i++) {
      sum += x[i];
    }
    return sum;
  }

  static float rowsum(float[] x, int n) {
    return (float) sum(x, n);
  }

  static double rowsum(double[] x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[i];
    }
    return sum;
  }

  static long rowsum(long[] x, int n) {
    long sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[i];
    }
    return sum;
  }

  static float rowlogsum(float[] x, int n) {
    return (float) Math.log(sum(x, n));
  }

  static double rowlogsum(double[] x, int n) {
    return Math.log(rowsum(x, n));
  }

  static float rowmax(float[] x, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  static double rowmax(double[] x, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  static long rowmax(long[] x, int n) {
    long max = Long.MIN_VALUE;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  /** In double; four elements wait for one addition and not for four. */
  static void cumsum(float[] x, float[] y, int n) {
    double sum = 0;
    int i = 0;
    for (; i + 3 < n; i += 4) {
      double a = x[i];
      double b = a + x[i + 1];
      double c = x[i + 2];
      double d = c + x[i + 3];
      y[i] = (float) (sum + a);
      y[i + 1] = (float) (sum + b);
      y[i + 2] = (float) (sum + (b + c));
      sum += b + d;
      y[i + 3] = (float) sum;
    }
    for (; i < n; i++) {
      sum += x[i];
      y[i] = (float) sum;
    }
  }

  static void cumsum(double[] x, double[] y, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[i];
      y[i] = sum;
    }
  }

  static void cumsum(long[] x, long[] y, int n) {
    long sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[i];
      y[i] = sum;
    }
  }

  static void cumsum_reversed(float[] x, float[] y, int n) {
    double sum = 0;
    for (int i = n - 1; i >= 0; i--) {
      sum += x[i];
      y[i] = (float) sum;
    }
  }

  static void cumsum_reversed(double[] x, double[] y, int n) {
    double sum = 0;
    for (int i = n - 1; i >= 0; i--) {
      sum += x[i];
      y[i] = sum;
    }
  }

  static void cumsum_reversed(long[] x, long[] y, int n) {
    long sum = 0;
    for (int i = n - 1; i >= 0; i--) {
      sum += x[i];
      y[i] = sum;
    }
  }

  /** The first of the largest, or of the smallest; a NaN comes before all. */
  static int position(float[] x, int n, boolean largest) {
    int best = 0;
    for (int i = 1; i < n && !Float.isNaN(x[best]); i++) {
      boolean better = largest ? x[i] > x[best] : x[i] < x[best];
      if (better || Float.isNaN(x[i])) {
        best = i;
      }
    }
    return best;
  }

  static int position(double[] x, int n, boolean largest) {
    int best = 0;
    for (int i = 1; i < n && !Double.isNaN(x[best]); i++) {
      boolean better = largest ? x[i] > x[best] : x[i] < x[best];
      if (better || Double.isNaN(x[i])) {
        best = i;
      }
    }
    return best;
  }

  static int position(long[] x, int n, boolean largest) {
    int best = 0;
    for (int i = 1; i < n; i++) {
      boolean better = largest ? x[i] > x[best] : x[i] < x[best];
      best = better ? i : best;
    }
    return best;
  }
}
