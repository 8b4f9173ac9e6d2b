package io.kindling.tensor;

import io.kindling.core.ShapeException;
import org.jspecify.annotations.Nullable;

/** The norm of any order of what some dimensions hold, {@code torch.linalg.vector_norm}. */
final class VectorNorms {
  private VectorNorms() {}

  static Tensor norm(Tensor x, double p, boolean keepdim, int... dims) {
    Over over = Over.of(ReduceOps.floating("linalg.vector_norm", x), keepdim, dims);
    checkIdentity(x, p, over);
    Tensor out = normOf(ReduceOps.valuesOf(x), p, over, dims).to(x.dtype());
    return Autograd.record(
        "LinalgVectorNormBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {x, out},
        (node, g) ->
            new Tensor[] {normBackward(over.spread(g), node.saved(0), node.saved(1), p, over)});
  }

  private static void checkIdentity(Tensor x, double p, Over over) {
    if (x.numel() > 0 || (p >= 0 && p != Double.POSITIVE_INFINITY)) {
      return;
    }
    String none =
        "linalg.vector_norm cannot compute the %s norm on %s the operation does not have"
            + " an identity";
    String order = Double.isInfinite(p) ? (p < 0 ? "-inf" : "inf") : ("" + p).replace(".0", "");
    if (over.whole()) {
      throw new ShapeException(none.formatted(order, "an empty tensor because"));
    }
    for (int d : over.dims()) {
      if (x.size(d) == 0) {
        String which = "the dimension " + d + " because this dimension is empty and";
        throw new ShapeException(none.formatted(order, which));
      }
    }
  }

  private static Tensor normOf(Tensor x, double p, Over over, int... dims) {
    if (p == 0) {
      return ReduceOps.sumOf(x.ne(0).to(x.dtype()), over);
    }
    if (Double.isInfinite(p)) {
      return p > 0
          ? ReduceOps.amax(x.abs(), over.keepdim(), dims)
          : ReduceOps.amin(x.abs(), over.keepdim(), dims);
    }
    Tensor powers = p == 2 ? x.mul(x) : p == 1 ? x.abs() : x.abs().pow(p);
    Tensor sum = ReduceOps.sumOf(powers, over);
    return p == 2 ? sum.sqrt() : p == 1 ? sum : sum.pow(1 / p);
  }

  private static @Nullable Tensor normBackward(
      Tensor g, Tensor x, Tensor norm, double p, Over over) {
    if (p == 0) {
      return null;
    }
    if (p == 1) {
      return x.sign().mul(g);
    }
    Tensor n = over.spread(norm);
    if (Double.isInfinite(p)) {
      Tensor tie = x.abs().eq(n).to(x.dtype());
      Tensor share = tie.div(over.spread(tie.sum(true, over.dims())));
      return x.sign().mul(g).mul(share);
    }
    Tensor slope = p == 2 ? x.div(n) : x.sign().mul(x.abs().div(n).pow(p - 1));
    return g.mul(Tensors.zerosLike(slope).where(over.spread(norm.eq(0)), slope));
  }
}
