package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.RandomStream;
import java.util.function.DoubleSupplier;

/** Fills with random numbers of the current {@link Generator}. */
final class RandomOps {
  private RandomOps() {}

  static Tensor uniform_(Tensor x, double from, double to) {
    if (from > to) {
      throw new IllegalArgumentException(
          "uniform_ expects to return a [from, to) range, but found from=" + from + " > to=" + to);
    }
    requireFloating("uniform_", x);
    RandomStream r = Generator.current();
    return x.dtype() == DType.FLOAT64
        ? fill(x, () -> r.nextDouble() * (to - from) + from)
        : fill(x, () -> (float) (r.nextFloat() * (to - from) + from));
  }

  static Tensor normal_(Tensor x, double mean, double std) {
    if (std < 0) {
      throw new IllegalArgumentException("normal expects std >= 0.0, but found std " + std);
    }
    requireFloating("normal_", x);
    RandomStream r = Generator.current();
    return fill(x, () -> r.nextGaussian() * std + mean);
  }

  private static void requireFloating(String name, Tensor x) {
    if (!x.isFloatingPoint()) {
      throw new DTypeException(
          "\"" + name + "\" not implemented for '" + Tensor.typeWord(x.dtype()) + "'");
    }
  }

  static Tensor bernoulli_(Tensor x, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("bernoulli_ expects p to be in [0, 1], but got p=" + p);
    }
    RandomStream r = Generator.current();
    return fill(x, () -> r.nextFloat() < p ? 1 : 0);
  }

  /** Integers from {@code [low, high)}. */
  static Tensor integers_(Tensor x, long low, long high) {
    if (low >= high) {
      throw new IllegalArgumentException(
          "random_ expects 'from' to be less than 'to', but got from=" + low + " >= to=" + high);
    }
    RandomStream r = Generator.current();
    x.checkInPlace(Autograd.records(x));
    long[] values = new long[Math.toIntExact(x.numel())];
    for (int i = 0; i < values.length; i++) {
      values[i] = low + r.nextLong(high - low);
    }
    return x.copy_(Tensors.fromArray(values, x.shape()));
  }

  private static Tensor fill(Tensor x, DoubleSupplier draw) {
    x.checkInPlace(Autograd.records(x));
    int n = Math.toIntExact(x.numel());
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = draw.getAsDouble();
    }
    try (GradMode.Guard guard = GradMode.set(false)) {
      return x.copy_(Tensors.fromArray(values, x.shape()));
    }
  }
}
