package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** {@code exp(x) / sum(exp(x))} along one dimension; the shape stays. */
public class Softmax extends Layer {
  private static final long serialVersionUID = 1L;

  private final int dim;

  /** Along {@code dim}; negative counts from the end. */
  public Softmax(int dim) {
    this.dim = dim;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return x.softmax(dim);
  }

  @Override
  protected String extraRepr() {
    return "dim=" + dim;
  }
}
