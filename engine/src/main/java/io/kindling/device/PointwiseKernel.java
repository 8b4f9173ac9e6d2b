package io.kindling.device;

import org.jspecify.annotations.Nullable;

/**
 * A kernel that computes each element of its outputs from the elements at the same place of its
 * inputs. It sees dense heap arrays of one compute type only: broadcasting, strides and conversion
 * are the backend's work, and plain loops over arrays are what the JVM turns into vector code.
 *
 * @param name also the name by which a native library's faster form is looked up
 * @param f32 the loop for float32, or null where the kernel takes no floating point
 * @param f64 the loop for float64
 * @param i64 the loop for bool, uint8 and int64, or null where the kernel takes no integers
 */
public record PointwiseKernel(
    String name, @Nullable F32 f32, @Nullable F64 f64, @Nullable I64 i64) {

  /** {@code n} elements of each of {@code in} to {@code out}; {@code s} holds the scalars. */
  @FunctionalInterface
  public interface F32 {
    void run(float[][] in, float[][] out, int n, double[] s);
  }

  /** As {@link F32} in float64. */
  @FunctionalInterface
  public interface F64 {
    void run(double[][] in, double[][] out, int n, double[] s);
  }

  /** As {@link F32} in int64. */
  @FunctionalInterface
  public interface I64 {
    void run(long[][] in, long[][] out, int n, double[] s);
  }
}
