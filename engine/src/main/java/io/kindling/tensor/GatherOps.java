package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Strided;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Elements by position along one dimension. As in PyTorch, a 0-D operand counts as 1-D. */
final class GatherOps {
  private GatherOps() {}

  /** See {@link io.kindling.device.Backend#gather}. */
  static void gather(String operator, Tensor out, Tensor src, Tensor index, int dim) {
    Dispatch.run(
        operator,
        new Tensor[] {out, src, index},
        b -> b.gather(strided(out), strided(src), strided(index), dim));
  }

  /** See {@link io.kindling.device.Backend#scatter}. */
  static void scatter(String operator, Tensor out, Tensor src, Tensor index, int dim, boolean add) {
    Dispatch.run(
        operator,
        new Tensor[] {out, src, index},
        b -> b.scatter(strided(out), strided(src), strided(index), dim, add));
  }

  private static Strided strided(Tensor x) {
    Strided s = x.strided();
    return x.dim() == 0 ? s.with(s.layout().unsqueeze(0)) : s;
  }

  /**
   * Lets the device refuse a position outside {@code [0, size)}, as a gather that reads nothing.
   */
  static void checkRange(Tensor positions, int dim, long size) {
    long[] shape = new long[dim + 1];
    Arrays.fill(shape, 1);
    shape[dim] = size;
    Tensor nothing = positions.newZeros(1).expand(shape);
    shape[dim] = positions.numel();
    Tensor sink = positions.newEmpty(1).expand(shape);
    gather("index", sink, nothing, positions.reshape(shape), dim);
  }

  static Tensor gather(Tensor x, int dim, Tensor index) {
    Arguments.given("gather", "index", index);
    int d = Shapes.wrapDim(dim, x.dim());
    Tensor out = x.newEmpty(index.shape());
    if (index.numel() > 0) {
      checkIndex("gather", index);
      checkRank("input", x, index);
      checkSmaller(
          "Size does not match at dimension %d expected index %s to be no larger than self %s"
              + " apart from dimension "
              + d,
          x,
          d,
          index);
      gather("gather", out, x, index.toLong(), d);
    }
    long[] shape = x.shape();
    return Autograd.record(
        "GatherBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {index},
        (node, g) -> new Tensor[] {g.newZeros(shape).scatterAdd(d, node.saved(0), g)});
  }

  private static void checkIndex(String name, Tensor index) {
    if (index.dtype() != DType.INT64 && index.dtype() != DType.INT32) {
      throw new DTypeException(
          name + "(): Expected dtype int32/int64 for index, got " + Tensor.typeWord(index.dtype()));
    }
  }

  private static void checkRank(String what, Tensor x, Tensor index) {
    if (Math.max(1, index.dim()) != Math.max(1, x.dim())) {
      throw new ShapeException(
          "Index tensor must have the same number of dimensions as "
              + what
              + " tensor; got index "
              + Shapes.text(index.shape())
              + " and "
              + Shapes.text(x.shape()));
    }
  }

  /**
   * @param text names a dimension and both shapes
   */
  private static void checkSmaller(String text, Tensor x, int except, Tensor index) {
    for (int d = 0; d < x.dim() && d < index.dim(); d++) {
      if (d != except && index.size(d) > x.size(d)) {
        throw new ShapeException(
            String.format(text, d, Shapes.text(index.shape()), Shapes.text(x.shape())));
      }
    }
  }

