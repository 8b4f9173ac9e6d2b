package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reading and writing through indices. Integers and ranges make views; tensors make copies. */
final class IndexOps {
  private IndexOps() {}

  /** The view that the plain indices select, and the tensor indices still to apply to it. */
  private record Plan(Tensor view, List<Advanced> advanced) {}

  /** Positions along dimension {@code dim} of the view. */
  private record Advanced(int dim, Tensor positions) {}

  static Tensor get(Tensor x, List<Index> index) {
    Plan plan = plan(x, index);
    return plan.advanced.isEmpty() ? plan.view : take(plan);
  }

  static Tensor set(Tensor x, List<Index> index, Tensor value) {
    Plan plan = plan(x, index);
    if (plan.advanced.isEmpty()) {
      plan.view.copy_(leadingOnesDropped(value, plan.view.dim()));
    } else {
      put(plan, value);
    }
    return x;
  }

  private static Tensor leadingOnesDropped(Tensor value, int rank) {
    Tensor v = value;
    while (v.dim() > rank && v.size(0) == 1) {
      v = v.squeeze(0);
    }
    return v;
  }

  private static Plan plan(Tensor x, List<Index> index) {
    int used = 0;
    int ellipses = 0;
    for (Index i : index) {
      ellipses += i instanceof Index.Ellipsis ? 1 : 0;
      used +=
          i instanceof Index.By by && by.tensor().dtype() == DType.BOOL
              ? by.tensor().dim()
              : i instanceof Index.NewAxis || i instanceof Index.Ellipsis ? 0 : 1;
    }
    if (ellipses > 1) {
      throw new IndexException("an index can only have a single ellipsis ('...')");
    }
    if (used > x.dim()) {
      throw new IndexException("too many indices for tensor of dimension " + x.dim());
    }
    Tensor view = x;
    List<Advanced> advanced = new ArrayList<>();
    int dim = 0;
    for (Index i : index) {
      if (i instanceof Index.At at) {
        view = view.select(dim, at.position());
      } else if (i instanceof Index.Range r) {
        view = range(view, dim++, r);
      } else if (i instanceof Index.NewAxis) {
        view = view.unsqueeze(dim++);
      } else if (i instanceof Index.Ellipsis) {
        dim += x.dim() - used;
      } else if (i instanceof Index.By by) {
        Tensor near = by.tensor().device().isCpu() ? by.tensor().to(x.device()) : by.tensor();
        for (Tensor positions : positions(view, dim, near)) {
          advanced.add(new Advanced(dim++, positions));
        }
      }
    }
    return new Plan(view, advanced);
  }

  private static Tensor range(Tensor view, int dim, Index.Range r) {
    if (r.start() == null && r.end() == null && r.step() == 1) {
      return view;
    }
    Long start = r.start();
    Long end = r.end();
    return ViewOps.slice(
        view, dim, start == null ? 0 : start, end == null ? Long.MAX_VALUE : end, r.step());
  }

  /** A mask stands for the positions where it is true, one index a dimension of the mask. */
  private static List<Tensor> positions(Tensor view, int dim, Tensor index) {
    if (index.dtype() == DType.INT64) {
      return List.of(index);
    }
    if (index.dtype() != DType.BOOL) {
      throw new IndexException("tensors used as indices must be long, byte or bool tensors");
    }
    for (int d = 0; d < index.dim(); d++) {
      if (index.size(d) != view.size(dim + d)) {
        throw new IndexException(
            "The shape of the mask "
                + Shapes.text(index.shape())
                + " at index "
                + d
                + " does not match the shape of the indexed tensor "
                + Shapes.text(view.shape())
                + " at index "
                + (dim + d));
      }
    }
    Tensor found = nonzero(index);
    List<Tensor> out = new ArrayList<>();
    for (int d = 0; d < index.dim(); d++) {
      out.add(found.select(1, d));
    }
    return out;
  }

