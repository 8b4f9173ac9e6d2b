package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Device;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The node of an operator of ours. A derivative reads tensors through {@link #saved} only, so that
 * a change in place is noticed: none may stand in its closure, which a test sees to.
 */
final class OpNode extends Node {

  /** The derivative of an operator with one output: its gradient gives the inputs' gradients. */
  @FunctionalInterface
  interface Backward {
    @Nullable Tensor[] apply(OpNode node, Tensor grad);
  }

  /** The derivative of an operator with several outputs; a gradient that did not arrive is null. */
  @FunctionalInterface
  interface ManyBackward {
    @Nullable Tensor[] apply(OpNode node, @Nullable Tensor[] grads);

    /** As {@link Node#isUsers}. */
    default boolean isUsers() {
      return false;
    }
  }

  private final Layout[] layouts;
  private final DType[] dtypes;
  private final Device device;
  private final ManyBackward backward;
  private @Nullable Tensor @Nullable [] saved;
  private final int[] versions;

  /** For each saved tensor which output it is, or -1. */
  private final int[] outputAt;

  OpNode(
      String name, @Nullable Edge[] next, Tensor out, Backward backward, @Nullable Tensor[] saved) {
    this(
        name,
        next,
        new Tensor[] {out},
        (node, g) -> backward.apply(node, Objects.requireNonNull(g[0])),
        saved);
  }

  OpNode(
      String name,
      @Nullable Edge[] next,
      Tensor[] outputs,
      ManyBackward backward,
      @Nullable Tensor[] saved) {
    super(name, nextSequence(), next);
    this.layouts = new Layout[outputs.length];
    this.dtypes = new DType[outputs.length];
    this.device = outputs[0].device();
    for (int i = 0; i < outputs.length; i++) {
      layouts[i] = outputs[i].layout();
      dtypes[i] = outputs[i].dtype();
    }
    this.backward = backward;
    this.saved = saved;
    this.versions = new int[saved.length];
    this.outputAt = new int[saved.length];
    for (int i = 0; i < saved.length; i++) {
      Tensor t = saved[i];
      versions[i] = t == null ? 0 : t.version();
      outputAt[i] = t == null ? -1 : Arrays.asList(outputs).indexOf(t);
      if (t != null && !t.isWrappedNumber()) {
        t.strided().storage().hold();
      }
    }
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
    Tensor t = Objects.requireNonNull(saved[i], name);
    if (t.version() != versions[i]) {
      throw modified(t, i);
    }
    return t;
  }

  private AutogradException modified(Tensor t, int i) {
    Edge made = t.isLeaf() ? null : t.edge();
    int nr = outputAt[i] >= 0 ? outputAt[i] : made == null ? 0 : made.nr();
    String producer = outputAt[i] >= 0 ? name : made == null ? null : made.node().name();
    return new AutogradException(
        "one of the variables needed for gradient computation has been modified by an inplace"
            + " operation: ["
            + t.typeName()
            + " "
            + io.kindling.core.Shapes.text(t.shape())
            + "]"
            + (producer == null ? "" : ", which is output " + nr + " of " + producer + ",")
            + " is at version "
            + t.version()
            + "; expected version "
            + versions[i]
            + " instead. It was saved by "
            + name
            + ".");
  }

  /** For a test of what it captured. */
  Object derivative() {
    return backward;
  }

  @Override
  boolean isUsers() {
    return backward.isUsers();
  }

  @Override
  int outputs() {
    return layouts.length;
  }

  @Override
  @Nullable Tensor[] apply(@Nullable Tensor[] grads) {
    @Nullable Tensor[] typed = new Tensor[grads.length];
    boolean any = false;
    for (int i = 0; i < grads.length; i++) {
      Tensor g = grads[i];
      typed[i] = g == null ? null : g.to(device, dtypes[i]);
      any |= g != null;
    }
    return any ? backward.apply(this, typed) : new Tensor[next.length];
  }

  /** The type of the first output. */
  DType dtype() {
    return dtypes[0];
  }

  /** Of all outputs. */
  @Override
  Device device() {
    return device;
  }

  /** A gradient that did not arrive, as zeros. */
  Tensor zeros(int nr) {
    return Tensors.zeros(dtypes[nr], device, layouts[nr].shape());
  }

  @Override
  long[] outputShape(int nr) {
    return layouts[nr].shape();
  }

  @Override
  void release() {
    @Nullable Tensor[] held = saved;
    for (int i = 0; held != null && i < held.length; i++) {
      Tensor t = held[i];
      if (t != null && !t.isWrappedNumber()) { // numbers stay, as in PyTorch
        saved = null;
        t.strided().storage().letGo();
      }
    }
  }
}
