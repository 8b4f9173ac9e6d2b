package io.kindling.nn;

import io.kindling.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A function that a module calls when it runs; closing this removes it. */
public interface Hook extends AutoCloseable {
  /** Removes the hook; a second time does nothing. */
  @Override
  void close();

  /** Called before a module's forward. */
  @FunctionalInterface
  interface ForwardPre {
    /** The inputs to run with instead of {@code inputs}; null leaves them. */
    Tensor @Nullable [] before(Module module, Tensor[] inputs);
  }

  /** Called after the forward of a module that returns one tensor. */
  @FunctionalInterface
  interface Forward {
    /** What to return instead of {@code output}; null leaves it. */
    @Nullable Tensor after(Module module, Tensor[] inputs, Tensor output);
  }

  /** Called in the backward pass of a module that takes and returns one tensor. */
  @FunctionalInterface
  interface FullBackward {
    /**
     * The gradient to hand on instead of {@code gradInput}; null leaves it.
     *
     * @param gradInput of the module's input; null if that asks for no gradient
     * @param gradOutput of the module's output
     */
    @Nullable Tensor backward(Module module, @Nullable Tensor gradInput, Tensor gradOutput);
  }
}
