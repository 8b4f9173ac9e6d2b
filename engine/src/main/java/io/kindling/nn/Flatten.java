package io.kindling.nn;

import io.kindling.tensor.Tensor;

/** Merges dimensions: {@code x [N, C, H, W] -> [N, C H W]} by default. */
public class Flatten extends Layer {
  private static final long serialVersionUID = 1L;

  private final int startDim;
  private final int endDim;

  /** Keeps the first dimension, the batch. */
  public Flatten() {
    this(1, -1);
  }

  /** Merges {@code startDim} to {@code endDim}, both included; negative ones count from the end. */
  public Flatten(int startDim, int endDim) {
    this.startDim = startDim;
    this.endDim = endDim;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return x.flatten(startDim, endDim);
  }

  @Override
  protected String extraRepr() {
    return "start_dim=" + startDim + ", end_dim=" + endDim;
  }
}
