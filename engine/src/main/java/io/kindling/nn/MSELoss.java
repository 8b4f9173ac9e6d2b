package io.kindling.nn;

import io.kindling.tensor.Functional;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;

/** {@code (input - target)^2}; both of one shape. */
public class MSELoss extends Loss {
  private static final long serialVersionUID = 1L;

  /** The mean over all elements. */
  public MSELoss() {
    this(Reduction.MEAN);
  }

  public MSELoss(Reduction reduction) {
    super(reduction);
  }

  @Override
  public Tensor forward(Tensor input, Tensor target) {
    return Functional.mseLoss(input, target, reduction());
  }
}
