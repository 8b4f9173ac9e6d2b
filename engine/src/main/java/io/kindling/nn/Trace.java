package io.kindling.nn;

import io.kindling.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tells a listener of this thread what each layer returns; there is one only during a summary. */
final class Trace {
  private static final ThreadLocal<@Nullable Listener> CURRENT = new ThreadLocal<>();

  private Trace() {}

  /** Hears of each forward, inner modules first. */
  @FunctionalInterface
  interface Listener {
    void returned(Module module, Tensor output);
  }

  static void returned(Module module, Tensor output) {
    Listener listener = CURRENT.get();
    if (listener != null) {
      listener.returned(module, output);
    }
  }

  /** Runs {@code body} with a listener. */
  static void listen(Listener listener, Runnable body) {
    Listener before = CURRENT.get();
    CURRENT.set(listener);
    try {
      body.run();
    } finally {
      CURRENT.set(before);
    }
  }
}