  /**
   * How tensor indices meet the rows of a view whose indexed dimensions were moved to the front.
   */
  private record Rows(Tensor front, Tensor linear, long[] indexShape, long[] rest, int at) {
    long[] resultShape() {
      long[] out = new long[indexShape.length + rest.length];
      System.arraycopy(rest, 0, out, 0, at);
      System.arraycopy(indexShape, 0, out, at, indexShape.length);
      System.arraycopy(rest, at, out, at + indexShape.length, rest.length - at);
      return out;
    }
  }

  private static Rows rows(Plan plan) {
    int k = plan.advanced.size();
    Tensor view = plan.view;
    long[] shape = {};
    for (Advanced a : plan.advanced) {
      shape = Shapes.broadcast("index", shape, a.positions.shape());
    }
    int[] order = new int[view.dim()];
    boolean[] indexed = new boolean[view.dim()];
    Tensor linear = view.newZeros(DType.INT64, shape);
    for (int i = 0; i < k; i++) {
      Advanced a = plan.advanced.get(i);
      order[i] = a.dim;
      indexed[a.dim] = true;
      long n = view.size(a.dim);
      linear = linear.mul(n).add(inRange(a.positions, n, a.dim));
    }
    int first = plan.advanced.get(0).dim;
    boolean adjacent = plan.advanced.get(k - 1).dim - first == k - 1;
    long[] rest = new long[view.dim() - k];
    int next = 0;
    for (int d = 0; d < view.dim(); d++) {
      if (!indexed[d]) {
        order[k + next] = d;
        rest[next++] = view.size(d);
      }
    }
    return new Rows(view.permute(order), linear, shape, rest, adjacent ? first : 0);
  }

  private static Tensor inRange(Tensor positions, long n, int dim) {
    for (long p : positions.toLongArray()) {
      if (p < -n || p >= n) {
        throw new IndexException(
            "index " + p + " is out of bounds for dimension " + dim + " with size " + n);
      }
    }
    return positions.add(n).remainder(Math.max(1, n));
  }

  private static Tensor take(Plan plan) {
    Rows r = rows(plan);
    int n = r.indexShape.length;
    long count = r.linear.numel();
    long width = Shapes.numel(r.rest);
    long rows = Shapes.numel(leading(r.front, plan.advanced.size()));
    Tensor flat = r.front.detach().reshape(rows, width);
    Tensor picked = indexSelect(flat, 0, r.linear.reshape(count));
    long[] pickedShape = Arrays.copyOf(r.indexShape, n + r.rest.length);
    System.arraycopy(r.rest, 0, pickedShape, n, r.rest.length);
    Tensor out = indexDimsBack(picked.view(pickedShape), n, r.at);
    long[] frontShape = r.front.shape();
    int at = r.at;
    return Autograd.record(
        "IndexBackward0",
        out.detach(),
        new Tensor[] {r.front},
        new Tensor[] {r.linear},
        (node, g) -> {
          Tensor index = node.saved(0).reshape(count, 1).expand(count, width);
          Tensor rowGrads = indexDimsFirst(g, n, at).reshape(count, width);
          Tensor sums = g.newZeros(rows, width).scatterAdd(0, index, rowGrads);
          return new Tensor[] {sums.view(frontShape)};
        });
  }

  private static long[] leading(Tensor x, int n) {
    return Arrays.copyOf(x.shape(), n);
  }

  /** From {@code [index..., rest...]} to the index dimensions standing at position {@code at}. */
  private static Tensor indexDimsBack(Tensor x, int indexDims, int at) {
    if (at == 0) {
      return x;
    }
    int[] order = new int[x.dim()];
    for (int d = 0; d < order.length; d++) {
      order[d] = d < at ? indexDims + d : d < at + indexDims ? d - at : d;
    }
    return x.permute(order);
  }

