package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reading and writing through indices. Integers and ranges make views; tensors make copies. */
final class IndexOps {
  private IndexOps() {}

  /** The view that the plain indices select, and the tensor indices still to apply to it. */
  private record Plan(Tensor view, List<Advanced> advanced) {
    Picks picks() {
      int[] dims = advanced.stream().mapToInt(Advanced::dim).toArray();
      Picks picks = new Picks(view.shape(), dims, positions());
      if (Shapes.numel(picks.shape()) > 0) {
        advanced.forEach(Advanced::check);
      }
      return picks;
    }

    Tensor[] positions() {
      return advanced.stream().map(Advanced::positions).toArray(Tensor[]::new);
    }

    boolean isOneMask() {
      return advanced.stream().allMatch(a -> a.masked == advanced.get(0).masked && a.masked > 0);
    }
  }

  /**
   * Positions along dimension {@code dim} of the view.
   *
   * @param named the dimension as the caller counts it
   * @param masked which mask, counted from 1, they are the true places of; 0 for an index of a user
   */
  private record Advanced(int dim, int named, long size, Tensor positions, int masked) {
    void check() {
      if (masked == 0) {
        Picks.check(positions, named, size);
      }
    }
  }

  static Tensor get(Tensor x, List<Index> index) {
    Plan plan = new Planner(x, index).plan();
    if (plan.advanced.isEmpty()) {
      return plan.view == x ? alias(x) : plan.view;
    }
    return plan.picks().read("IndexBackward0", plan.view, plan.positions());
  }

  /** An index that selects everything makes a view, too. */
  static Tensor alias(Tensor x) {
    return Autograd.record("AliasBackward0", x.viewOf(x.layout()), x, g -> g);
  }

  static Tensor set(Tensor x, List<Index> index, Tensor value) {
    Arguments.given("set", "index", index, "value", value);
    Plan plan = new Planner(x, index).plan();
    Tensor v = withoutLeadingOnes(value);
    if (plan.advanced.isEmpty()) {
      plan.view.copy_(v);
    } else {
      put(plan, v);
    }
    return x;
  }

  /** A number; where it is beyond a half's range, an infinity is written, as PyTorch does. */
  static Tensor set(Tensor x, List<Index> index, Number value) {
    Arguments.given("set", "value", value);
    DType type = x.dtype();
    boolean half = type == DType.FLOAT16 || type == DType.BFLOAT16;
    return set(x, index, half ? Tensor.wrapped(type.cast(value)) : Masks.number(value, type));
  }

  private static Tensor withoutLeadingOnes(Tensor value) {
    long[] shape = value.shape();
    int ones = 0;
    while (ones < shape.length && shape[ones] == 1) {
      ones++;
    }
    return ones == 0 ? value : value.view(Arrays.copyOfRange(shape, ones, shape.length));
  }

  private static void put(Plan plan, Tensor value) {
    Picks picks = plan.picks();
    long[] shape = picks.shape();
    if (!broadcasts(value.shape(), shape)) {
      throw new ShapeException(
          "shape mismatch: value tensor of shape "
              + Shapes.text(value.shape())
              + " cannot be broadcast to indexing result of shape "
              + Shapes.text(shape));
    }
    Tensor view = plan.view;
    boolean converts = value.isWrappedNumber() || (value.numel() == 1 && plan.isOneMask());
    if (!converts && value.dtype() != view.dtype()) {
      throw new DTypeException(
          "Index put requires the source and destination dtypes match, got "
              + Tensor.typeWord(view.dtype())
              + " for the destination and "
              + Tensor.typeWord(value.dtype())
              + " for the source.");
    }
    if (view.layout().hasRepeats()) {
      Warnings.warn(
          "index_put_",
          "Use of index_put_ on expanded tensors is deprecated. Please clone() the tensor before"
              + " performing this operation. This also applies to advanced indexing e.g."
              + " tensor[indices] = tensor");
    }
    Tensor near = value.dim() == 0 ? value.to(view.device(), view.dtype()) : value.to(view.dtype());
    picks.put_(view, near, plan.positions());
  }

  private static boolean broadcasts(long[] from, long[] to) {
    int extra = to.length - from.length;
    for (int d = 0; d < from.length; d++) {
      if (extra < 0 || (from[d] != 1 && from[d] != to[d + extra])) {
        return false;
      }
    }
    return true;
  }

