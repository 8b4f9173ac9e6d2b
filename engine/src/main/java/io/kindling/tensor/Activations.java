package io.kindling.tensor;

import io.kindling.core.Layout;
import io.kindling.device.Backend;

/**
 * The memory order of what windows move over. PyTorch answers in channels-last where an operand
 * lies so, else row-major; kernels of ours that run best on channels-last activations answer so in
 * any case. The difference shows only in strides: where nobody asked for channels-last, the output
 * lies so provisionally, pointwise operators hand that on, and the first view of it, or question
 * for its strides, moves the elements into row-major order in the same storage, for all tensors on
 * it.
 */
final class Activations {
  private Activations() {}

  /** Room for an output of windows over {@code like}. */
  static Tensor allocate(String asker, long[] shape, Tensor... like) {
    boolean asked = false;
    for (Tensor t : like) {
      asked |= t.layout().suggestsChannelsLast();
    }
    return allocate(asker, shape, asked, like);
  }

  /** As the other, where it is known whether an operand asked for channels-last. */
  static Tensor allocate(String asker, long[] shape, boolean asked, Tensor... like) {
    Backend backend = Backends.of(Dispatch.device(asker, like));
    Layout layout =
        asked || backend.prefersChannelsLast()
            ? Layout.channelsLast(shape).asProvisional(!asked)
            : Layout.contiguous(shape);
    return Tensor.allocate(like[0].device(), like[0].dtype(), layout, asker);
  }

  /** Room for the gradient of {@code x}, in its memory order. */
  static Tensor like(String asker, Tensor x) {
    return Tensor.allocate(x.device(), x.dtype(), x.layout().likeDense(), asker);
  }

  /** The layout of {@code x}, row-major now if it was provisional. */
  static Layout settled(Tensor x) {
    Layout layout = x.layout();
    if (layout.isProvisional()) {
      Tensor rows = x.newEmpty(layout.shape());
      Dispatch.run("contiguous", new Tensor[] {x}, b -> b.copy(rows.strided(), x.strided()));
      x.strided().storage().settle(rows.strided().storage());
    }
    return x.layout();
  }
}
