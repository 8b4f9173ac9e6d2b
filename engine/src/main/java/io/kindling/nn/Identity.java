package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** Returns its input: {@code x -> x}. Put it where a layer is to be left out. */
public class Identity extends Layer {
  private static final long serialVersionUID = 1L;

  @Override
  protected Tensor compute(Tensor x) {
    return x;
  }
}
