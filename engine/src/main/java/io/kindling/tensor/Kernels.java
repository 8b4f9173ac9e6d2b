package io.kindling.tensor;

import io.kindling.device.PointwiseKernel;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes kernels from scalar functions, for operators whose function costs more than the call. A hot
 * operator spells out its loops, because only a loop of its own becomes vector code.
 */
final class Kernels {
  private Kernels() {}

  /** A floating-point kernel of one input; float32 is computed in double and rounded once. */
  static PointwiseKernel unary(String name, DoubleUnaryOperator f) {
    return unary(name, f, null);
  }

  /** As {@link #unary(String, DoubleUnaryOperator)}, with a loop for integers. */
  static PointwiseKernel unary(
      String name, DoubleUnaryOperator f, PointwiseKernel.@Nullable I64 integers) {
    return new PointwiseKernel(
        name,
        (x, y, n, s) -> {
          float[] a = x[0];
          float[] o = y[0];
          for (int i = 0; i < n; i++) {
            o[i] = (float) f.applyAsDouble(a[i]);
          }
        },
        (x, y, n, s) -> {
          double[] a = x[0];
          double[] o = y[0];
          for (int i = 0; i < n; i++) {
            o[i] = f.applyAsDouble(a[i]);
          }
        },
        integers);
  }

  /** A floating-point kernel of two inputs; float32 is computed in double and rounded once. */
  static PointwiseKernel binary(String name, DoubleBinaryOperator f, PointwiseKernel.I64 integers) {
    return new PointwiseKernel(
        name,
        (x, y, n, s) -> {
          float[] a = x[0];
          float[] b = x[1];
          float[] o = y[0];
          for (int i = 0; i < n; i++) {
            o[i] = (float) f.applyAsDouble(a[i], b[i]);
          }
        },
        (x, y, n, s) -> {
          double[] a = x[0];
          double[] b = x[1];
          double[] o = y[0];
          for (int i = 0; i < n; i++) {
            o[i] = f.applyAsDouble(a[i], b[i]);
          }
        },
        integers);
  }
}
