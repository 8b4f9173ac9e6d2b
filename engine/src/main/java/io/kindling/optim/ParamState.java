package io.kindling.optim;

import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.Serializable;
import java.util.LinkedHashMap;

/** What an optimizer remembers of one parameter: how often it was updated, and named tensors. */
final class ParamState implements Serializable {
  private static final long serialVersionUID = 1L;

  long step;
  final LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * The tensor of this name, zeros of {@code p}'s layout at first, on its device. It outlives all
   * scopes.
   */
  Tensor get(String name, Tensor p) {
    Tensor value = tensors.get(name);
    if (value == null || !value.device().equals(p.device())) {
      try (Scope lasting = Scope.none()) {
        value = value == null ? Tensors.zerosLike(p) : value.to(p.device());
      }
      tensors.put(name, value);
    }
    return value;
  }

  boolean has(String name) {
    return tensors.containsKey(name);
  }
}
