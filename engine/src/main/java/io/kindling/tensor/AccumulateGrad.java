package io.kindling.tensor;

import io.kindling.core.Layout;
import io.kindling.device.Device;
import io.kindling.device.Storage;
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
  Device device() {
    return leaf.device();
  }

  @Override
  @Nullable Tensor[] apply(@Nullable Tensor[] grads) {
    Tensor g = grads[0];
    if (g != null) {
      accumulate(g.to(leaf.device()));
    }
    return Autograd.NOTHING;
  }

  /** Adds to the leaf's gradient, in place where nothing is recorded. */
  private void accumulate(Tensor g) {
    Tensor old = leaf.grad();
    boolean recorded = GradMode.isEnabled();
    if (old == null) {
      Tensor own = own(g);
      leaf.setGrad(recorded ? own : own.detach());
    } else if (recorded || old.dtype() != g.dtype()) {
      leaf.setGrad(old.add(g));
    } else {
      old.detach().add_(g);
    }
  }

  /** In memory of its own, laid out as the leaf; what nobody else holds is taken over. */
  private Tensor own(Tensor g) {
    Layout layout = leaf.layout().likeDense();
    Storage storage = g.strided().storage();
    if (!storage.isHeldAlone() || !g.layout().sameOrder(layout)) {
      return ViewOps.copyOf(g, layout);
    }
    storage.reclaim();
    if (!layout.isProvisional()) {
      g.setLayout(g.layout().asProvisional(false)); // the order that the leaf has stays
    }
    return g;
  }
}
