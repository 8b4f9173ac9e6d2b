package io.kindling.nn;

import io.kindling.core.DType;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/** Random matrices whose rows (or columns, if there are fewer of them) are orthonormal. */
final class Orthogonal {
  private Orthogonal() {}

  /** A float64 tensor of {@code shape}, orthogonal as a matrix {@code [shape[0], rest]}. */
  static Tensor rows(long... shape) {
    int rows = Math.toIntExact(shape[0]);
    int columns = 1;
    for (int d = 1; d < shape.length; d++) {
      columns = Math.toIntExact(Math.multiplyExact((long) columns, shape[d]));
    }
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    double[] vectors = Tensors.randn(DType.FLOAT64, count, length).toDoubleArray();
    orthonormalize(vectors, count, length);
    Tensor matrix = Tensors.fromArray(vectors, count, length);
    return (rows <= columns ? matrix : matrix.t()).reshape(shape);
  }

  /** Gram and Schmidt, each vector twice, which is enough for full precision. */
  private static void orthonormalize(double[] vectors, int count, int length) {
    for (int i = 0; i < count; i++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          subtract(vectors, i * length, j * length, length);
        }
      }
      double norm = Math.sqrt(dot(vectors, i * length, i * length, length));
      for (int k = 0; k < length; k++) {
        vectors[i * length + k] /= norm;
      }
    }
  }

  private static void subtract(double[] vectors, int from, int along, int length) {
    double share = dot(vectors, from, along, length);
    for (int k = 0; k < length; k++) {
      vectors[from + k] -= share * vectors[along + k];
    }
  }

  private static double dot(double[] vectors, int a, int b, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += vectors[a + k] * vectors[b + k];
    }
    return sum;
  }
}
