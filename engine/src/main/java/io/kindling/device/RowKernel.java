package io.kindling.device;

import org.jspecify.annotations.Nullable;

/**
 * A kernel over whole rows: each call sees one row of every input as a dense array and fills one
 * row of every output, of the same length or of length one, and the positions that it found.
 *
 * @param name also the name by which a native library's faster form is looked up
 * @param f32 the loop for float32, or null
 * @param f64 the loop for float64, or null
 * @param i64 the loop for bool, uint8 and int64, or null
 */
public record RowKernel(String name, @Nullable F32 f32, @Nullable F64 f64, @Nullable I64 i64) {

  /** One row of {@code n} elements; {@code index} takes int64 results (positions). */
  @FunctionalInterface
  public interface F32 {
    void run(float[][] in, float[][] out, long[] index, int n);
  }

  /** As {@link F32} in float64. */
  @FunctionalInterface
  public interface F64 {
    void run(double[][] in, double[][] out, long[] index, int n);
  }

  /** As {@link F32} in int64. */
  @FunctionalInterface
  public interface I64 {
    void run(long[][] in, long[][] out, long[] index, int n);
  }
}
