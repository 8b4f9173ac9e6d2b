package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import java.lang.ref.Reference;
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
  public boolean prefersChannelsLast() {
    return false;
  }

  @Override
  public void pointwise(
      PointwiseKernel kernel, DType compute, Strided[] out, Strided[] in, double... scalars) {
    Pointwise.run(Lanes.of(compute), kernel, out, in, scalars);
    keepAlive(out);
    keepAlive(in);
  }

  @Override
  public void copy(Strided out, Strided in) {
    Pointwise.copy(out, in);
    keepAlive(out, in);
  }

  @Override
  public void reduce(
      PointwiseKernel combine, DType compute, double identity, Strided out, Strided in) {
    Reduction.run(Lanes.of(compute), combine, identity, out, in);
    keepAlive(out, in);
  }

  @Override
  public void rows(RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in) {
    Rows.run(Rows.lanes(out, in), kernel, out, index, in);
    keepAlive(out);
    keepAlive(index);
    keepAlive(in);
  }

  @Override
  public void gather(Strided out, Strided src, Strided index, int dim) {
    GatherScatter.run(GatherScatter.Mode.GATHER, out, src, index, dim);
    keepAlive(out, src, index);
  }

  @Override
  public void scatter(Strided dst, Strided src, Strided index, int dim, boolean add) {
    GatherScatter.Mode mode = add ? GatherScatter.Mode.ADD : GatherScatter.Mode.SCATTER;
    GatherScatter.run(mode, src, dst, index, dim);
    keepAlive(dst, src, index);
  }

  @Override
  public void gemm(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    Gemm.run(Lanes.of(out.dtype()), out, a, b, bias);
    keepAlive(out, a, b, bias);
  }

  @Override
  public void convolution(
      Window window, Strided out, Strided x, Strided w, @Nullable Strided bias) {
    new Convolution<>(Lanes.of(out.dtype()), window, w).forward(out, x, bias);
    keepAlive(out, x, w, bias);
  }

  @Override
  public void convolutionInput(Window window, Strided dx, Strided grad, Strided w) {
    new Convolution<>(Lanes.of(dx.dtype()), window, w).input(dx, grad);
    keepAlive(dx, grad, w);
  }

  @Override
  public void convolutionWeight(Window window, Strided dw, Strided grad, Strided x) {
    new Convolution<>(Lanes.of(dw.dtype()), window, dw).weight(grad, x);
    keepAlive(dw, grad, x);
  }

  @Override
  public Strided maxPool(Window window, Strided out, Strided x) {
    Strided winners = Pooling.winners(window, out, x);
    Pooling.gather(Lanes.of(x.dtype()), out, x, winners);
    keepAlive(out, x);
    return winners;
  }

  @Override
  public void maxPoolInput(Window window, Strided dx, Strided grad, Strided winners) {
    Pooling.input(Lanes.of(dx.dtype()), dx, grad, winners);
    keepAlive(dx, grad, winners);
  }

  @Override
  public void maxPoolIndices(Window window, Strided indices, Strided x) {
    Pooling.indices(window, indices, x);
    keepAlive(indices, x);
  }

  /** Raw addresses do not keep a storage reachable, and an unreachable one is reused. */
  private static void keepAlive(@Nullable Strided... operands) {
    for (Strided s : operands) {
      Reference.reachabilityFence(s);
    }
  }
}
