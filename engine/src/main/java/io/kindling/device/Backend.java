package io.kindling.device;

import org.jspecify.annotations.Nullable;

/**
 * What a device must be able to do: a few families of kernels, not a method an operator. Outputs
 * are allocated by the caller and may have any strides unless said otherwise; an output may be the
 * very same memory and layout as an input (in place), never partly overlap one.
 */
public interface Backend {
  /** For messages and logs: {@code onednn}, {@code java}. */
  String name();

  /** Which kernels these are, for comparison with those of other hosts. */
  Fingerprint fingerprint();

  /** True where convolutions and pools run best on channels-last activations. */
  boolean prefersChannelsLast();

  /**
   * Runs a pointwise kernel. Inputs broadcast to the shape of {@code out[0]}; all outputs have that
   * shape. The kernel runs in {@code compute}'s type; inputs and outputs are converted.
   */
  void pointwise(
      PointwiseKernel kernel,
      io.kindling.core.DType compute,
      Strided[] out,
      Operand[] in,
      double... scalars);

  /** What random numbers are like. */
  enum Distribution {
    /** In {@code [a, b)}. */
    UNIFORM,
    /** With the mean a and the standard deviation b. */
    NORMAL,
    /** 1 with the probability a, else 0. */
    BERNOULLI,
    /** Integers in {@code [a, b)}. */
    INTEGERS
  }

  /**
   * Fills {@code out} in row-major order with numbers of the stream, which moves on by what was
   * drawn. But for NORMAL every device gives the same bits.
   */
  void random(
      Distribution distribution,
      io.kindling.core.RandomStream stream,
      Strided out,
      Number a,
      Number b);

  /** Copies {@code in} to {@code out} of the same shape, converting the type. */
  void copy(Strided out, Strided in);

  /**
   * Folds {@code in} by a binary associative kernel over the dimensions in which {@code out} has
   * size one; both have the same rank. An empty reduction gives {@code identity}.
   */
  void reduce(
      PointwiseKernel combine,
      io.kindling.core.DType compute,
      double identity,
      Strided out,
      Strided in);

  /**
   * Runs a row kernel along the last dimension. All operands share the other dimensions; an output
   * has a last dimension as long as the input's, or one. {@code index}, int64, may be absent.
   */
  void rows(RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in);

  /**
   * {@code out[..., i at dim, ...] = src[..., index[..., i, ...] at dim, ...]}. {@code index} is
   * int64 of {@code out}'s shape; {@code src} has that shape except at {@code dim}.
   *
   * @throws io.kindling.core.IndexException for an index outside {@code src}
   */
  void gather(Strided out, Strided src, Strided index, int dim);

  /**
   * The reverse of {@link #gather}: writes, or adds in index order, {@code src} into {@code dst}.
   */
  void scatter(Strided dst, Strided src, Strided index, int dim, boolean add);

  /**
   * {@code out = a b + bias}: {@code [B, M, K] x [B, K, N] -> [B, M, N]} with three dimensions or
   * {@code [M, K] x [K, N] -> [M, N]} with two; {@code bias} has the shape {@code [N]}.
   */
  void gemm(Strided out, Strided a, Strided b, @Nullable Strided bias);

  /** {@code x [N, C, H, W], w [K, C/groups, R, S], bias [K] -> out [N, K, OH, OW]}. */
  void convolution(Window window, Strided out, Strided x, Strided w, @Nullable Strided bias);

  /** The gradient of {@link #convolution} by its input: {@code grad, w -> dx}. */
  void convolutionInput(Window window, Strided dx, Strided grad, Strided w);

  /** The gradient of {@link #convolution} by its weight: {@code grad, x -> dw}. */
  void convolutionWeight(Window window, Strided dw, Strided grad, Strided x);

  /**
   * {@code out = (x - mean) / sqrt(variance + eps) * weight + bias}, with {@code mean} and {@code
   * variance} (over n, not n - 1) taken over the dimensions in which they have size one and
   * written, or read where they are given. Batch, layer, group and instance norm differ in those
   * dimensions only.
   *
   * @param mean of x's rank; float32, or float64 for such x
   * @param variance laid out as the mean
   * @param weight of x's rank, size one where it repeats
   * @param bias as the weight
   * @param given whether mean and variance are there, as in evaluation; weight and bias then have
   *     their shape
   */
  default void normalize(
      Strided out,
      Strided mean,
      Strided variance,
      Strided x,
      @Nullable Strided weight,
      @Nullable Strided bias,
      double eps,
      boolean given) {
    Normalization.forward(this, out, mean, variance, x, weight, bias, eps, given);
  }

  /** The gradients of {@link #normalize} by x, weight and bias, those that are wanted. */
  default void normalizeBackward(
      @Nullable Strided dx,
      @Nullable Strided dw,
      @Nullable Strided db,
      Strided grad,
      Strided x,
      Strided mean,
      Strided variance,
      @Nullable Strided weight,
      double eps) {
    Normalization.backward(this, dx, dw, db, grad, x, mean, variance, weight, eps);
  }

  /**
   * {@code x [N, C, H, W] -> out [N, C, OH, OW]}, one of each window.
   *
   * @param derived whether {@link #poolInput} is to follow
   * @return what that needs, opaque: a max pool's winners; null if nothing
   */
  @Nullable Strided pool(Pool kind, Window window, Strided out, Strided x, boolean derived);

  /** The gradient of {@link #pool}: sends each of {@code grad} to where its window had it from. */
  void poolInput(Pool kind, Window window, Strided dx, Strided grad, @Nullable Strided winners);

  /** {@code x [N, C, H, W] -> indices [N, C, OH, OW]}: int64 positions in the H x W plane. */
  void maxPoolIndices(Window window, Strided indices, Strided x);
}
