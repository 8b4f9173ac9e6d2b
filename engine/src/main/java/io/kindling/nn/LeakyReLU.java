package io.kindling.nn;

import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;

/** {@code x} where positive, {@code negativeSlope x} elsewhere. */
public class LeakyReLU extends Layer {
  private static final long serialVersionUID = 1L;

  private final double negativeSlope;

  public LeakyReLU() {
    this(0.01);
  }

  public LeakyReLU(double negativeSlope) {
    this.negativeSlope = negativeSlope;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.leakyRelu(x, negativeSlope);
  }

  @Override
  protected String extraRepr() {
    return "negative_slope=" + negativeSlope;
  }
}
