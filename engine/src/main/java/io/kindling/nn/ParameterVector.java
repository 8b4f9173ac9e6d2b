package io.kindling.nn;

import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;
import java.util.Arrays;
import java.util.Collection;

/**
 * A module's parameters, gradients or buffers as one run of floats, in the order of {@link
 * Module#namedParameters} and {@link Module#namedBuffers}: the form in which they travel. All
 * parameters are in it, frozen ones too.
 */
public final class ParameterVector {
  private ParameterVector() {}

  /** How many elements all parameters have together. */
  public static int size(Module module) {
    return size(module.parameters());
  }

  /** Writes the parameters to {@code out}, of length {@link #size}. */
  public static void copyTo(Module module, float[] out) {
    copyTo(module.parameters(), out, "copyTo");
  }

  /** Overwrites the parameters with {@code values}, of length {@link #size}. */
  public static void copyFrom(Module module, float[] values) {
    copyFrom(module.parameters(), values, "copyFrom");
  }

  /** Writes the gradients to {@code out}; zeros where there is none. */
  public static void gradTo(Module module, float[] out) {
    Collection<Parameter> parameters = module.parameters();
    check(parameters, out, "gradTo");
    int at = 0;
    for (Parameter p : parameters) {
      int n = Math.toIntExact(p.numel());
      Tensor grad = p.grad();
      if (grad == null) {
        Arrays.fill(out, at, at + n, 0);
      } else {
        grad.copyTo(out, at);
      }
      at += n;
    }
  }

  /**
   * Makes {@code grad} the gradients of the parameters that ask for one; frozen parameters get
   * none. The gradients are new tensors, of the open scope if there is one.
   */
  public static void setGrad(Module module, float[] grad) {
    Collection<Parameter> parameters = module.parameters();
    check(parameters, grad, "setGrad");
    int at = 0;
    for (Parameter p : parameters) {
      if (p.requiresGrad()) {
        // Never over an old gradient: parameters that were added may share theirs.
        p.setGrad(p.newEmpty(p.shape()).copyFrom(grad, at));
      }
      at += Math.toIntExact(p.numel());
    }
  }

  /** How many elements all buffers have together. */
  public static int bufferSize(Module module) {
    return size(module.buffers());
  }

  /** Writes the buffers, converted to float, to {@code out}, of length {@link #bufferSize}. */
  public static void copyBuffersTo(Module module, float[] out) {
    copyTo(module.buffers(), out, "copyBuffersTo");
  }

  /** Overwrites the buffers with {@code values}, of length {@link #bufferSize}. */
  public static void copyBuffersFrom(Module module, float[] values) {
    copyFrom(module.buffers(), values, "copyBuffersFrom");
  }

  private static int size(Collection<? extends Tensor> tensors) {
    long size = 0;
    for (Tensor t : tensors) {
      size += t.numel();
    }
    if (size > Integer.MAX_VALUE) {
      throw new ShapeException(
          "ParameterVector: the module has " + size + " elements, more than an array can hold");
    }
    return (int) size;
  }

  private static void copyTo(Collection<? extends Tensor> tensors, float[] out, String what) {
    check(tensors, out, what);
    int at = 0;
    for (Tensor t : tensors) {
      t.copyTo(out, at);
      at += Math.toIntExact(t.numel());
    }
  }

  private static void copyFrom(Collection<? extends Tensor> tensors, float[] values, String what) {
    check(tensors, values, what);
    int at = 0;
    for (Tensor t : tensors) {
      t.detach().copyFrom(values, at);
      at += Math.toIntExact(t.numel());
    }
  }

  private static void check(Collection<? extends Tensor> tensors, float[] flat, String what) {
    int size = size(tensors);
    if (flat.length != size) {
      throw new ShapeException(
          "ParameterVector."
              + what
              + ": the module has "
              + size
              + " elements, got an array of "
              + flat.length
              + "; is it of another model?");
    }
  }
}
