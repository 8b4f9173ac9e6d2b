package io.kindling.bench;

import java.util.Arrays;

/** Measured values: what is typical, and how far they spread. */
final class Samples {
  private final double[] sorted;

  Samples(double... values) {
    sorted = values.clone();
    Arrays.sort(sorted);
  }

  double median() {
    return quantile(0.5);
  }

  double min() {
    return sorted[0];
  }

  /** Between the neighbours in proportion. */
  double quantile(double q) {
    double place = q * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
