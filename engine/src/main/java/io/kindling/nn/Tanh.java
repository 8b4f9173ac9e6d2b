package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** {@code tanh(x)}, elementwise. */
public class Tanh extends Layer {
  private static final long serialVersionUID = 1L;

  @Override
  protected Tensor compute(Tensor x) {
    return x.tanh();
  }
}
