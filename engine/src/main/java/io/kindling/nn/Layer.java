package io.kindling.nn;

import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;

/**
 * A module of one operator. Its errors name the layer, and a {@link Summary} sees its output. Write
 * {@link #compute}; callers call {@link #forward}.
 */
public abstract class Layer extends Module {
  private static final long serialVersionUID = 1L;

  /** What the layer does with its input. */
  protected abstract Tensor compute(Tensor x);

  /**
   * Runs {@link #compute}.
   *
   * @throws LayerException if the input's shape or type does not fit
   */
  @Override
  public Tensor forward(Tensor x) {
    Tensor out;
    try {
      out = compute(x);
    } catch (ShapeException | DTypeException | IndexException e) {
      throw new LayerException(this, e);
    }
    Trace.returned(this, out);
    return out;
  }
}
