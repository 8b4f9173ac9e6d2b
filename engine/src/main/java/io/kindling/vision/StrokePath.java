package io.kindling.vision;

import java.util.Arrays;

/** Line segments in the order they are drawn, with the geometry that placing them needs. */
final class StrokePath {
  private static final int STEPS = 8;
  private static final int INITIAL_SEGMENTS = 128;

  // x0, y0, x1, y1 of each segment.
  private double[] ends = new double[4 * INITIAL_SEGMENTS];
  private int size;

  int segments() {
    return size / 4;
  }

  double[] ends() {
    return ends;
  }

  /** Adds a Catmull-Rom curve through the points x, y, x, y…; a doubled point is a corner. */
  void addCurve(double[] points) {
    int last = points.length / 2 - 1;
    for (int i = 0; i < last; i++) {
      double x = points[2 * i];
      double y = points[2 * i + 1];
      for (int step = 1; step <= STEPS; step++) {
        double t = (double) step / STEPS;
        double nextX = curve(points, i, last, 0, t);
        double nextY = curve(points, i, last, 1, t);
        if (nextX != x || nextY != y) {
          add(x, y, nextX, nextY);
        }
        x = nextX;
        y = nextY;
      }
    }
  }

  /** Maps every point to x' = xx x + xy y + x0, y' = yx x + yy y + y0. */
  void transform(double xx, double xy, double yx, double yy, double x0, double y0) {
    for (int i = 0; i < size; i += 2) {
      double x = ends[i];
      double y = ends[i + 1];
      ends[i] = xx * x + xy * y + x0;
      ends[i + 1] = yx * x + yy * y + y0;
    }
  }

  /** The larger side of the box around the path. */
  double extent() {
    return Math.max(side(0), side(1));
  }

  /** The mean of the path along one axis (0: x, 1: y), each segment weighted by its length. */
  double centre(int axis) {
    double weights = 0;
    double moments = 0;
    for (int i = 0; i < size; i += 4) {
      double dx = ends[i + 2] - ends[i];
      double dy = ends[i + 3] - ends[i + 1];
      double length = Math.sqrt(dx * dx + dy * dy);
      weights += length;
      moments += length * (ends[i + axis] + ends[i + 2 + axis]) / 2;
    }
    return moments / weights;
  }

  private double side(int axis) {
    double low = Double.MAX_VALUE;
    double high = -Double.MAX_VALUE;
    for (int i = axis; i < size; i += 2) {
      low = Math.min(low, ends[i]);
      high = Math.max(high, ends[i]);
    }
    return high - low;
  }

  private void add(double x0, double y0, double x1, double y1) {
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
    }
    ends[size++] = x0;
    ends[size++] = y0;
    ends[size++] = x1;
    ends[size++] = y1;
  }

  private static double curve(double[] points, int i, int last, int axis, double t) {
    double p0 = points[2 * Math.max(i - 1, 0) + axis];
    double p1 = points[2 * i + axis];
    double p2 = points[2 * (i + 1) + axis];
    double p3 = points[2 * Math.min(i + 2, last) + axis];
    double linear = p2 - p0;
    double square = 2 * p0 - 5 * p1 + 4 * p2 - p3;
    double cube = 3 * (p1 - p2) + p3 - p0;
    return p1 + 0.5 * t * (linear + t * (square + t * cube));
  }
}
