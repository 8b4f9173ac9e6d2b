package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joining tensors. */
final class JoinOps {
  private JoinOps() {}

  static Tensor cat(List<Tensor> tensors, int dim) {
    if (tensors.isEmpty()) {
      throw new ShapeException("torch.cat(): expected a non-empty list of Tensors");
    }
    Tensor[] in = tensors.toArray(new Tensor[0]);
    Tensor first = in[0];
    int d = Shapes.wrapDim(dim, first.dim());
    long[] shape = first.shape();
    shape[d] = 0;
    for (int i = 0; i < in.length; i++) {
      checkJoins(first, in[i], i, d);
      shape[d] += in[i].size(d);
    }
    DType dtype = TypeRule.promote(in);
    Tensor out = Tensors.empty(dtype, shape);
    long at = 0;
    for (Tensor t : in) {
      out.detach().narrow(d, at, t.size(d)).copy_(t.detach());
      at += t.size(d);
    }
    return Autograd.record(
        "CatBackward0", out, in, Autograd.NOTHING, (node, g) -> split(node, g, in, d));
  }

  private static @Nullable Tensor[] split(OpNode node, Tensor g, Tensor[] in, int d) {
    @Nullable Tensor[] grads = new Tensor[in.length];
    long at = 0;
    for (int i = 0; i < in.length; i++) {
      if (node.needs(i)) {
        grads[i] = g.narrow(d, at, in[i].size(d)).to(in[i].dtype());
      }
      at += in[i].size(d);
    }
    return grads;
  }

  private static void checkJoins(Tensor first, Tensor t, int position, int dim) {
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
