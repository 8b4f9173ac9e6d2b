package io.kindling.tensor;

import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joining tensors. */
final class JoinOps {
  private JoinOps() {}

  static Tensor cat(List<Tensor> tensors, int dim) {
    Tensor[] in = tensors.toArray(new Tensor[0]);
    Tensor first = first(in);
    int d = Shapes.wrapDim(dim, first.dim());
    long[] shape = first.shape();
    shape[d] = 0;
    for (int i = 0; i < in.length; i++) {
      checkJoins(first, in[i], i, d);
      shape[d] += adds(in[i]) ? in[i].size(d) : 0;
    }
    Tensor out = Tensors.empty(TypeRule.promote(in), shape);
    long at = 0;
    for (Tensor t : in) {
      if (adds(t)) {
        out.detach().narrow(d, at, t.size(d)).copy_(t.detach());
        at += t.size(d);
      }
    }
    return Autograd.record(
        "CatBackward0", out, in, Autograd.NOTHING, (node, g) -> split(node, g, in, d));
  }

  /** An empty vector joins with anything, as PyTorch has it of old, and adds nothing. */
  private static boolean adds(Tensor t) {
    return t.dim() != 1 || t.numel() != 0;
  }

  /** The one whose shape the others must fit. */
  private static Tensor first(Tensor[] in) {
    if (in.length == 0) {
      throw new ShapeException("torch.cat(): expected a non-empty list of Tensors");
    }
    Tensor first = in[0];
    for (int i = in.length - 1; i >= 0; i--) {
      if (in[i].dim() == 0) {
        throw new ShapeException(
            "zero-dimensional tensor (at position " + i + ") cannot be concatenated");
      }
      first = adds(in[i]) ? in[i] : first;
    }
    return first;
  }

  private static @Nullable Tensor[] split(OpNode node, Tensor g, Tensor[] in, int d) {
    @Nullable Tensor[] grads = new Tensor[in.length];
    long at = 0;
    for (int i = 0; i < in.length; i++) {
      long length = adds(in[i]) ? in[i].size(d) : 0;
      if (node.needs(i)) {
        Tensor part = adds(in[i]) ? g.narrow(d, at, length) : Tensors.zeros(g.dtype(), 0);
        grads[i] = part.to(in[i].dtype());
      }
      at += length;
    }
    return grads;
  }

  private static void checkJoins(Tensor first, Tensor t, int position, int dim) {
    if (!adds(t)) {
      return;
    }
    if (t.dim() != first.dim()) {
      throw new ShapeException(
          "Tensors must have same number of dimensions: got " + first.dim() + " and " + t.dim());
    }
    for (int d = 0; d < t.dim(); d++) {
      if (d != dim && t.size(d) != first.size(d)) {
        throw new ShapeException(
            "Sizes of tensors must match except in dimension "
                + dim
                + ". Expected size "
                + first.size(d)
                + " but got size "
                + t.size(d)
                + " for tensor number "
                + position
                + " in the list.");
      }
    }
  }
}
