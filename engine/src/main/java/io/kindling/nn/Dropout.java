package io.kindling.nn;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;

/**
 * In training zeroes each element with probability p and scales the others by {@code 1 / (1 - p)};
 * in evaluation returns its input. Draws from the current {@link io.kindling.tensor.Generator}.
 */
public class Dropout extends Layer {
  private static final long serialVersionUID = 1L;

  private final double p;

  /** With a probability of 0.5. */
  public Dropout() {
    this(0.5);
  }

  /**
   * With a probability of {@code p}.
   *
   * @throws KindlingException if p is not in [0, 1]
   */
  public Dropout(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new KindlingException(
          "dropout probability has to be between 0 and 1, but got " + ModuleFormat.number(p));
    }
    this.p = p;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.dropout(x, p, isTraining());
  }

  @Override
  protected String extraRepr() {
    return "p=" + ModuleFormat.number(p) + ", inplace=False";
  }
}
