package io.kindling.core;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How a tensor lies in its storage: sizes, strides and offset, all counted in elements. Immutable;
 * every view operation is a function from layout to layout and moves no data.
 */
public final class Layout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long[] shape;
  private final long[] strides;
  private final long offset;
  private final long numel;
  private final boolean contiguous;
  private final boolean provisional;

  private Layout(long[] shape, long[] strides, long offset) {
    this(shape, strides, offset, false);
  }

  private Layout(long[] shape, long[] strides, long offset, boolean provisional) {
    this.provisional = provisional;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.numel = Shapes.numel(shape);
    this.contiguous = isRowMajor();
  }

  public static Layout contiguous(long... shape) {
    for (int d = 0; d < shape.length; d++) {
      if (shape[d] < 0) {
        throw new ShapeException(
            "Trying to create tensor with negative dimension "
                + shape[d]
                + ": "
                + Shapes.text(shape));
      }
    }
    return new Layout(shape.clone(), Shapes.contiguousStrides(shape), 0);
  }

  /** Takes ownership of neither array. */
  public static Layout of(long[] shape, long[] strides, long offset) {
    return new Layout(shape.clone(), strides.clone(), offset);
  }

  public static Layout channelsLast(long... shape) {
    return new Layout(shape.clone(), Shapes.channelsLastStrides(shape), 0);
  }

  /**
   * This geometry, chosen by a kernel for its own sake: nobody asked for it, and who looks at the
   * strides is shown row-major ones, for which the elements move once.
   */
  public Layout asProvisional(boolean is) {
    return is && contiguous ? contiguous(shape) : new Layout(shape, strides, offset, is);
  }

  public boolean isProvisional() {
    return provisional;
  }

  public int rank() {
    return shape.length;
  }

  public long size(int dim) {
    return shape[dim];
  }

  public long stride(int dim) {
    return strides[dim];
  }

  public long offset() {
    return offset;
  }

  public long numel() {
    return numel;
  }

  /** A copy. */
  public long[] shape() {
    return shape.clone();
  }

  /** A copy. */
  public long[] strides() {
    return strides.clone();
  }

  public boolean sameShape(Layout other) {
    return Arrays.equals(shape, other.shape);
  }

  /** Same shape and same strides; the offsets may differ. */
  public boolean sameGeometry(Layout other) {
    return Arrays.equals(shape, other.shape) && Arrays.equals(strides, other.strides);
  }

  /** As {@link #sameGeometry}, where the strides of sizes of one do not count. */
  public boolean sameOrder(Layout other) {
    boolean same = sameShape(other);
    for (int d = 0; d < shape.length && same; d++) {
      same = shape[d] == 1 || strides[d] == other.strides[d];
    }
    return same;
  }

  public boolean hasShape(long... other) {
    return Arrays.equals(shape, other);
  }

  /** Row-major without gaps; sizes of one do not count. */
  public boolean isContiguous() {
    return contiguous;
  }

  private boolean isRowMajor() {
    long expected = 1;
    for (int d = shape.length - 1; d >= 0; d--) {
      if (shape[d] != 1) {
        if (strides[d] != expected && numel != 0) {
          return false;
        }
        expected *= shape[d];
      }
    }
    return true;
  }

  /** NHWC in memory, and 4-D. */
  public boolean isChannelsLast() {
    if (shape.length != 4) {
      return false;
    }
    long expected = 1;
    for (int d : new int[] {1, 3, 2, 0}) {
      if (shape[d] != 1) {
        if (strides[d] != expected) {
          return false;
        }
        expected *= shape[d];
      }
    }
    return true;
  }

  /** Whether elements of a dimension are one place in memory, as after {@link #expand}. */
  public boolean isRepeated(int dim) {
    return strides[dim] == 0 && shape[dim] > 1 && numel != 0;
  }

  public boolean hasRepeats() {
    for (int d = 0; d < shape.length; d++) {
      if (isRepeated(d)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether PyTorch gives the outputs of windows over this the channels-last format: by the
   * strides, those of sizes of one too, so that a row-major image of one channel does not count.
   */
  public boolean suggestsChannelsLast() {
    if (provisional || shape.length != 4 || strides[1] == 0 || numel == 0) {
      return false;
    }
    long least = 0;
    for (int d : new int[] {1, 3, 2, 0}) {
      if (strides[d] < least || (d == 0 && least == strides[1])) {
        return false;
      }
      least = strides[d] * shape[d];
    }
    return true;
  }

  /** Every element of one run of memory exactly once, in whatever order. */
  public boolean isDense() {
    if (contiguous) {
      return true;
    }
    boolean[] used = new boolean[shape.length];
    long expected = 1;
    for (int n = 0; n < shape.length; n++) {
      int next = -1;
      for (int d = 0; d < shape.length; d++) {
        if (!used[d] && shape[d] != 1 && strides[d] == expected) {
          next = d;
        }
      }
      if (next < 0) {
        break;
      }
      used[next] = true;
      expected *= shape[next];
    }
    return expected == numel;
  }

  /**
   * What a result "like this one" is laid out as: the same strides, or where these leave gaps or
   * repeat elements, dense with the dimensions in the same order, as PyTorch orders them.
   */
  public Layout likeDense() {
    if (isDense() || numel == 0) {
      return numel == 0 ? contiguous(shape) : new Layout(shape, strides, 0, provisional);
    }
    long[] st = new long[rank()];
    long step = 1;
    for (int d : innermostFirst()) {
      st[d] = step;
      step *= shape[d];
    }
    return new Layout(shape, st, 0);
  }

  /** By insertion: a dimension of stride 0 has no place of its own and stops nobody. */
  private int[] innermostFirst() {
    int[] order = new int[rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = order.length - 1 - i;
      int at = i;
      for (int j = i - 1; j >= 0 && !isInside(order[j], order[at]); j--) {
        if (isInside(order[at], order[j])) {
          int inner = order[at];
          order[at] = order[j];
          order[j] = inner;
          at = j;
        }
      }
    }
    return order;
  }

  private boolean isInside(int a, int b) {
    boolean both = strides[a] != 0 && strides[b] != 0;
    return both && (strides[a] < strides[b] || (strides[a] == strides[b] && shape[a] < shape[b]));
  }

  public Layout withOffset(long newOffset) {
    return new Layout(shape, strides, newOffset);
  }

  public Layout transpose(int dim0, int dim1) {
    int a = Shapes.wrapDim(dim0, rank());
    int b = Shapes.wrapDim(dim1, rank());
    if (a == b) {
      return this;
    }
    long[] sh = shape.clone();
    long[] st = strides.clone();
    sh[a] = shape[b];
    sh[b] = shape[a];
    st[a] = strides[b];
    st[b] = strides[a];
    return new Layout(sh, st, offset);
  }

  public Layout permute(int... dims) {
    if (dims.length != rank()) {
      throw new ShapeException(
          "permute: number of dimensions in the tensor input does not match the length"
              + " of the desired ordering of dimensions i.e. input.dim() = "
              + rank()
              + " is not equal to len(dims) = "
              + dims.length);
    }
    long[] sh = new long[dims.length];
    long[] st = new long[dims.length];
    boolean[] seen = new boolean[dims.length];
    for (int i = 0; i < dims.length; i++) {
      int d = Shapes.wrapDim(dims[i], rank());
      if (seen[d]) {
        throw new ShapeException("permute(): duplicate dims are not allowed.");
      }
      seen[d] = true;
      sh[i] = shape[d];
      st[i] = strides[d];
    }
    return new Layout(sh, st, offset);
  }

  /** Removes {@code dim} by fixing its index. */
  public Layout select(int dim, long index) {
    if (rank() == 0) {
      throw new IndexException("select() cannot be applied to a 0-dim tensor.");
    }
    int d = Shapes.wrapDim(dim, rank());
    if (index < -shape[d] || index >= shape[d]) {
      throw new IndexException(
          "index " + index + " is out of bounds for dimension " + d + " with size " + shape[d]);
    }
    long i = index < 0 ? index + shape[d] : index;
    return new Layout(remove(shape, d), remove(strides, d), offset + i * strides[d]);
  }

  /** {@code length} elements of {@code dim} from {@code start}. */
  public Layout narrow(int dim, long start, long length) {
    if (rank() == 0) {
      throw new IndexException("narrow() cannot be applied to a 0-dim tensor.");
    }
    int d = Shapes.wrapDim(dim, rank());
    if (length < 0) {
      throw new IndexException("narrow(): length must be non-negative.");
    }
    long from = start < 0 ? start + shape[d] : start;
    if (from < 0 || length > shape[d] - from) {
      throw new IndexException(
          "start ("
              + start
              + ") + length ("
              + length
              + ") exceeds dimension size ("
              + shape[d]
              + ").");
    }
    return slice(d, from, from + length, 1);
  }

  /** {@code start:end:step} with Python's clamping; the step is positive. */
  public Layout slice(int dim, long start, long end, long step) {
    if (rank() == 0) {
      throw new IndexException("slice() cannot be applied to a 0-dim tensor.");
    }
    if (step <= 0) {
      throw new IndexException("slice step must be positive");
    }
    int d = Shapes.wrapDim(dim, rank());
    long n = shape[d];
    long from = Math.max(0, Math.min(n, start < 0 ? start + n : start));
    long to = Math.max(from, Math.min(n, end < 0 ? end + n : end));
    long[] sh = shape.clone();
    long[] st = strides.clone();
    sh[d] = to == from ? 0 : (to - from - 1) / step + 1;
    // Only the stride of a single element can be too long to count, and it does not matter.
    st[d] = strides[d] > Long.MAX_VALUE / step ? strides[d] : strides[d] * step;
    return new Layout(sh, st, offset + from * strides[d]);
  }

  public Layout unsqueeze(int dim) {
    int d = Shapes.wrapDim(dim, rank() + 1);
    long[] sh = new long[rank() + 1];
    long[] st = new long[rank() + 1];
    for (int i = 0; i <= rank(); i++) {
      int from = i < d ? i : i - 1;
      sh[i] = i == d ? 1 : shape[from];
      st[i] = i == d ? (d < rank() ? shape[d] * strides[d] : 1) : strides[from];
    }
    return new Layout(sh, st, offset);
  }

  /** Removes {@code dim} if its size is one. */
  public Layout squeeze(int dim) {
    int d = Shapes.wrapDim(dim, rank());
    if (rank() == 0 || shape[d] != 1) {
      return this;
    }
    return new Layout(remove(shape, d), remove(strides, d), offset);
  }

  /** Removes every dimension of size one. */
  public Layout squeeze() {
    Layout out = this;
    for (int d = rank() - 1; d >= 0; d--) {
      out = out.squeeze(d);
    }
    return out;
  }

  /** Repeats sizes of one by a stride of zero; -1 keeps a size. */
  public Layout expand(long... sizes) {
    int extra = sizes.length - rank();
    if (extra < 0) {
      throw expandError(sizes, "the number of sizes provided (" + sizes.length + ")");
    }
    long[] sh = new long[sizes.length];
    long[] st = new long[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      long have = i < extra ? 1 : shape[i - extra];
      long want = sizes[i] == -1 && i >= extra ? have : sizes[i];
      if (want < 0 || (want != have && have != 1)) {
        throw new ShapeException(
            "The expanded size of the tensor ("
                + sizes[i]
                + ") must match the existing size ("
                + have
                + ") at non-singleton dimension "
                + i
                + ".  Target sizes: "
                + Shapes.text(sizes)
                + ".  Tensor sizes: "
                + Shapes.text(shape));
      }
      sh[i] = want;
      st[i] = i < extra || have != want ? 0 : strides[i - extra];
    }
    return new Layout(sh, st, offset);
  }

  private ShapeException expandError(long[] sizes, String what) {
    return new ShapeException(
        "expand("
            + Shapes.text(sizes)
            + "): "
            + what
            + " must be greater or equal to the number of dimensions in the tensor ("
            + rank()
            + ")");
  }

  /**
   * The same elements in the same order under other sizes, if the strides allow it without a copy.
   *
   * @return null where they do not
   */
  @Nullable
  public Layout tryView(long... sizes) {
    long[] sh = Shapes.infer("view", numel, sizes);
    if (contiguous) {
      return new Layout(sh, Shapes.contiguousStrides(sh), offset);
    }
    if (numel == 0) {
      return Arrays.equals(sh, shape) ? this : new Layout(sh, Shapes.contiguousStrides(sh), offset);
    }
    long[] st = new long[sh.length];
    int viewDim = sh.length - 1;
    long chunkBase = rank() == 0 ? 1 : strides[rank() - 1];
    long tensorNumel = 1;
    long viewNumel = 1;
    for (int d = rank() - 1; d >= 0; d--) {
      tensorNumel *= shape[d];
      boolean chunkEnds =
          d == 0 || (shape[d - 1] != 1 && strides[d - 1] != tensorNumel * chunkBase);
      if (chunkEnds) {
        while (viewDim >= 0 && (viewNumel < tensorNumel || sh[viewDim] == 1)) {
          st[viewDim] = viewNumel * chunkBase;
          viewNumel *= sh[viewDim];
          viewDim--;
        }
        if (viewNumel != tensorNumel) {
          return null;
        }
        if (d > 0) {
          chunkBase = strides[d - 1];
          tensorNumel = 1;
          viewNumel = 1;
        }
      }
    }
    return viewDim == -1 ? new Layout(sh, st, offset) : null;
  }

  /**
   * {@link #tryView} or an error that says which strides forbid it.
   *
   * @throws ShapeException where no strides describe the view
   */
  public Layout view(long... sizes) {
    Layout out = tryView(sizes);
    if (out == null) {
      throw new ShapeException(
          "view size is not compatible with input tensor's size and stride (at least one dimension"
              + " spans across two contiguous subspaces). Use .reshape(...) instead. Size "
              + Shapes.text(shape)
              + " and strides "
              + Shapes.text(strides)
              + " cannot be seen as "
              + Shapes.text(sizes));
    }
    return out;
  }

  private static long[] remove(long[] a, int at) {
    long[] out = new long[a.length - 1];
    System.arraycopy(a, 0, out, 0, at);
    System.arraycopy(a, at + 1, out, at, out.length - at);
    return out;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Layout other && sameGeometry(other) && offset == other.offset;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(shape) * 31 + Arrays.hashCode(strides) + Long.hashCode(offset);
  }

  @Override
  public String toString() {
    return "shape " + Shapes.text(shape) + ", strides " + Shapes.text(strides);
  }
}
