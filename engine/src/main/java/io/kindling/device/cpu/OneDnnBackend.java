package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Fingerprint;
import io.kindling.device.Operand;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Pool;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * The host with oneDNN: float32 work that oneDNN does faster goes there, everything else to plain
 * Java. Which of the two depends on kinds, shapes and strides, never on time or on other threads;
 * the one exception is NaN and infinity, where oneDNN's answer would differ from PyTorch's.
 */
public final class OneDnnBackend extends JavaBackend {

  /**
   * @throws LinkageError if the native library does not load
   */
  OneDnnBackend() {
    Dnnl.load();
  }

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public Fingerprint fingerprint() {
    return new Fingerprint(name(), Dnnl.version(), Dnnl.isa());
  }

  @Override
  public boolean prefersChannelsLast() {
    return true;
  }

  @Override
  @SuppressWarnings("ReachabilityFenceUsage")
  void pointwisePart(
      PointwiseKernel kernel, DType compute, Strided[] out, Operand[] in, double... scalars) {
    boolean simple = compute == DType.FLOAT32 && out.length == 1;
    if (!simple || !Elementwise.run(kernel.name(), out[0], in, scalars)) {
      super.pointwisePart(kernel, compute, out, in, scalars);
    }
    keepAlive(out);
    Reference.reachabilityFence(in);
  }

  @Override
  void copyPart(Strided out, Strided in) {
    if (!out.layout().sameOrder(in.layout())) {
      Primitives.local().countReorder();
    }
    boolean floats = areFloat(out, in) && out.layout().sameShape(in.layout());
    if (!floats || !Reorders.run(out.layout(), out.hostAddress(), in.layout(), in.hostAddress())) {
      super.copyPart(out, in);
    }
    keepAlive(out, in);
  }

  @Override
  public void reduce(
      PointwiseKernel combine, DType compute, double identity, Strided out, Strided in) {
    boolean floats = compute == DType.FLOAT32 && areFloat(out, in);
    boolean done = false;
    if (floats && out.storage() != in.storage()) {
      done =
          combine.name().equals("add") && identity == 0
              ? sum(out, in)
              : fold(combine.name(), out, in);
    }
    if (!done) {
      super.reduce(combine, compute, identity, out, in);
    }
    keepAlive(out, in);
  }

  /** As a product with ones, where what is summed lies well for that. */
  private static boolean sum(Strided out, Strided in) {
    Primitives local = Primitives.local();
    long columns = Sums.columns(in.layout(), out.layout());
    long length = columns > 0 ? 0 : Sums.rows(in.layout(), out.layout());
    if (columns > 0) {
      long rows = in.numel() / columns;
      long pieces = local.work().atLeast(Sums.pieceBytes(rows, columns));
      local.sums().ofColumns(in.hostAddress(), rows, columns, out.hostAddress(), pieces);
      local.work().release();
    } else if (length > 0) {
      long rows = in.numel() / length;
      long pieces = local.work().atLeast(Sums.pieceBytesOfRows(rows, length));
      local.sums().ofRows(in.hostAddress(), rows, length, out.hostAddress(), pieces);
      local.work().release();
    }
    return columns > 0 || length > 0;
  }

  private static boolean fold(String name, Strided out, Strided in) {
    ReductionPrimitives.Entry entry = ReductionPrimitives.TABLE.get(name);
    long length = entry == null ? 0 : Sums.rows(in.layout(), out.layout());
    if (entry == null || length == 0 || !Elementwise.holds(entry.guard(), in)) {
      return false;
    }
    Primitives local = Primitives.local();
    Plan plan = ReductionPrimitives.rows(local, entry.algorithm(), out.numel(), length);
    if (plan == null) {
      return false;
    }
    plan.bind(0, in.hostAddress()).bind(1, out.hostAddress()).run(local);
    return true;
  }

  @Override
  void rowsPart(RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in) {
    boolean done;
    if (index != null) {
      done =
          kernel.position() != RowKernel.Position.NONE
              && RowPositions.run(kernel.position(), index, in[0]);
    } else {
      boolean fits = out.length == 1 && areDenseRows(out[0], in);
      done = fits && softmax(kernel.name(), out[0], in);
    }
    if (!done) {
      super.rowsPart(kernel, out, index, in);
    }
    keepAlive(out);
    keepAlive(index);
    keepAlive(in);
  }

