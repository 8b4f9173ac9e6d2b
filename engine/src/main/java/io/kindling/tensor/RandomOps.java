package io.kindling.tensor;

import io.kindling.core.KindlingException;
import io.kindling.device.Backend.Distribution;

/** Fills with random numbers of the current {@link Generator}. */
final class RandomOps {
  private RandomOps() {}

  static Tensor uniform_(Tensor x, double from, double to) {
    if (from > to) {
      throw new KindlingException(
          "uniform_ expects to return a [from, to) range, but found from=" + from + " > to=" + to);
    }
    TypeRule.requireFloating("uniform_", x);
    return fill(Distribution.UNIFORM, x, from, to);
  }

  static Tensor normal_(Tensor x, double mean, double std) {
    if (std < 0) {
      throw new KindlingException("normal expects std >= 0.0, but found std " + std);
    }
    TypeRule.requireFloating("normal_", x);
    return fill(Distribution.NORMAL, x, mean, std);
  }

  static Tensor bernoulli_(Tensor x, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new KindlingException("bernoulli_ expects p to be in [0, 1], but got p=" + p);
    }
    return fill(Distribution.BERNOULLI, x, p, 0);
  }

  /** Integers from {@code [low, high)}. */
  static Tensor integers_(Tensor x, long low, long high) {
    if (low >= high) {
      throw new KindlingException(
          "random_ expects 'from' to be less than 'to', but got from=" + low + " >= to=" + high);
    }
    return fill(Distribution.INTEGERS, x, low, high);
  }

  private static Tensor fill(Distribution distribution, Tensor x, Number a, Number b) {
    x.checkInPlace(Autograd.records(x));
    Dispatch.write(
        distribution.name(),
        x,
        Autograd.NOTHING,
        backend -> backend.random(distribution, Generator.current(), x.strided(), a, b));
    return x;
  }
}