  /** Applies an index expression from left to right. */
  private static final class Planner {
    private final Tensor x;
    private final List<Index> index;
    private final List<Advanced> advanced = new ArrayList<>();
    private Tensor view;

    /** The next dimension of the view, and of x. */
    private int dim;

    private int named;
    private int masks;

    Planner(Tensor x, List<Index> index) {
      this.x = x;
      this.view = x;
      this.index = index;
    }

    Plan plan() {
      int rest = x.dim() - dimensionsUsed();
      for (Index i : index) {
        if (i instanceof Index.At at) {
          select(at.position());
        } else if (i instanceof Index.Range r) {
          view = range(view, dim++, r);
          named++;
        } else if (i instanceof Index.NewAxis) {
          view = view.unsqueeze(dim++);
        } else if (i instanceof Index.Ellipsis) {
          dim += rest;
          named += rest;
        } else if (i instanceof Index.By by) {
          Tensor tensor = by.tensor();
          by(tensor.device().isCpu() ? tensor.to(x.device()) : tensor);
        }
      }
      return new Plan(view, advanced);
    }

    private int dimensionsUsed() {
      int used = 0;
      int ellipses = 0;
      for (Index i : index) {
        Arguments.given("index", "index", i);
        if (i instanceof Index.By by) {
          Arguments.given("index", "tensor", by.tensor());
          used += isMask(by.tensor()) ? by.tensor().dim() : 1;
        } else {
          ellipses += i instanceof Index.Ellipsis ? 1 : 0;
          used += i instanceof Index.NewAxis || i instanceof Index.Ellipsis ? 0 : 1;
        }
      }
      if (ellipses > 1) {
        throw new IndexException("an index can only have a single ellipsis ('...')");
      }
      if (x.dim() == 0 && index.size() == 1 && index.get(0) instanceof Index.At) {
        throw new IndexException(
            "invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a"
                + " number");
      }
      if (used > x.dim()) {
        throw new IndexException("too many indices for tensor of dimension " + x.dim());
      }
      return used;
    }

    private void select(long position) {
      long size = view.size(dim);
      if (position < -size || position >= size) {
        throw new IndexException(
            "index "
                + position
                + " is out of bounds for dimension "
                + named
                + " with size "
                + size);
      }
      view = view.select(dim, position);
      named++;
    }

    private void by(Tensor tensor) {
      if (isMask(tensor)) {
        masked(tensor);
      } else if (tensor.dtype() != DType.INT64 && tensor.dtype() != DType.INT32) {
        throw new IndexException(
            "tensors used as indices must be long, int, byte or bool tensors, got "
                + Tensor.typeWord(tensor.dtype()));
      } else if (tensor.dim() == 0) {
        select(tensor.itemLong());
      } else {
        add(tensor.toLong(), 0);
        named++;
      }
    }

    private void add(Tensor positions, int masked) {
      advanced.add(new Advanced(dim, named, view.size(dim), positions, masked));
      dim++;
    }

    /** A mask stands for the positions where it is true, one index a dimension of the mask. */
    private void masked(Tensor mask) {
      if (mask.dim() == 0) {
        view = view.unsqueeze(dim);
        add(x.newZeros(DType.INT64, mask.item() == 0 ? 0 : 1), 0);
        return;
      }
      if (mask.dtype() == DType.UINT8) {
        Warnings.warn(
            "uint8 index",
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool"
                + " instead.");
      }
      checkMask(mask);
      Tensor found = GatherOps.nonzero(mask);
      masks++;
      for (int d = 0; d < mask.dim(); d++) {
        add(found.select(1, d), masks);
        named++;
      }
    }

    private void checkMask(Tensor mask) {
      for (int d = 0; d < mask.dim(); d++) {
        if (mask.size(d) != view.size(dim + d)) {
          throw new IndexException(
              "The shape of the mask "
                  + Shapes.text(mask.shape())
                  + " at index "
                  + d
                  + " does not match the shape of the indexed tensor "
                  + Shapes.text(x.shape())
                  + " at index "
                  + (named + d));
        }
      }
    }
  }

  /** uint8 is a mask, as it was before there was bool. */
  private static boolean isMask(Tensor index) {
    return index.dtype() == DType.BOOL || index.dtype() == DType.UINT8;
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
}
