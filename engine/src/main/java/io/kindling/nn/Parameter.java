package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.tensor.Tensor;

/**
 * A tensor that a module trains: a leaf that asks for gradients and is found when it stands in a
 * field of a module. It shares the storage of the tensor it is made from, so make that outside of
 * any {@link io.kindling.device.Scope} that closes before the parameter's last use.
 */
public class Parameter extends Tensor {
  private static final long serialVersionUID = 1L;

  public Parameter(Tensor data) {
    this(data, true);
  }

  /**
   * A parameter that may be frozen.
   *
   * @throws io.kindling.core.AutogradException if gradients are asked for a type that is not
   *     floating point
   */
  public Parameter(Tensor data, boolean requiresGrad) {
    super(Arguments.notNull(data, "Parameter", "data"), requiresGrad);
  }

  @Override
  public String toString() {
    return "Parameter containing:\n" + super.toString();
  }
}
