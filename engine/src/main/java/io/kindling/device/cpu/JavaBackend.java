package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.RandomStream;
import io.kindling.device.Backend;
import io.kindling.device.Fingerprint;
import io.kindling.device.Operand;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Pool;
import io.kindling.device.RowKernel;
import io.kindling.device.Scope;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import java.lang.ref.Reference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The host in plain Java: complete, on any platform, and what a native backend falls back to. One
 * instance serves any number of threads. Results do not depend on the number of cores.
 */
public class JavaBackend implements Backend {
  @Override
  public String name() {
    return "java";
  }

  @Override
  public Fingerprint fingerprint() {
    String release = Integer.toString(Runtime.version().feature());
    return new Fingerprint(name(), release, System.getProperty("os.arch", "unknown"));
  }

  @Override
  public boolean prefersChannelsLast() {
    return false;
  }

  @Override
  public final void pointwise(
      PointwiseKernel kernel, DType compute, Strided[] out, Operand[] in, double... scalars) {
    Parts.pointwise(out, in, (o, i) -> pointwisePart(kernel, compute, o, i, scalars));
  }

  void pointwisePart(
      PointwiseKernel kernel, DType compute, Strided[] out, Operand[] in, double... scalars) {
    keeping(() -> Pointwise.run(LaneTypes.of(compute), kernel, out, in, scalars), out, in);
  }

  @Override
  public void random(
      Distribution distribution, RandomStream stream, Strided out, Number a, Number b) {
    if (out.layout().isContiguous()) {
      keeping(() -> RandomFill.run(distribution, stream, out, a, b), out);
      return;
    }
    try (Scope scope = Scope.temporaries()) {
      Layout dense = Layout.contiguous(out.layout().shape());
      Strided drawn = Strided.allocate(out.dtype(), dense, "random numbers");
      random(distribution, stream, drawn, a, b);
      copy(out, drawn);
    }
  }

  @Override
  public final void copy(Strided out, Strided in) {
    Parts.pointwise(
        new Strided[] {out}, new Operand[] {in}, (o, i) -> copyPart(o[0], (Strided) i[0]));
  }

  void copyPart(Strided out, Strided in) {
    keeping(() -> Pointwise.copy(out, in), out, in);
  }

  @Override
  public void reduce(
      PointwiseKernel combine, DType compute, double identity, Strided out, Strided in) {
    keeping(() -> Reduction.run(LaneTypes.of(compute), combine, identity, out, in), out, in);
  }

  @Override
  public final void rows(RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in) {
    Parts.rows(out, index, in, (o, at, i) -> rowsPart(kernel, o, at, i));
  }

  void rowsPart(RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in) {
    keeping(() -> Rows.run(Rows.lanes(out, in), kernel, out, index, in), out, index, in);
  }

  @Override
  public void gather(Strided out, Strided src, Strided index, int dim) {
    keeping(
        () -> GatherScatter.run(GatherScatter.Mode.GATHER, out, src, index, dim), out, src, index);
  }

  @Override
  public void scatter(Strided dst, Strided src, Strided index, int dim, boolean add) {
    GatherScatter.Mode mode = add ? GatherScatter.Mode.ADD : GatherScatter.Mode.SCATTER;
    // Where elements of the layout share memory, as in indexing, each sum is rounded by itself.
    if (add && isHalf(dst) && dst.layout().isDense()) {
      inFloat(
          dst,
          (to, copies) -> {
            copy(to, dst);
            scatter(to, copies.asFloat(src), index, dim, true);
          });
    } else {
      keeping(() -> GatherScatter.run(mode, src, dst, index, dim), dst, src, index);
    }
  }

  @Override
  public final void gemm(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    Parts.gemm(out, a, b, bias, this::gemmPart);
  }

  void gemmPart(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    if (isHalf(out)) {
      inFloat(
          out,
          (to, copies) ->
              gemmPart(
                  to,
                  copies.asFloat(a),
                  copies.asFloat(b),
                  bias == null ? null : copies.asFloat(bias)));
    } else {
      keeping(() -> Gemm.run(LaneTypes.of(out.dtype()), out, a, b, bias), out, a, b, bias);
    }
  }

  @Override
  public void convolution(
      Window window, Strided out, Strided x, Strided w, @Nullable Strided bias) {
    if (isHalf(out)) {
      inFloat(
          out,
          (to, copies) ->
              convolution(
                  window,
                  to,
                  copies.asFloat(x),
                  copies.asFloat(w),
                  bias == null ? null : copies.asFloat(bias)));
    } else {
      keeping(
          () -> new Convolution<>(LaneTypes.of(out.dtype()), window, w).forward(out, x, bias),
          out,
          x,
          w,
          bias);
    }
  }

  @Override
  public void convolutionInput(Window window, Strided dx, Strided grad, Strided w) {
    if (isHalf(dx)) {
      inFloat(
          dx,
          (to, copies) -> convolutionInput(window, to, copies.asFloat(grad), copies.asFloat(w)));
    } else {
      keeping(
          () -> new Convolution<>(LaneTypes.of(dx.dtype()), window, w).input(dx, grad),
          dx,
          grad,
          w);
    }
  }

  @Override
  public void convolutionWeight(Window window, Strided dw, Strided grad, Strided x) {
    if (isHalf(dw)) {
      inFloat(
          dw,
          (to, copies) -> convolutionWeight(window, to, copies.asFloat(grad), copies.asFloat(x)));
    } else {
      keeping(
          () -> new Convolution<>(LaneTypes.of(dw.dtype()), window, dw).weight(grad, x),
          dw,
          grad,
          x);
    }
  }

  @Override
  public @Nullable Strided pool(Pool kind, Window window, Strided out, Strided x, boolean derived) {
    if (kind != Pool.MAX) {
      keeping(() -> new Averages(kind, window).forward(out, x), out, x);
      return null;
    }
    Layout layout = Layout.contiguous(out.layout().shape());
    Strided winners = Strided.allocate(DType.INT64, layout, "max_pool2d");
    keeping(() -> Pooling.indices(window, winners, x), winners, x);
    keeping(() -> Pooling.gather(LaneTypes.of(x.dtype()), out, x, winners), out, x, winners);
    return winners;
  }

  @Override
  public void poolInput(
      Pool kind, Window window, Strided dx, Strided grad, @Nullable Strided winners) {
    if (winners == null) {
      keeping(() -> new Averages(kind, window).input(dx, grad), dx, grad);
    } else {
      keeping(() -> Pooling.input(LaneTypes.of(dx.dtype()), dx, grad, winners), dx, grad, winners);
    }
  }

  @Override
  public void maxPoolIndices(Window window, Strided indices, Strided x) {
    keeping(() -> Pooling.indices(window, indices, x), indices, x);
  }

  private static boolean isHalf(Strided s) {
    return s.dtype().isFloatingPoint() && s.dtype().computeType() != s.dtype();
  }

  /** Long sums in halves are summed in float32 and rounded once. */
  private void inFloat(Strided out, BiConsumer<Strided, Copies> work) {
    try (Copies copies = new Copies(this)) {
      Strided to = copies.roomFloat(out);
      work.accept(to, copies);
      copies.deliver(to, out);
    }
  }

  /** Raw addresses do not keep a storage reachable, and an unreachable one is reused. */
  private static void keeping(Runnable work, @Nullable Object... operands) {
    try {
      work.run();
    } finally {
      for (Object operand : operands) {
        Reference.reachabilityFence(operand);
      }
    }
  }
}