  static Tensor indexSelect(Tensor x, int dim, Tensor index) {
    Arguments.given("index_select", "index", index);
    int d = Shapes.wrapDim(dim, x.dim());
    if (index.dim() > 1) {
      throw new IndexException(
          "index_select(): Index is supposed to be a vector, got shape "
              + Shapes.text(index.shape()));
    }
    checkIndex("index_select", index);
    if (x.dim() == 0 && index.numel() != 1) {
      throw new IndexException(
          "index_select(): Index to scalar can have only 1 value, got "
              + index.numel()
              + " value(s)");
    }
    long[] shape = x.shape();
    Tensor wide = alongDim(index, shape, d);
    Tensor out = x.newEmpty(wide.shape());
    if (out.numel() == 0) {
      checkRange(index.toLong(), d, x.size(d));
    }
    gather("index_select", out, x, wide, d);
    return Autograd.record(
        "IndexSelectBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {index},
        (node, g) -> {
          Tensor at = alongDim(node.saved(0), shape, d);
          return new Tensor[] {g.newZeros(shape).scatterAdd(d, at, g)};
        });
  }

  /** A vector of positions as an index of the full shape, without a copy. */
  private static Tensor alongDim(Tensor index, long[] shape, int dim) {
    long[] ones = new long[shape.length];
    Arrays.fill(ones, 1);
    long[] full = shape.clone();
    if (shape.length > 0) {
      ones[dim] = index.numel();
      full[dim] = index.numel();
    }
    return index.toLong().reshape(ones).expand(full);
  }

  static Tensor scatter(Tensor x, int dim, Tensor index, Tensor src, boolean add) {
    Arguments.given("scatter", "index", index, "src", src);
    int d = Shapes.wrapDim(dim, x.dim());
    checkScatter(x, d, index, src);
    Tensor out = x.detach().clone_();
    write(out, d, index, src, add);
    long[] srcShape = src.shape();
    return Autograd.record(
        gradName(add),
        out,
        new Tensor[] {x, src},
        saved(index, src, add),
        (node, g) -> scatterGradients(node, g, d, srcShape, add));
  }

  static Tensor scatter_(Tensor x, int dim, Tensor index, Tensor src, boolean add) {
    Arguments.given("scatter_", "index", index, "src", src);
    int d = Shapes.wrapDim(dim, x.dim());
    boolean record = x.isFloatingPoint() && Autograd.records(x, src);
    x.checkInPlace(record);
    checkScatter(x, d, index, src);
    boolean shares = src.strided().storage().overlaps(x.strided().storage());
    write(x, d, index, shares ? src.detach().clone_() : src, add);
    x.bumpVersion();
    if (record) {
      long[] srcShape = src.shape();
      x.rebase(
          out ->
              new OpNode(
                  gradName(add),
                  Autograd.edges(x, src),
                  out,
                  (node, g) -> scatterGradients(node, g, d, srcShape, add),
                  saved(index, src, add)));
    }
    return x;
  }

  static Tensor scatter_(Tensor x, int dim, Tensor index, Number value) {
    Arguments.given("scatter_", "index", index, "value", value);
    Tensor number = Masks.number(value, x.dtype()).to(x.device(), x.dtype());
    return scatter_(x, dim, index, number.expand(index.shape()), false);
  }

  private static String gradName(boolean add) {
    return add ? "ScatterAddBackward0" : "ScatterBackward0";
  }

  private static @Nullable Tensor[] scatterGradients(
      OpNode node, Tensor g, int d, long[] srcShape, boolean add) {
    @Nullable Tensor kept = add && node.needs(0) ? g : null;
    if (!add && node.needs(0)) {
      Tensor at = node.saved(0);
      kept = g.scatter(d, at, g.newZeros().expand(at.shape()));
    }
    return new Tensor[] {kept, node.needs(1) ? embed(g.gather(d, node.saved(0)), srcShape) : null};
  }

  /** What is added to has its gradient without the index. */
  private static @Nullable Tensor[] saved(Tensor index, Tensor src, boolean add) {
    return new @Nullable Tensor[] {add ? Autograd.savedFor(src, index) : index};
  }