  /** The inverse of {@link #indexDimsBack}. */
  private static Tensor indexDimsFirst(Tensor x, int indexDims, int at) {
    int[] order = new int[x.dim()];
    for (int d = 0; d < order.length; d++) {
      order[d] = d < indexDims ? at + d : d - indexDims < at ? d - indexDims : d;
    }
    return x.permute(order);
  }

  /** {@code view[positions] = value}: out of place on the rows, then written back as one copy. */
  private static void put(Plan plan, Tensor value) {
    Rows r = rows(plan);
    int n = r.indexShape.length;
    long width = Shapes.numel(r.rest);
    long count = r.linear.numel();
    Tensor spread = leadingOnesDropped(value, n + r.rest.length).expand(r.resultShape());
    Tensor rows = indexDimsFirst(spread, n, r.at).reshape(count, width).to(plan.view.dtype());
    Tensor flat = r.front.reshape(Shapes.numel(leading(r.front, plan.advanced.size())), width);
    Tensor index = r.linear.reshape(count, 1).expand(count, width);
    Tensor written = scatter(flat, 0, index, rows, false);
    r.front.copy_(written.view(r.front.shape()));
  }

  static Tensor gather(Tensor x, int dim, Tensor index) {
    int d = Shapes.wrapDim(dim, x.dim());
    checkIndexShape("gather", x, d, index);
    Tensor out = x.newEmpty(index.shape());
    boolean smaller = !restMatches(x, d, index);
    Tensor src = smaller ? shrink(x.detach(), d, index) : x;
    Dispatch.backend("gather", x, index).gather(out.strided(), src.strided(), index.strided(), d);
    Reference.reachabilityFence(x);
    Reference.reachabilityFence(index);
    long[] shape = x.shape();
    return Autograd.record(
        "GatherBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {index},
        (node, g) -> new Tensor[] {g.newZeros(shape).scatterAdd(d, node.saved(0), g)});
  }

  private static boolean restMatches(Tensor x, int dim, Tensor index) {
    for (int d = 0; d < x.dim(); d++) {
      if (d != dim && x.size(d) != index.size(d)) {
        return false;
      }
    }
    return true;
  }

  /** The index may be smaller than the tensor in the other dimensions. */
  private static Tensor shrink(Tensor x, int dim, Tensor index) {
    Tensor out = x;
    for (int d = 0; d < x.dim(); d++) {
      out = d == dim ? out : out.narrow(d, 0, index.size(d));
    }
    return out;
  }

  static Tensor indexSelect(Tensor x, int dim, Tensor index) {
    int d = Shapes.wrapDim(dim, x.dim());
    if (index.dim() > 1) {
      throw new IndexException("index_select(): Index is supposed to be a vector");
    }
    checkLong("index_select", index);
    long[] shape = x.shape();
    Tensor wide = alongDim(index, shape, d);
    Tensor out = x.newEmpty(wide.shape());
    Dispatch.backend("index_select", x, index)
        .gather(out.strided(), x.strided(), wide.strided(), d);
    Reference.reachabilityFence(x);
    Reference.reachabilityFence(wide);
    return Autograd.record(
        "IndexSelectBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {wide},
        (node, g) -> new Tensor[] {g.newZeros(shape).scatterAdd(d, node.saved(0), g)});
  }

  /** A vector of positions as an index of the full shape, without a copy. */
  private static Tensor alongDim(Tensor index, long[] shape, int dim) {
    long[] ones = new long[shape.length];
    Arrays.fill(ones, 1);
    long[] full = shape.clone();
    ones[dim] = index.numel();
    full[dim] = index.numel();
    return index.reshape(ones).expand(full);
  }

