package io.kindling.bench;

import io.kindling.core.DType;
import io.kindling.device.Backend;
import io.kindling.device.Operand;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Pool;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Passes every call on and counts how many there are and how long they take. One thread. */
final class TimedBackend implements Backend {
  /** Calls of one kind since the last reset. */
  static final class Count {
    long calls;
    long nanos;
  }

  private final Backend backend;
  private Map<String, Count> counts = new LinkedHashMap<>();

  TimedBackend(Backend backend) {
    this.backend = backend;
  }

  void clear() {
    counts = new LinkedHashMap<>();
  }

  /** What was counted, by what was called; pointwise and row kernels by their names. */
  Map<String, Count> take() {
    Map<String, Count> taken = counts;
    clear();
    return taken;
  }

  private void count(String what, long start) {
    long nanos = System.nanoTime() - start;
    Count count = counts.get(what);
    if (count == null) {
      count = new Count();
      counts.put(what, count);
    }
    count.calls++;
    count.nanos += nanos;
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public io.kindling.device.Fingerprint fingerprint() {
    return backend.fingerprint();
  }

  @Override
  public boolean prefersChannelsLast() {
    return backend.prefersChannelsLast();
  }

  @Override
  public void pointwise(
      PointwiseKernel kernel, DType compute, Strided[] out, Operand[] in, double... scalars) {
    long start = System.nanoTime();
    backend.pointwise(kernel, compute, out, in, scalars);
    count(kernel.name(), start);
  }

  @Override
  public void random(
      Distribution distribution,
      io.kindling.core.RandomStream stream,
      Strided out,
      Number a,
      Number b) {
    long start = System.nanoTime();
    backend.random(distribution, stream, out, a, b);
    count("random", start);
  }

  @Override
  public void copy(Strided out, Strided in) {
    long start = System.nanoTime();
    backend.copy(out, in);
    count("copy", start);
  }

  @Override
  public void reduce(
      PointwiseKernel combine, DType compute, double identity, Strided out, Strided in) {
    long start = System.nanoTime();
    backend.reduce(combine, compute, identity, out, in);
    count("reduce", start);
  }

  @Override
  public void rows(RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in) {
    long start = System.nanoTime();
    backend.rows(kernel, out, index, in);
    count(kernel.name(), start);
  }

  @Override
  public void gather(Strided out, Strided src, Strided index, int dim) {
    long start = System.nanoTime();
    backend.gather(out, src, index, dim);
    count("gather", start);
  }

  @Override
  public void scatter(Strided dst, Strided src, Strided index, int dim, boolean add) {
    long start = System.nanoTime();
    backend.scatter(dst, src, index, dim, add);
    count("scatter", start);
  }

  @Override
  public void gemm(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    long start = System.nanoTime();
    backend.gemm(out, a, b, bias);
    count("gemm", start);
  }

  @Override
  public void convolution(
      Window window, Strided out, Strided x, Strided w, @Nullable Strided bias) {
    long start = System.nanoTime();
    backend.convolution(window, out, x, w, bias);
    count("convolution", start);
  }

  @Override
  public void convolutionInput(Window window, Strided dx, Strided grad, Strided w) {
    long start = System.nanoTime();
    backend.convolutionInput(window, dx, grad, w);
    count("convolution by input", start);
  }

  @Override
  public void convolutionWeight(Window window, Strided dw, Strided grad, Strided x) {
    long start = System.nanoTime();
    backend.convolutionWeight(window, dw, grad, x);
    count("convolution by weight", start);
  }

  @Override
  public @Nullable Strided pool(
      Pool kind, Window window, Strided out, Strided x, boolean derived) {
    long start = System.nanoTime();
    Strided winners = backend.pool(kind, window, out, x, derived);
    count("pool", start);
    return winners;
  }

  @Override
  public void poolInput(
      Pool kind, Window window, Strided dx, Strided grad, @Nullable Strided winners) {
    long start = System.nanoTime();
    backend.poolInput(kind, window, dx, grad, winners);
    count("pool by input", start);
  }

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
    long start = System.nanoTime();
    backend.normalize(out, mean, variance, x, weight, bias, eps, given);
    count("normalize", start);
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
    long start = System.nanoTime();
    backend.normalizeBackward(dx, dw, db, grad, x, mean, variance, weight, eps);
    count("normalize backward", start);
  }

  @Override
  public void maxPoolIndices(Window window, Strided indices, Strided x) {
    long start = System.nanoTime();
    backend.maxPoolIndices(window, indices, x);
    count("max pool indices", start);
  }
}
