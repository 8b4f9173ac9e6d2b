package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.Layout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The node of an operator of ours with one differentiable output. */
final class OpNode extends Node {

  /** A derivative: what was saved and the output's gradient give the inputs' gradients. */
  @FunctionalInterface
  interface Backward {
    @Nullable Tensor[] apply(OpNode node, Tensor grad);

    /** As {@link Node#makesOwnMemory}. */
    default boolean makesOwnMemory() {
      return true;
    }
  }

  private final Layout output;
  private final DType dtype;
  private final Backward backward;
  private @Nullable Tensor @Nullable [] saved;
  private final int[] versions;

  /** Where the output itself is among what was saved, or -1. */
  private final int outputAt;

  OpNode(
      String name, @Nullable Edge[] next, Tensor out, Backward backward, @Nullable Tensor[] saved) {
    super(name, nextSequence(), next);
    this.output = out.layout();
    this.dtype = out.dtype();
    this.backward = backward;
    this.saved = saved;
    this.versions = new int[saved.length];
    this.outputAt = Arrays.asList(saved).indexOf(out);
    for (int i = 0; i < saved.length; i++) {
      Tensor t = saved[i];
      versions[i] = t == null ? 0 : t.version();
    }
  }

  @Override
  boolean makesOwnMemory() {
    return backward.makesOwnMemory();
  }

  /**
   * A tensor saved by the forward.
   *
   * @throws AutogradException if the graph was freed or the tensor changed in place since
   */
  Tensor saved(int i) {
    if (saved == null) {
      throw new AutogradException(
          "Trying to backward through the graph a second time (or directly access saved tensors"
              + " after they have already been freed). Saved intermediate values of the graph are"
              + " freed when you call .backward() or autograd.grad(). Specify retain_graph=True if"
              + " you need to backward through the graph a second time or if you need to access"
              + " saved tensors after calling backward.");
    }
    Tensor t = java.util.Objects.requireNonNull(saved[i], name);
    if (t.version() != versions[i]) {
      throw modified(t, i);
    }
    return t;
  }

  private AutogradException modified(Tensor t, int i) {
    Node fn = t.gradFn();
    String producer = i == outputAt ? name : fn == null ? null : fn.name();
    return new AutogradException(
        "one of the variables needed for gradient computation has been modified by an inplace"
            + " operation: ["
            + t.typeName()
            + " "
            + io.kindling.core.Shapes.text(t.shape())
            + "]"
            + (producer == null ? "" : ", which is output 0 of " + producer + ",")
            + " is at version "
            + t.version()
            + "; expected version "
            + versions[i]
            + " instead. It was saved by "
            + name
            + ".");
  }

  @Override
  @Nullable Tensor[] apply(@Nullable Tensor[] grads) {
    Tensor grad = grads[0];
    if (grad == null) {
      return new Tensor[next.length];
    }
    return backward.apply(this, grad.dtype() == dtype ? grad : grad.to(dtype));
  }

  @Override
  long[] outputShape(int nr) {
    return output.shape();
  }

  @Override
  void release() {
    if (versions.length > 0) {
      saved = null;
    }
  }
}