  private static boolean softmax(String name, Strided out, Strided[] in) {
    SoftmaxPrimitives.Entry entry = SoftmaxPrimitives.TABLE.get(name);
    if (entry == null) {
      return false;
    }
    long n = out.layout().size(out.layout().rank() - 1);
    long m = out.numel() / n;
    if (!entry.backward()) {
      return SoftmaxPrimitives.run(entry, out.hostAddress(), 0, in[0].hostAddress(), m, n);
    }
    return out.hostAddress() != in[1].hostAddress()
        && SoftmaxPrimitives.run(
            entry, out.hostAddress(), in[0].hostAddress(), in[1].hostAddress(), m, n);
  }

  private static boolean areDenseRows(Strided out, Strided[] in) {
    Layout layout = out.layout();
    boolean fits = layout.numel() > 0 && layout.rank() > 0 && areFloat(out) && areFloat(in);
    for (int i = 0; i < in.length && fits; i++) {
      fits = in[i].layout().isContiguous() && in[i].layout().sameShape(layout);
    }
    return fits && layout.isContiguous();
  }

  @Override
  void gemmPart(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    boolean empty = out.numel() == 0 || a.numel() == 0;
    if (empty || !areFloat(out, a, b) || (bias != null && !areFloat(bias))) {
      super.gemmPart(out, a, b, bias);
      return;
    }
    long direction = Product.leading(out.layout());
    if (direction < 0 && bias == null) {
      gemmPart(transposed(out), transposed(b), transposed(a), null);
      return;
    }
    try (Copies copies = new Copies(this)) {
      boolean direct = direction > 0 && Product.suits(out.layout());
      Strided to = direct ? out : copies.like(out);
      Strided left = Product.suits(a.layout()) ? a : copies.dense(a);
      Strided right = Product.suits(b.layout()) ? b : copies.dense(b);
      Strided row = bias == null || bias.layout().isContiguous() ? bias : copies.dense(bias);
      Product p = Product.of(to.layout(), left.layout(), right.layout());
      long biasAddress = row == null ? 0 : row.hostAddress();
      if (!MatmulPrimitives.run(
          p, to.hostAddress(), left.hostAddress(), right.hostAddress(), biasAddress)) {
        super.gemmPart(to, left, right, row);
      }
      copies.deliver(to, out);
    }
    keepAlive(out, a, b, bias);
  }

  private static Strided transposed(Strided s) {
    return s.with(s.layout().transpose(-1, -2));
  }

  @Override
  public void convolution(
      Window window, Strided out, Strided x, Strided w, @Nullable Strided bias) {
    boolean fits = haveElements(out, x, w) && (bias == null || areFloat(bias));
    if (!fits || !Convolutions.forward(this, window, out, x, w, bias)) {
      super.convolution(window, out, x, w, bias);
    }
    keepAlive(out, x, w, bias);
  }

  @Override
  public void convolutionInput(Window window, Strided dx, Strided grad, Strided w) {
    if (!haveElements(dx, grad, w) || !Convolutions.input(this, window, dx, grad, w)) {
      super.convolutionInput(window, dx, grad, w);
    }
    keepAlive(dx, grad, w);
  }

  @Override
  public void convolutionWeight(Window window, Strided dw, Strided grad, Strided x) {
    if (!haveElements(dw, grad, x) || !Convolutions.weight(this, window, dw, grad, x)) {
      super.convolutionWeight(window, dw, grad, x);
    }
    keepAlive(dw, grad, x);
  }

  /** The winners are oneDNN's, as bytes, or plain Java's positions. */
  @Override
  public @Nullable Strided pool(Pool kind, Window window, Strided out, Strided x, boolean derived) {
    Plan plan = haveElements(out, x) ? Pools.forward(kind, window, out, x, derived) : null;
    Strided winners =
        plan == null
            ? super.pool(kind, window, out, x, derived)
            : Pools.run(this, plan, out, x, kind == Pool.MAX && derived);
    keepAlive(out, x);
    return winners;
  }