  /** Zeros of {@code shape} with g in their corner. */
  private static Tensor embed(Tensor g, long[] shape) {
    if (g.numel() == Shapes.numel(shape)) {
      return g.view(shape);
    }
    Tensor out = g.newZeros(shape);
    Tensor corner = out;
    for (int d = 0; d < shape.length && g.numel() > 0; d++) {
      corner = corner.narrow(d, 0, g.dim() == 0 ? 1 : g.size(d));
    }
    if (g.numel() > 0) {
      corner.copy_(g);
    }
    return out;
  }

  private static void write(Tensor out, int d, Tensor index, Tensor src, boolean add) {
    if (index.numel() == 0) {
      return;
    }
    DType wide = out.dtype().computeType();
    if (add && wide != out.dtype() && out.isFloatingPoint()) { // halves round the sum, once
      Tensor sum = out.detach().to(wide);
      scatter("scatter", sum, src.detach().to(wide), index.toLong(), d, true);
      out.detach().copy_(sum);
    } else {
      scatter("scatter", out, src, index.toLong(), d, add);
    }
  }

  private static void checkScatter(Tensor x, int dim, Tensor index, Tensor src) {
    if (index.numel() > 0) {
      checkIndex("scatter", index);
      checkRank("self", x, index);
      checkRank("src", src, index);
      String text =
          "Size does not match at dimension %d expected index %s to be no larger than self %s"
              + " apart from dimension "
              + dim
              + " and to be no larger size than src "
              + Shapes.text(src.shape());
      checkSmaller(text, x, dim, index);
      checkSmaller(text.replace("self %s", "self " + Shapes.text(x.shape())), src, -1, index);
    }
    if (src.dtype() != x.dtype()) {
      throw new DTypeException(
          "scatter(): Expected self.dtype to be equal to src.dtype, got "
              + Tensor.typeWord(x.dtype())
              + " and "
              + Tensor.typeWord(src.dtype()));
    }
  }

  static Tensor take(Tensor x, Tensor index) {
    Arguments.given("take", "index", index);
    if (index.dtype() != DType.INT64) {
      throw new DTypeException(
          "take(): Expected a long tensor for index, but got " + Tensor.typeWord(index.dtype()));
    }
    if (x.numel() == 0 && index.numel() > 0) {
      throw new IndexException("take(): tried to take from an empty tensor");
    }
    Picks picks = new Picks(new long[] {x.numel()}, new int[] {0}, index);
    try {
      Picks.check(index, 0, x.numel());
    } catch (IndexException e) {
      throw outOfRange(index, x.numel(), e);
    }
    return picks.read("TakeBackward0", x.reshape(x.numel()), index);
  }

  /** Only a position that is wrong is looked at on the host. */
  private static IndexException outOfRange(Tensor index, long size, IndexException cause) {
    for (long i : index.toLongArray()) {
      if (i < -size || i >= size) {
        return new IndexException(
            "take(): out of range: tried to access index "
                + i
                + " on a tensor of "
                + size
                + " elements.");
      }
    }
    return cause;
  }

  /**
   * {@code [K, dim()]} positions. Only their number is read by the host: the true elements are
   * numbered by a running sum, and each writes its place at its number.
   */
  static Tensor nonzero(Tensor x) {
    Tensor found = x.detach().ne(0).reshape(x.numel());
    long n = found.numel();
    Tensor rank = found.cumsum(0);
    long count = n == 0 ? 0 : rank.select(0, n - 1).itemLong();
    Tensor slot = rank.sub(1).where(found, Tensor.wrapped(count));
    Tensor flat =
        x.newEmpty(DType.INT64, count + 1)
            .scatter_(0, slot, Tensors.arange(n).to(x.device()))
            .narrow(0, 0, count);
    Tensor out = x.newEmpty(DType.INT64, count, x.dim());
    long[] strides = Shapes.contiguousStrides(x.shape());
    for (int d = 0; d < x.dim(); d++) {
      Tensor position = flat.floorDivide(strides[d]).remainder(Math.max(1, x.size(d)));
      out.select(1, d).copy_(position);
    }
    return out;
  }
}
