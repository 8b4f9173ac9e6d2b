package io.kindling.nn;

import io.kindling.core.ShapeException;
import io.kindling.device.Scope;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * {@code x w^T + b}: {@code x [..., in] -> [..., out]} with {@code weight [out, in]} and {@code
 * bias [out]}, both uniform in ±{@code 1 / sqrt(in)} at first.
 */
public class Linear extends Layer {
  private static final long serialVersionUID = 1L;

  public Parameter weight;
  public @Nullable Parameter bias;

  private final int inFeatures;
  private final int outFeatures;

  public Linear(int inFeatures, int outFeatures) {
    this(inFeatures, outFeatures, true);
  }

  /**
   * A layer that may have no bias.
   *
   * @throws ShapeException for a negative size
   */
  public Linear(int inFeatures, int outFeatures, boolean bias) {
    if (inFeatures < 0 || outFeatures < 0) {
      throw new ShapeException(
          "Linear: expected sizes of 0 or more, got in_features="
              + inFeatures
              + ", out_features="
              + outFeatures);
    }
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    try (Scope lasting = Scope.none()) {
      this.weight = new Parameter(Tensors.empty(outFeatures, inFeatures));
      this.bias = bias ? new Parameter(Tensors.empty(outFeatures)) : null;
    }
    resetParameters();
  }

  /** Draws first values again. */
  public final void resetParameters() {
    Init.layerDefaults(weight, bias);
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.linear(x, weight, bias);
  }

  @Override
  protected String extraRepr() {
    return "in_features="
        + inFeatures
        + ", out_features="
        + outFeatures
        + ", bias="
        + ModuleFormat.bool(bias != null);
  }
}
