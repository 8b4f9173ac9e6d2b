package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.device.Scope;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Normalises each example over its last dimensions: {@code x [..., *normalizedShape]}, with weight
 * and bias of that shape.
 */
public class LayerNorm extends Layer {
  private static final long serialVersionUID = 1L;

  public @Nullable Parameter weight;
  public @Nullable Parameter bias;

  private final long[] shape;
  private final double eps;

  public LayerNorm(long... normalizedShape) {
    this(normalizedShape, 1e-5, true, true);
  }

  /**
   * A layer norm with options.
   *
   * @param eps added to the variance
   * @param affine whether there is a weight
   * @param bias whether there is a bias beside the weight
   * @throws KindlingException for no dimension
   */
  public LayerNorm(long[] normalizedShape, double eps, boolean affine, boolean bias) {
    Arguments.notNull(normalizedShape, "LayerNorm", "normalized_shape");
    if (normalizedShape.length == 0) {
      throw new KindlingException(
          "LayerNorm: expected normalized_shape to have at least one dimension");
    }
    this.shape = normalizedShape.clone();
    this.eps = eps;
    try (Scope lasting = Scope.none()) {
      this.weight = affine ? new Parameter(Tensors.ones(shape)) : null;
      this.bias = affine && bias ? new Parameter(Tensors.zeros(shape)) : null;
    }
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.layerNorm(x, shape, weight, bias, eps);
  }

  @Override
  protected String extraRepr() {
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "("
        + sizes
        + (shape.length == 1 ? ",)" : ")")
        + ", eps="
        + ModuleFormat.number(eps)
        + ", elementwise_affine="
        + ModuleFormat.bool(weight != null);
  }
}
