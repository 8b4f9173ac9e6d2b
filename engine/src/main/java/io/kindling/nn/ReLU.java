package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** {@code max(x, 0)}, elementwise. */
public class ReLU extends Layer {
  private static final long serialVersionUID = 1L;

  private final boolean inplace;

  public ReLU() {
    this(false);
  }

  /** With {@code inplace} the input is overwritten. */
  public ReLU(boolean inplace) {
    this.inplace = inplace;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return inplace ? x.relu_() : x.relu();
  }

  @Override
  protected String extraRepr() {
    return inplace ? "inplace=True" : "";
  }
}
