package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** {@code x - log(sum(exp(x)))} along one dimension; the shape stays. */
public class LogSoftmax extends Layer {
  private static final long serialVersionUID = 1L;

  private final int dim;

  /** Along {@code dim}; negative counts from the end. */
  public LogSoftmax(int dim) {
    this.dim = dim;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return x.logSoftmax(dim);
  }

  @Override
  protected String extraRepr() {
    return "dim=" + dim;
  }
}
