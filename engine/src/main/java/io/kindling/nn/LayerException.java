package io.kindling.nn;

import io.kindling.core.KindlingException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An input that a layer cannot take. The message names the layer, by its path in the model where
 * that is known, and says what the operator said: {@code fc1 (Linear(in_features=784,
 * out_features=512, bias=True)): ...}. The operator's own exception is the cause.
 */
public final class LayerException extends KindlingException {
  private static final long serialVersionUID = 1L;

  // Not sent with the exception: a layer may be large, and the message says all.
  private final transient @Nullable Module layer;

  LayerException(Module layer, KindlingException cause) {
    this(layer, title(layer), cause);
  }

  private LayerException(Module layer, String title, Throwable cause) {
    super(title + ": " + cause.getMessage(), cause);
    this.layer = layer;
  }

  /** The layer that failed; null after the exception was sent to another process. */
  public @Nullable Module layer() {
    return layer;
  }

  /**
   * The same failure with the layer's path in {@code root}; this exception where the layer is not
   * part of it. {@link Module#call(Tensor)} does it by itself.
   */
  public LayerException namedIn(Module root) {
    Module failed = layer;
    if (failed == null || failed == root) {
      return this;
    }
    for (Map.Entry<String, Module> entry : root.namedModules().entrySet()) {
      if (entry.getValue() == failed) {
        String title = entry.getKey() + " (" + title(failed) + ")";
        return new LayerException(failed, title, Objects.requireNonNull(getCause()));
      }
    }
    return this;
  }

  /** A layer as it prints; what holds other layers by its type only, to keep it to one line. */
  private static String title(Module layer) {
    return layer.children().isEmpty() ? layer.toString() : layer.typeName();
  }
}