  static Tensor scatter(Tensor x, int dim, Tensor index, Tensor src, boolean add) {
    int d = Shapes.wrapDim(dim, x.dim());
    checkIndexShape("scatter", src, d, index);
    if (src.dtype() != x.dtype()) {
      throw new DTypeException("scatter(): Expected self.dtype to be equal to src.dtype");
    }
    Tensor out = x.detach().clone_();
    write(out, d, index, shrinkAll(src.detach(), index), add);
    long[] srcShape = src.shape();
    return Autograd.record(
        add ? "ScatterAddBackward0" : "ScatterBackward0",
        out,
        new Tensor[] {x, src},
        new Tensor[] {index},
        (node, g) -> {
          Tensor at = node.saved(0);
          Tensor zeros = g.newZeros(at.shape());
          return new Tensor[] {
            node.needs(0) ? (add ? g : g.scatter(d, at, zeros)) : null,
            node.needs(1) ? embed(g.gather(d, at), srcShape) : null
          };
        });
  }

  private static Tensor shrinkAll(Tensor src, Tensor index) {
    Tensor out = src;
    for (int d = 0; d < src.dim(); d++) {
      out = out.size(d) == index.size(d) ? out : out.narrow(d, 0, index.size(d));
    }
    return out;
  }

  /** Zeros of {@code shape} with g in their corner. */
  private static Tensor embed(Tensor g, long[] shape) {
    if (g.layout().hasShape(shape)) {
      return g;
    }
    Tensor out = g.newZeros(shape);
    Tensor corner = out;
    for (int d = 0; d < shape.length; d++) {
      corner = corner.narrow(d, 0, g.size(d));
    }
    corner.copy_(g);
    return out;
  }

  static Tensor scatter_(Tensor x, int dim, Tensor index, Number value) {
    int d = Shapes.wrapDim(dim, x.dim());
    x.checkInPlace(Autograd.records(x));
    checkIndexShape("scatter", index, d, index);
    if (Autograd.records(x)) {
      Tensor src = x.newFull(value, index.shape());
      return x.copy_(scatter(x, d, index, src, false));
    }
    write(x, d, index, x.newFull(value).expand(index.shape()), false);
    return x;
  }

  private static void write(Tensor out, int d, Tensor index, Tensor src, boolean add) {
    Tensor target = restMatches(out, d, index) ? out : shrink(out.detach(), d, index);
    Dispatch.backend("scatter", out, index, src)
        .scatter(target.strided(), src.strided(), index.strided(), d, add);
    out.bumpVersion();
    Reference.reachabilityFence(out);
    Reference.reachabilityFence(index);
    Reference.reachabilityFence(src);
  }

  private static void checkIndexShape(String name, Tensor x, int dim, Tensor index) {
    checkLong(name, index);
    if (index.dim() != x.dim()) {
      throw new ShapeException(
          "Index tensor must have the same number of dimensions as "
              + (name.equals("gather") ? "input" : "self")
              + " tensor; got index "
              + Shapes.text(index.shape())
              + " and "
              + Shapes.text(x.shape()));
    }
    for (int d = 0; d < x.dim(); d++) {
      if (d != dim && index.size(d) > x.size(d)) {
        throw new ShapeException(
            "Size does not match at dimension "
                + d
                + " expected index "
                + Shapes.text(index.shape())
                + " to be no larger than self "
                + Shapes.text(x.shape())
                + " apart from dimension "
                + dim);
      }
    }
  }

  private static void checkLong(String name, Tensor index) {
    if (index.dtype() != DType.INT64) {
      throw new DTypeException(name + "(): Expected dtype int64 for index");
    }
  }

  static Tensor nonzero(Tensor x) {
    long[] flat = x.detach().ne(0).toLongArray();
    long[] strides = Shapes.contiguousStrides(x.shape());
    int rank = x.dim();
    int count = 0;
    for (long v : flat) {
      count += v != 0 ? 1 : 0;
    }
    long[] out = new long[count * rank];
    int at = 0;
    for (int i = 0; i < flat.length; i++) {
      if (flat[i] != 0) {
        for (int d = 0; d < rank; d++) {
          out[at++] = i / strides[d] % x.size(d);
        }
      }
    }
    return Tensors.fromArray(out, count, rank).to(x.device());
  }
}
