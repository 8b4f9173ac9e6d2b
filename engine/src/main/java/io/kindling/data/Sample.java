package io.kindling.data;

import io.kindling.core.Arguments;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;

/** An example, or a batch of them, and what a model should make of it. */
public record Sample(Tensor input, Tensor target) {
  public Sample {
    Arguments.notNull(input, "Sample", "input");
    Arguments.notNull(target, "Sample", "target");
  }

  /** Lets both tensors outlive {@code scope}; returns this. */
  public Sample keep(Scope scope) {
    input.keep(scope);
    target.keep(scope);
    return this;
  }
}
