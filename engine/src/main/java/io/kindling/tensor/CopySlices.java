package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Device;
import org.jspecify.annotations.Nullable;

/**
 * The node of a base tensor after an in-place write through one of its views: the part of the
 * gradient under the view goes through the writing operator, the rest passes unchanged.
 */
final class CopySlices extends Node {
  private final Layout base;
  private final DType dtype;
  private final Device device;
  private final Layout view;
  private final Node written;

  CopySlices(Tensor base, Layout view, Node written) {
    super("CopySlices", nextSequence(), edges(base, written));
    this.base = base.layout();
    this.dtype = base.dtype();
    this.device = base.device();
    this.view = view;
    this.written = written;
  }

  private static @Nullable Edge[] edges(Tensor base, Node written) {
    @Nullable Edge[] out = written.next.clone();
    out[0] = base.edge();
    return out;
  }

  @Override
  long[] outputShape(int nr) {
    return base.shape();
  }

  @Override
  @Nullable Tensor[] apply(@Nullable Tensor[] grads) {
    Tensor g = grads[0];
    if (g == null) {
      return new Tensor[next.length];
    }
    Tensor whole = Autograd.zerosLaidOut(device, dtype, base).copy_(g);
    Tensor slice = whole.viewOf(view.withOffset(view.offset() - base.offset()));
    if (whole.requiresGrad()) {
      asStrided(whole, slice);
    }
    @Nullable Tensor[] out = written.apply(new Tensor[] {slice.clone_()});
    Tensor through = out[0];
    if (through == null) {
      slice.zero_();
    } else {
      slice.copy_(through);
    }
    out[0] = next[0] == null ? null : whole;
    return out;
  }

  @Override
  void release() {
    written.release();
  }

  /** Gives a view the history of its base, seen through the view's layout. */
  static void asStrided(Tensor base, Tensor view) {
    Layout whole = base.layout();
    Layout part = view.layout();
    Node.@Nullable Edge[] edges = {base.edge()};
    view.setHistory(
        new OpNode(
            "AsStridedBackward0",
            edges,
            view,
            (node, g) -> {
              Layout once = part.withOffset(part.offset() - whole.offset());
              Tensor sum = g;
              for (int d = 0; d < part.rank(); d++) {
                if (part.isRepeated(d)) {
                  sum = sum.sum(true, d);
                  once = once.narrow(d, 0, 1);
                }
              }
              Tensor out = Autograd.zerosLaidOut(g.device(), g.dtype(), whole);
              out.viewOf(once).copy_(sum);
              return new Tensor[] {out};
            },
            Autograd.NOTHING),
        0);
  }
}
