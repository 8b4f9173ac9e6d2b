package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;

/** How far a model's output is from what it should be. */
public abstract class Loss extends Module {
  private static final long serialVersionUID = 1L;

  private final Reduction reduction;

  /** With what becomes of the losses of single examples. */
  protected Loss(Reduction reduction) {
    this.reduction = Arguments.notNull(reduction, typeName(), "reduction");
  }

  /** The loss of {@code input} against {@code target}: a 0-D tensor unless it is not reduced. */
  public abstract Tensor forward(Tensor input, Tensor target);

  public final Reduction reduction() {
    return reduction;
  }

  /** Not for a loss, which needs a target. */
  @Override
  public final Tensor forward(Tensor x) {
    throw new KindlingException(
        typeName() + ": a loss takes an input and a target: forward(input, target)");
  }
}
