package io.kindling.nn;

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
    return Calls.run(this, x, this::compute);
  }
}
