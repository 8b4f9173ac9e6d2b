package io.kindling.core;

import java.util.Arrays;

/** Arithmetic on shapes: counts, strides, broadcasting. */
public final class Shapes {
  /** Virtual machines differ in the last few. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private Shapes() {}

  /** The number of elements; 1 for a 0-D shape. */
  public static long numel(long... shape) {
    long n = 1;
    for (long s : shape) {
      if (s > 0 && n > Long.MAX_VALUE / s) {
        throw uncountable(shape);
      }
      n *= s;
    }
    return n;
  }

  /** Row-major strides, in elements. Like PyTorch, a zero-size dimension counts as one. */
  public static long[] contiguousStrides(long... shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int d = shape.length - 1; d >= 0; d--) {
      strides[d] = step;
      step = times(shape, step, Math.max(1, shape[d]));
    }
    return strides;
  }

  private static long times(long[] shape, long a, long b) {
    if (b != 0 && a > Long.MAX_VALUE / b) {
      throw uncountable(shape);
    }
    return a * b;
  }

  /**
   * {@code n} as the length of a Java array for elements of a tensor of this shape.
   *
   * @throws ShapeException where it is more than an array can have
   */
  public static int arrayLength(long n, long... shape) {
    if (n > LONGEST_ARRAY) {
      throw new ShapeException(
          n + " elements of shape " + text(shape) + " are more than an array can hold");
    }
    return (int) n;
  }

  private static ShapeException uncountable(long... shape) {
    return new ShapeException(
        "a tensor of shape " + text(shape) + " has more elements than can be counted");
  }

  /** Strides that put dimension 1 innermost: NCHW sizes stored as NHWC. Needs 4 dimensions. */
  public static long[] channelsLastStrides(long... shape) {
    long c = shape[1];
    long h = shape[2];
    long w = shape[3];
    long row = times(shape, w, c);
    return new long[] {times(shape, h, row), 1, row, c};
  }

  /**
   * The common shape of two operands.
   *
   * @throws ShapeException in PyTorch's words, naming the dimension that does not match
   */
  public static long[] broadcast(String operator, long[] a, long[] b) {
    if (Arrays.equals(a, b)) {
      return a;
    }
    int n = Math.max(a.length, b.length);
    long[] out = new long[n];
    for (int i = n - 1; i >= 0; i--) {
      int da = i - (n - a.length);
      int db = i - (n - b.length);
      long sa = da < 0 ? 1 : a[da];
      long sb = db < 0 ? 1 : b[db];
      if (sa != sb && sa != 1 && sb != 1) {
        throw new ShapeException(
            operator
                + ": The size of tensor a ("
                + sa
                + ") must match the size of tensor b ("
                + sb
                + ") at non-singleton dimension "
                + i
                + "; shapes "
                + text(a)
                + " and "
                + text(b));
      }
      out[i] = sa == 1 ? sb : sa;
    }
    return out;
  }

  /**
   * A dimension counted from the end when negative.
   *
   * @throws IndexException in PyTorch's words
   */
  public static int wrapDim(int dim, int rank) {
    int bound = Math.max(1, rank);
    if (dim < -bound || dim >= bound) {
      throw new IndexException(
          "Dimension out of range (expected to be in range of ["
              + -bound
              + ", "
              + (bound - 1)
              + "], but got "
              + dim
              + ")");
    }
    return dim < 0 ? dim + bound : dim;
  }

  /**
   * Fills in the one size that may be given as -1.
   *
   * @throws ShapeException where the sizes cannot hold {@code numel} elements
   */
  public static long[] infer(String operator, long numel, long... sizes) {
    int unknown = -1;
    long known = 1;
    for (int d = 0; d < sizes.length; d++) {
      if (sizes[d] == -1) {
        if (unknown >= 0) {
          throw new ShapeException(operator + ": only one dimension can be inferred");
        }
        unknown = d;
      } else if (sizes[d] < 0) {
        throw new ShapeException(operator + ": invalid shape dimension " + sizes[d]);
      } else {
        known = times(sizes, known, sizes[d]);
      }
    }
    long[] out = sizes.clone();
    if (unknown >= 0) {
      if (known == 0) {
        throw new ShapeException(
            operator
                + ": cannot reshape tensor of "
                + numel
                + " elements into shape "
                + text(sizes)
                + " because the unspecified dimension size -1 can be any value and is ambiguous");
      }
      if (numel % known == 0) {
        out[unknown] = numel / known;
        return out;
      }
    } else if (known == numel) {
      return out;
    }
    throw new ShapeException(
        operator + ": shape '" + text(sizes) + "' is invalid for input of size " + numel);
  }

  /** PyTorch's printed form of a shape: {@code [2, 3]}. */
  public static String text(long... shape) {
    return Arrays.toString(shape);
  }
}
