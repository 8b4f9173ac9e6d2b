package io.kindling.tensor;

import org.jspecify.annotations.Nullable;

/** The end of every path: adds the arriving gradient to a leaf's {@code grad}. */
final class AccumulateGrad extends Node {
  private static final Edge[] NONE = {};
  final Tensor leaf;

  AccumulateGrad(Tensor leaf) {
    super("AccumulateGrad", Long.MAX_VALUE, NONE);
    this.leaf = leaf;
  }

  @Override
  long[] outputShape(int nr) {
    return leaf.shape();
  }

  @Override
  @Nullable Tensor[] apply(@Nullable Tensor[] grads) {
    return apply(grads, new boolean[1]);
  }

  @Override
  @Nullable Tensor[] apply(@Nullable Tensor[] grads, boolean[] owned) {
    Tensor g = grads[0];
    if (g != null) {
      accumulate(g, owned[0]);
    }
    return Autograd.NOTHING;
  }

  /** Adds to the leaf's gradient, in place where nothing is recorded. */
  private void accumulate(Tensor g, boolean owned) {
    Tensor old = leaf.grad();
    boolean recorded = GradMode.isEnabled();
    if (old == null) {
      Tensor own = owned && g.layout().isDense() ? g : g.clone_();
      leaf.setGrad(recorded ? own : own.detach());
    } else if (recorded || old.dtype() != g.dtype()) {
      leaf.setGrad(old.add(g));
    } else {
      old.detach().add_(g);
    }
  }
}
