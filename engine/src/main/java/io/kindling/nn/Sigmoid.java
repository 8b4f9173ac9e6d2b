package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** {@code 1 / (1 + exp(-x))}, elementwise. */
public class Sigmoid extends Layer {
  private static final long serialVersionUID = 1L;

  @Override
  protected Tensor compute(Tensor x) {
    return x.sigmoid();
  }
}
