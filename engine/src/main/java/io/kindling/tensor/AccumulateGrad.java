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
    Tensor g = grads[0];
    if (g != null) {
      Tensor old = leaf.grad();
      if (old == null) {
        leaf.setGrad(GradMode.isEnabled() ? g : g.detach());
      } else {
        leaf.setGrad(old.add(g));
      }
    }
    return NONE_TENSORS;
  }

  private static final Tensor[] NONE_TENSORS = {};
}
