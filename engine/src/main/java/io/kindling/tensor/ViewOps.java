package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Device;
import io.kindling.device.PointwiseKernel;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Views, copies and fills. A view's derivative is the inverse view of the gradient. */
final class ViewOps {
  private static final PointwiseKernel FILL = PointwiseKernel.of("fill", "a");

  private ViewOps() {}

  static Tensor view(Tensor x, long... sizes) {
    return reshaped("ViewBackward0", x, x.viewOf(Activations.settled(x).view(sizes)));
  }

  private static Tensor reshaped(String name, Tensor x, Tensor out) {
    long[] shape = x.shape();
    return Autograd.record(name, out, x, g -> g.reshape(shape));
  }

  static Tensor reshape(Tensor x, long... sizes) {
    long[] shape = Shapes.infer("reshape", x.numel(), sizes);
    Layout direct = Activations.settled(x).tryView(shape);
    if (direct != null) {
      String name = x.isContiguous() ? "ViewBackward0" : "ReshapeAliasBackward0";
      return reshaped(name, x, x.viewOf(direct));
    }
    Tensor dense = contiguous(x);
    return reshaped("UnsafeViewBackward0", dense, dense.viewOf(dense.layout().view(shape)));
  }

  static Tensor flatten(Tensor x, int startDim, int endDim) {
    int start = Shapes.wrapDim(startDim, x.dim());
    int end = Shapes.wrapDim(endDim, x.dim());
    if (start > end) {
      throw new ShapeException("flatten() has invalid args: start_dim cannot come after end_dim");
    }
    if (x.dim() == 0) {
      return reshape(x, 1);
    }
    if (start == end) {
      return x;
    }
    long[] shape = x.shape();
    long[] sizes = new long[shape.length - (end - start)];
    System.arraycopy(shape, 0, sizes, 0, start);
    sizes[start] = Shapes.numel(Arrays.copyOfRange(shape, start, end + 1));
    System.arraycopy(shape, end + 1, sizes, start + 1, shape.length - end - 1);
    return reshape(x, sizes);
  }

  static Tensor transpose(Tensor x, int dim0, int dim1) {
    return Autograd.record(
        "TransposeBackward0",
        x.viewOf(Activations.settled(x).transpose(dim0, dim1)),
        x,
        g -> g.transpose(dim0, dim1));
  }

  static Tensor t(Tensor x) {
    checkMatrix(x);
    Layout l = x.dim() < 2 ? x.layout() : x.layout().transpose(0, 1);
    return Autograd.record("TBackward0", x.viewOf(l), x, Tensor::t);
  }

  static Tensor t_(Tensor x) {
    checkMatrix(x);
    boolean record = Autograd.records(x);
    x.checkRebase(record);
    Node.@Nullable Edge[] edges = Autograd.edges(x);
    if (x.dim() == 2) {
      x.setLayout(x.layout().transpose(0, 1));
    }
    x.bumpVersion();
    if (record) { // no value changes, so that a base and its other views keep their history
      OpNode.Backward transposed = (node, g) -> new Tensor[] {g.t()};
      x.setHistory(new OpNode("TBackward0", edges, x, transposed, Autograd.NOTHING), 0);
    }
    return x;
  }

  private static void checkMatrix(Tensor x) {
    if (x.dim() > 2) {
      throw new ShapeException(
          "t() expects a tensor with <= 2 dimensions, but self is " + x.dim() + "D");
    }
  }

  static Tensor permute(Tensor x, int... dims) {
    int[] inverse = new int[dims.length];
    Layout l = Activations.settled(x).permute(dims);
    for (int i = 0; i < dims.length; i++) {
      inverse[Shapes.wrapDim(dims[i], dims.length)] = i;
    }
    return Autograd.record("PermuteBackward0", x.viewOf(l), x, g -> g.permute(inverse));
  }

  static Tensor squeeze(Tensor x, int dim) {
    long[] shape = x.shape();
    return Autograd.record(
        "SqueezeBackward1",
        x.viewOf(Activations.settled(x).squeeze(dim)),
        x,
        g -> g.reshape(shape));
  }

  static Tensor squeeze(Tensor x) {
    long[] shape = x.shape();
    return Autograd.record(
        "SqueezeBackward0", x.viewOf(Activations.settled(x).squeeze()), x, g -> g.reshape(shape));
  }

  static Tensor unsqueeze(Tensor x, int dim) {
    int d = Shapes.wrapDim(dim, x.dim() + 1);
    return Autograd.record(
        "UnsqueezeBackward0", x.viewOf(Activations.settled(x).unsqueeze(d)), x, g -> g.squeeze(d));
  }

  static Tensor expand(Tensor x, long... sizes) {
    long[] shape = x.shape();
    return Autograd.record(
        "ExpandBackward0",
        x.viewOf(Activations.settled(x).expand(sizes)),
        x,
        g -> Autograd.sumTo(g, shape));
  }

  static Tensor repeat(Tensor x, long... times) {
    int extra = times.length - x.dim();
    if (extra < 0) {
      throw new ShapeException(
          "Number of dimensions of repeat dims can not be smaller than number of dimensions of"
              + " tensor");
    }
    Tensor padded = x;
    for (int i = 0; i < extra; i++) {
      padded = padded.unsqueeze(0);
    }
    // [a, b] repeated (m, n) is [1, a, 1, b] expanded to [m, a, n, b] and merged.
    Tensor spread = padded;
    long[] expanded = new long[2 * times.length];
    long[] merged = new long[times.length];
    for (int d = 0; d < times.length; d++) {
      spread = spread.unsqueeze(2 * d);
      expanded[2 * d] = times[d];
      expanded[2 * d + 1] = padded.size(d);
      merged[d] = times[d] * padded.size(d);
    }
    return contiguous(spread.expand(expanded)).reshape(merged);
  }

