package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Joining tensors and taking them apart. */
final class JoinOps {
  /** The length of an empty vector, which joins with anything. */
  private static final long EMPTY = -1;

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
    Layout layout = allChannelsLast(in) ? Layout.channelsLast(shape) : Layout.contiguous(shape);
    Tensor out = Tensor.allocate(Dispatch.device("cat", in), TypeRule.promote(in), layout, "cat");
    long[] lengths = new long[in.length];
    DType[] dtypes = new DType[in.length];
    long at = 0;
    for (int i = 0; i < in.length; i++) {
      lengths[i] = adds(in[i]) ? in[i].size(d) : EMPTY;
      dtypes[i] = in[i].dtype();
      if (adds(in[i])) {
        out.detach().narrow(d, at, lengths[i]).copy_(in[i].detach());
        at += lengths[i];
      }
    }
    out.setLayout(layout.asProvisional(anyProvisional(in)));
    return Autograd.record(
        "CatBackward0",
        out,
        in,
        Autograd.NOTHING,
        (node, g) -> gradients(node, g, lengths, dtypes, d));
  }

  private static boolean anyProvisional(Tensor[] in) {
    return java.util.Arrays.stream(in).anyMatch(t -> t.layout().isProvisional());
  }

  private static boolean allChannelsLast(Tensor[] in) {
    for (Tensor t : in) {
      if (adds(t) && (t.layout().isContiguous() || !t.layout().isChannelsLast())) {
        return false;
      }
    }
    return first(in).dim() == 4;
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

  private static @Nullable Tensor[] gradients(
      OpNode node, Tensor g, long[] lengths, DType[] dtypes, int d) {
    @Nullable Tensor[] grads = new Tensor[lengths.length];
    long at = 0;
    for (int i = 0; i < lengths.length; i++) {
      boolean empty = lengths[i] == EMPTY;
      if (node.needs(i)) {
        Tensor part = empty ? g.newZeros(0) : g.narrow(d, at, lengths[i]);
        grads[i] = part.to(dtypes[i]);
      }
      at += empty ? 0 : lengths[i];
    }
    return grads;
  }

  static List<Tensor> unbind(Tensor x, int dim) {
    if (x.dim() == 0) {
      throw new IndexException("Dimension specified as " + dim + " but tensor has no dimensions");
    }
    int d = Shapes.wrapDim(dim, x.dim());
    List<UnaryOperator<Layout>> parts = new ArrayList<>();
    for (long i = 0; i < x.size(d); i++) {
      long at = i;
      parts.add(l -> l.select(d, at));
    }
    return apart("UnbindBackward0", x, parts);
  }

  static List<Tensor> split(Tensor x, long size, int dim) {
    checkVector("split", x);
    long n = x.size(dim);
    if (size < 0) {
      throw new ShapeException(
          "split expects split_size be non-negative, but got split_size=" + size);
    }
    if (size == 0 && n != 0) {
      throw new ShapeException(
          "split_size can only be 0 if dimension size is 0, but got dimension size of " + n);
    }
    long[] sizes = new long[Math.toIntExact(n == 0 ? 1 : (n + size - 1) / size)];
    Arrays.fill(sizes, size);
    sizes[sizes.length - 1] = n - size * (sizes.length - 1);
    return pieces("SplitBackward0", x, sizes, dim);
  }

  static List<Tensor> split(Tensor x, long[] sizes, int dim) {
    checkVector("split", x);
    for (long size : sizes) {
      if (size < 0) {
        throw new ShapeException(
            "split_with_sizes expects split_sizes have only non-negative entries, but got"
                + " split_sizes="
                + Shapes.text(sizes));
      }
    }
    int d = Shapes.wrapDim(dim, x.dim());
    if (Arrays.stream(sizes).sum() != x.size(d)) {
      throw new ShapeException(
          "split_with_sizes expects split_sizes to sum exactly to "
              + x.size(d)
              + " (input tensor's size at dimension "
              + d
              + "), but got split_sizes="
              + Shapes.text(sizes));
    }
    return pieces("SplitWithSizesBackward0", x, sizes, d);
  }

  static List<Tensor> chunk(Tensor x, int chunks, int dim) {
    checkVector("chunk", x);
    if (chunks <= 0) {
      throw new ShapeException("chunk expects `chunks` to be greater than 0, got: " + chunks);
    }
    long n = x.size(dim);
    return n == 0 ? split(x, new long[chunks], dim) : split(x, (n + chunks - 1) / chunks, dim);
  }

  private static void checkVector(String name, Tensor x) {
    if (x.dim() == 0) {
      throw new ShapeException(name + " expects at least a 1-dimensional tensor");
    }
  }

  private static List<Tensor> pieces(String name, Tensor x, long[] sizes, int dim) {
    List<UnaryOperator<Layout>> parts = new ArrayList<>();
    long at = 0;
    for (long size : sizes) {
      long start = at;
      parts.add(l -> l.narrow(dim, start, size));
      at += size;
    }
    return apart(name, x, parts);
  }

  private static List<Tensor> apart(String name, Tensor x, List<UnaryOperator<Layout>> parts) {
    Tensor[] views = ViewOps.parts(name, x, parts);
    for (Tensor view : views) {
      view.markOneOfMany();
    }
    return List.of(views);
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
