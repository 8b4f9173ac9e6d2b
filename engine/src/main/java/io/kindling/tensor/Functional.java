package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Pool;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/** The operators of layers and losses without state: PyTorch's {@code torch.nn.functional}. */
public final class Functional {
  /** How the losses of single examples become one. */
  public enum Reduction {
    NONE,
    MEAN,
    SUM
  }

  private Functional() {}

  /**
   * {@code x w^T + bias}: {@code x [..., in], w [out, in], bias [out] -> [..., out]}.
   *
   * @throws ShapeException naming both shapes
   */
  public static Tensor linear(Tensor x, Tensor w, @Nullable Tensor bias) {
    Arguments.given("linear", "input", x, "weight", w);
    if (x.dim() == 0 || w.dim() == 0) {
      throw new ShapeException(
          "both arguments to linear need to be at least 1D, but they are "
              + x.dim()
              + "D and "
              + w.dim()
              + "D");
    }
    if (w.dim() == 1 && bias == null) {
      return x.matmul(w);
    }
    if (x.size(-1) != w.size(-1)) {
      throw new ShapeException(
          "mat1 and mat2 shapes cannot be multiplied: linear takes [..., "
              + w.size(-1)
              + "], got "
              + Shapes.text(x.shape()));
    }
    if (x.dim() == 2) {
      return bias == null ? x.mm(w.t()) : bias.addmm(x, w.t());
    }
    long[] shape = x.shape();
    shape[shape.length - 1] = w.size(0);
    long rows = Shapes.numel(java.util.Arrays.copyOf(shape, shape.length - 1));
    return linear(x.reshape(rows, w.size(-1)), w, bias).view(shape);
  }

  /** {@code x [N, C, H, W], w [K, C/groups, R, S], bias [K] -> [N, K, OH, OW]}. */
  public static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    return unbatched(x, y -> ConvOps.conv2d(y, w, bias, window));
  }

  /** {@code x [N, C, H, W] -> [N, C, OH, OW]}, the largest of each window. */
  public static Tensor maxPool2d(Tensor x, Window window) {
    return pool2d(Pool.MAX, x, window);
  }

  /**
   * {@code x [N, C, H, W] -> [N, C, OH, OW]}, the mean of each window.
   *
   * @param window without dilation
   * @param countIncludePad whether the zeros of the padding count as elements
   */
  public static Tensor avgPool2d(Tensor x, Window window, boolean countIncludePad) {
    return pool2d(countIncludePad ? Pool.AVERAGE : Pool.AVERAGE_INSIDE, x, window);
  }

  private static Tensor pool2d(Pool kind, Tensor x, Window window) {
    WindowChecks.pool(x, window);
    return unbatched(x, y -> PoolOps.pool2d(kind, y, window));
  }

  /**
   * Normalises each channel of {@code x [N, C, ...]}: in training by its own mean and variance over
   * the other dimensions, which the running ones (if any) follow with {@code momentum}; else by the
   * running ones.
   *
   * @param runningMean {@code [C]}, or null; with {@code runningVar} (unbiased) written in training
   * @param weight {@code [C]}, or null; and so {@code bias}
   * @throws ShapeException if a vector has not C elements, or a channel one element in training
   */
  public static Tensor batchNorm(
      Tensor x,
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      boolean training,
      double momentum,
      double eps) {
    return Autograd.composed(
        () -> NormOps.batchNorm(x, runningMean, runningVar, weight, bias, training, momentum, eps));
  }

  /**
   * Normalises over the last dimensions, which are {@code shape}: {@code x [..., *shape]}; weight
   * and bias, which may be null, have that shape.
   *
   * @throws ShapeException if they do not fit
   */
  public static Tensor layerNorm(
      Tensor x, long[] shape, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    return Autograd.composed(() -> NormOps.layerNorm(x, shape, weight, bias, eps));
  }

  /**
   * Normalises each of {@code groups} runs of channels of each example of {@code x [N, C, ...]};
   * weight and bias, which may be null, are {@code [C]}.
   *
   * @throws ShapeException if C is not divisible by groups, or a vector does not fit
   */
  public static Tensor groupNorm(
      Tensor x, int groups, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    return Autograd.composed(() -> NormOps.groupNorm(x, groups, weight, bias, eps));
  }

  /** A single image {@code [C, H, W]} is taken as a batch of one. */
  private static Tensor unbatched(Tensor x, java.util.function.UnaryOperator<Tensor> f) {
    return x.dim() == 3 ? f.apply(x.unsqueeze(0)).squeeze(0) : f.apply(x);
  }

  /** {@code x} where positive, {@code negativeSlope x} elsewhere. */
  public static Tensor leakyRelu(Tensor x, double negativeSlope) {
    Arguments.given("leaky_relu", "input", x);
    return MathOps.LEAKY_RELU.apply(new double[] {negativeSlope}, x);
  }

  /**
   * Zeroes each element with probability {@code p} and scales the others by {@code 1 / (1 - p)}.
   *
   * @param training where false, x is returned as it is
   */
  public static Tensor dropout(Tensor x, double p, boolean training) {
    Arguments.given("dropout", "input", x);
    if (!(p >= 0 && p <= 1)) {
      throw new KindlingException("dropout probability has to be between 0 and 1, but got " + p);
    }
    if (!training || p == 0) {
      return x;
    }
    return Autograd.composed(
        () -> {
          Tensor mask = Tensors.emptyLike(x, x.dtype()).bernoulli_(1 - p);
          return x.mul(p == 1 ? mask : mask.div_(1 - p));
        });
  }

  /** {@code (x - target)^2}, reduced; the target broadcasts. */
  public static Tensor mseLoss(Tensor x, Tensor target, Reduction reduction) {
    return Autograd.composed(() -> LossOps.mse(x, target, reduction));
  }

  /**
   * Minus the log-probability of each target class.
   *
   * @param logProbabilities {@code [N, C]} or {@code [C]} or {@code [N, C, d1, ...]}
   * @param target int64 classes {@code [N]}, {@code []} or {@code [N, d1, ...]}
   * @param weight {@code [C]}, or null
   * @param ignoreIndex a target that does not count
   * @throws io.kindling.core.IndexException for a class outside {@code [0, C)}
   */
  public static Tensor nllLoss(
      Tensor logProbabilities,
      Tensor target,
      @Nullable Tensor weight,
      long ignoreIndex,
      Reduction reduction) {
    return Autograd.composed(
        () -> LossOps.nll(logProbabilities, target, weight, ignoreIndex, reduction));
  }

  public static Tensor nllLoss(Tensor logProbabilities, Tensor target) {
    return nllLoss(logProbabilities, target, null, -100, Reduction.MEAN);
  }

  /**
   * {@link #nllLoss} of {@code log_softmax(logits, 1)}, or with a floating-point target of the
   * logits' shape the cross entropy with those probabilities.
   */
  public static Tensor crossEntropy(
      Tensor logits,
      Tensor target,
      @Nullable Tensor weight,
      long ignoreIndex,
      double labelSmoothing,
      Reduction reduction) {
    return Autograd.composed(
        () -> LossOps.crossEntropy(logits, target, weight, ignoreIndex, labelSmoothing, reduction));
  }

  public static Tensor crossEntropy(Tensor logits, Tensor target) {
    return crossEntropy(logits, target, null, -100, 0, Reduction.MEAN);
  }
}