  static Tensor select(Tensor x, int dim, long index) {
    return part("SelectBackward0", x, l -> l.select(dim, index));
  }

  static Tensor narrow(Tensor x, int dim, long start, long length) {
    return part("SliceBackward0", x, l -> l.narrow(dim, start, length));
  }

  static Tensor slice(Tensor x, int dim, long start, long end, long step) {
    return part("SliceBackward0", x, l -> l.slice(dim, start, end, step));
  }

  static Tensor part(String name, Tensor x, UnaryOperator<Layout> part) {
    return parts(name, x, List.of(part))[0];
  }

  /** Views of several parts, as the outputs of one operator. */
  static Tensor[] parts(String name, Tensor x, List<UnaryOperator<Layout>> parts) {
    Layout whole = Activations.settled(x);
    Tensor[] views = new Tensor[parts.size()];
    for (int i = 0; i < views.length; i++) {
      views[i] = x.viewOf(parts.get(i).apply(whole));
    }
    Autograd.record(
        name,
        views,
        new Tensor[] {x},
        Autograd.NOTHING,
        (node, grads) -> new Tensor[] {embed(whole, node, grads, parts)});
    return views;
  }

  /** Zeros laid out as the whole with gradients written at views of them; differentiable. */
  private static Tensor embed(
      Layout whole, OpNode node, @Nullable Tensor[] grads, List<UnaryOperator<Layout>> parts) {
    Tensor out = Autograd.zerosLaidOut(node.device(), node.dtype(), whole.likeDense());
    for (int i = 0; i < grads.length; i++) {
      Tensor g = grads[i];
      if (g != null) {
        out.viewOf(parts.get(i).apply(out.layout())).copy_(g);
      }
    }
    return out;
  }

  static Tensor contiguous(Tensor x) {
    return copied("CloneBackward0", x, Layout.contiguous(x.shape()));
  }

  static Tensor copyOf(Tensor x) {
    return copyOf(x, x.layout().likeDense());
  }

  static Tensor copyOf(Tensor x, Layout layout) {
    return copied("CloneBackward0", x, layout);
  }

  static Tensor channelsLast(Tensor x) {
    return copied("CloneBackward0", x, Layout.channelsLast(x.shape()));
  }

  static Tensor toCopy(Tensor x, Device device, DType dtype) {
    return copied("ToCopyBackward0", x, device, dtype, x.layout().likeDense());
  }

  private static Tensor copied(String name, Tensor x, Layout layout) {
    return copied(name, x, x.device(), x.dtype(), layout);
  }

  private static Tensor copied(String name, Tensor x, Device device, DType dtype, Layout layout) {
    Tensor out = Tensor.allocate(device, dtype, layout, "clone");
    if (device.equals(x.device())) {
      copyValues(out, x);
    } else {
      boolean packed = x.dtype() == dtype && x.layout().sameGeometry(layout);
      Tensor from = packed ? x : copied(name, x.detach(), x.device(), dtype, layout);
      from.strided().transfer(out.strided(), out.numel() * dtype.size());
    }
    if (!dtype.isFloatingPoint()) {
      return out;
    }
    Device home = x.device();
    DType back = x.dtype();
    Layout before = x.layout();
    return Autograd.record(name, out, x, g -> laidOutAs(g.to(home, back), before));
  }

  /** A dense gradient in the memory order of a dense tensor of its shape. */
  static Tensor laidOutAs(Tensor g, Layout like) {
    boolean fits = !like.isDense() || !g.layout().isDense() || g.layout().sameOrder(like);
    return fits ? g : copyOf(g, like.likeDense());
  }

  private static void copyValues(Tensor to, Tensor from) {
    Dispatch.run("copy_", new Tensor[] {to, from}, b -> b.copy(to.strided(), from.strided()));
  }

  static Tensor copy_(Tensor x, Tensor source) {
    boolean record = x.isFloatingPoint() && Autograd.records(x, source);
    x.checkInPlace(record);
    Tensor near = source.detach().to(x.device());
    Tensor from = Dispatch.unalias(x, new Tensor[] {near})[0];
    Tensor wide = expandQuietly(from, x.shape());
    Dispatch.write("copy_", x, new Tensor[] {wide}, b -> b.copy(x.strided(), wide.strided()));
    if (record) {
      long[] sourceShape = source.shape();
      DType sourceType = source.dtype();
      Device sourceDevice = source.device();
      x.rebase(
          out ->
              new OpNode(
                  "CopyBackwards",
                  Autograd.edges(x, source),
                  out,
                  (node, g) ->
                      new Tensor[] {
                        node.needs(0) ? Tensors.zerosLike(g) : null,
                        node.needs(1)
                            ? Autograd.sumTo(g, sourceShape).to(sourceDevice, sourceType)
                            : null
                      },
                  Autograd.NOTHING));
    }
    return x;
  }

  private static Tensor expandQuietly(Tensor from, long[] shape) {
    return Arrays.equals(from.shape(), shape) ? from : from.detach().expand(shape);
  }

  static Tensor fill_(Tensor x, Number value) {
    boolean record = Autograd.records(x);
    x.checkRebase(record);
    Number held = x.dtype().cast(TypeRule.requireHolds(x.dtype(), value));
    Tensor[] number = {Tensor.wrapped(held)};
    Dispatch.update(FILL, x.dtype().computeType(), new Tensor[] {x}, number);
    if (record) {
      x.rebase(
          out ->
              new OpNode(
                  "FillBackward0",
                  Autograd.edges(x),
                  out,
                  (node, g) -> new Tensor[] {Tensors.zerosLike(g)},
                  Autograd.NOTHING));
    }
    return x;
  }
}