  @Override
  public void poolInput(
      Pool kind, Window window, Strided dx, Strided grad, @Nullable Strided winners) {
    boolean ours = winners == null ? haveElements(dx, grad) : winners.dtype() == DType.UINT8;
    if (!ours || !Pools.input(this, kind, window, dx, grad, winners)) {
      super.poolInput(kind, window, dx, grad, winners);
    }
    keepAlive(dx, grad, winners);
  }

  /** Batch norm of float32 images that lie channels-last as they come; else see {@link Backend}. */
  @Override
  public void normalize(
      Strided out,
      Strided mean,
      Strided variance,
      Strided x,
      @Nullable Strided weight,
      @Nullable Strided bias,
      double eps,
      boolean given) {
    Primitives local = Primitives.local();
    Plan plan = null;
    if (isOfChannels(mean, x, out) && areLike(mean, mean, variance, weight, bias)) {
      plan = NormPrimitives.forward(local, x.layout(), weight != null, bias != null, eps, given);
    }
    if (plan == null) {
      super.normalize(out, mean, variance, x, weight, bias, eps, given);
      return;
    }
    plan.bind(0, x.hostAddress()).bind(1, out.hostAddress());
    plan.bind(2, mean.hostAddress()).bind(3, variance.hostAddress());
    if (weight != null) {
      plan.bind(4, weight.hostAddress());
    }
    if (bias != null) {
      plan.bind(weight == null ? 4 : 5, bias.hostAddress());
    }
    plan.run(local);
    keepAlive(out, mean, variance, x, weight, bias);
  }

  @Override
  public void normalizeBackward(
      @Nullable Strided dx,
      @Nullable Strided dw,
      @Nullable Strided db,
      Strided grad,
      Strided x,
      Strided mean,
      Strided variance,
      @Nullable Strided weight,
      double eps) {
    Primitives local = Primitives.local();
    Plan plan = null;
    if (dx != null && dw != null && db != null && weight != null) {
      boolean fits = isOfChannels(mean, x, grad, dx) && areLike(mean, weight, dw, db);
      plan = fits ? NormPrimitives.backward(local, x.layout(), eps) : null;
      if (plan != null) {
        Strided[] operands = {grad, x, mean, variance, dx, weight, dw, db};
        for (int i = 0; i < operands.length; i++) {
          plan.bind(i, operands[i].hostAddress());
        }
        plan.run(local);
      }
    }
    if (plan == null) {
      super.normalizeBackward(dx, dw, db, grad, x, mean, variance, weight, eps);
    }
    keepAlive(dx, dw, db, grad, x, mean, variance, weight);
  }

  /** Whether the statistics are those of channels, and all images float32 and channels-last. */
  private static boolean isOfChannels(Strided mean, Strided... images) {
    Layout first = images[0].layout();
    boolean fits = first.rank() == 4 && mean.layout().hasShape(1, first.size(1), 1, 1);
    for (Strided s : images) {
      fits = fits && haveElements(s) && s.layout().isChannelsLast();
    }
    return fits;
  }

  private static boolean areLike(Strided mean, @Nullable Strided... vectors) {
    for (Strided v : vectors) {
      boolean fits = v == null || (areFloat(v) && v.layout().isContiguous());
      if (!fits || (v != null && !v.layout().sameShape(mean.layout()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean haveElements(Strided... operands) {
    for (Strided s : operands) {
      if (s.numel() == 0) {
        return false;
      }
    }
    return areFloat(operands);
  }

  static boolean areFloat(Strided... operands) {
    for (Strided s : operands) {
      if (s.dtype() != DType.FLOAT32) {
        return false;
      }
    }
    return true;
  }

  /** Raw addresses do not keep a storage reachable; after an exception nothing reads them. */
  @SuppressWarnings("ReachabilityFenceUsage")
  private static void keepAlive(@Nullable Strided... operands) {
    for (Strided s : operands) {
      Reference.reachabilityFence(s);
    }
  }
}
