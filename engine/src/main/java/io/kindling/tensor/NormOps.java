package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Batch, layer and group norm: {@link Normalization} over different dimensions. */
final class NormOps {
  private NormOps() {}

  /** {@code x [N, C, ...]}; weight, bias and the running statistics are {@code [C]}. */
  static Tensor batchNorm(
      Tensor x,
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      boolean training,
      double momentum,
      double eps) {
    if (x.dim() < 2) {
      throw new ShapeException(
          "batch_norm: expected an input [N, C, ...], got " + Shapes.text(x.shape()));
    }
    long c = x.size(1);
    long[] shape = channels(x.dim(), c);
    checkVector("running_mean", runningMean, c);
    checkVector("running_var", runningVar, c);
    Tensor w = shaped("weight", weight, shape);
    Tensor b = shaped("bias", bias, shape);
    int[] dims = IntStream.range(0, x.dim()).filter(d -> d != 1).toArray();
    Normalization n = new Normalization("NativeBatchNormBackward0", x.shape(), dims, eps);
    if (!training && runningMean != null && runningVar != null) {
      DType type = TypeRule.requireFloating("batch_norm", x).dtype().computeType();
      Tensor mean = runningMean.detach().to(type).view(shape);
      return n.byGiven(x, mean, runningVar.detach().to(type).view(shape), w, b);
    }
    if (x.numel() == c && training) {
      throw new ShapeException(
          "Expected more than 1 value per channel when training, got input size torch.Size("
              + Shapes.text(x.shape())
              + ")");
    }
    Normalization.Result result = n.apply(x, w, b);
    if (training && x.numel() > 0) {
      double count = (double) x.numel() / c;
      follow(runningMean, result.mean(), momentum, 1);
      follow(runningVar, result.variance(), momentum, count / (count - 1));
    }
    return result.out();
  }

  private static long[] channels(int rank, long c) {
    long[] shape = new long[rank];
    Arrays.fill(shape, 1);
    shape[1] = c;
    return shape;
  }

  private static void checkVector(String name, @Nullable Tensor t, long c) {
    if (t != null && t.numel() != c) {
      throw new ShapeException(name + " should contain " + c + " elements not " + t.numel());
    }
  }

  private static @Nullable Tensor shaped(String name, @Nullable Tensor t, long[] shape) {
    checkVector(name, t, Shapes.numel(shape));
    return t == null ? null : t.view(shape);
  }

  /** {@code running = (1 - momentum) running + momentum factor statistic}. */
  private static void follow(
      @Nullable Tensor running, Tensor statistic, double momentum, double factor) {
    if (running != null) {
      Tensor now = statistic.view(running.shape());
      running.detach().mul_(1 - momentum).add_(now.mul(momentum * factor));
    }
  }

  /** {@code x [..., *shape]}; weight and bias have that shape. */
  static Tensor layerNorm(
      Tensor x, long[] shape, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    int first = x.dim() - shape.length;
    long[] tail = first < 0 ? new long[0] : Arrays.copyOfRange(x.shape(), first, x.dim());
    if (shape.length == 0 || !Arrays.equals(shape, tail)) {
      String wanted = Shapes.text(shape);
      throw new ShapeException(
          "Given normalized_shape="
              + wanted
              + ", expected input with shape [*, "
              + wanted.substring(1)
              + ", but got input of size"
              + Shapes.text(x.shape()));
    }
    long[] wide = new long[x.dim()];
    Arrays.fill(wide, 1);
    System.arraycopy(shape, 0, wide, first, shape.length);
    Tensor w = ofShape("weight", weight, shape, wide);
    Tensor b = ofShape("bias", bias, shape, wide);
    int[] dims = IntStream.range(first, x.dim()).toArray();
    return new Normalization("NativeLayerNormBackward0", x.shape(), dims, eps).apply(x, w, b).out();
  }

  private static @Nullable Tensor ofShape(
      String name, @Nullable Tensor t, long[] shape, long[] wide) {
    if (t != null && !t.layout().hasShape(shape)) {
      throw new ShapeException(
          "Expected "
              + name
              + " to be of same shape as normalized_shape, but got "
              + name
              + " of shape "
              + Shapes.text(t.shape())
              + " and normalized_shape = "
              + Shapes.text(shape));
    }
    return t == null ? null : t.view(wide);
  }

  /**
   * {@code x [N, C, ...]} with {@code groups} runs of channels; weight and bias are {@code [C]}.
   */
  static Tensor groupNorm(
      Tensor x, int groups, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    if (x.dim() < 2 || groups < 1 || x.size(1) % groups != 0) {
      throw new ShapeException(
          "Expected number of channels in input to be divisible by num_groups, but got input of"
              + " shape "
              + Shapes.text(x.shape())
              + " and num_groups="
              + groups);
    }
    long[] split = split(x.shape(), groups);
    long[] wide = channels(split.length, groups);
    wide[2] = split[2];
    Tensor w = ofChannels("weight", weight, x, wide);
    Tensor b = ofChannels("bias", bias, x, wide);
    int[] dims = IntStream.range(2, split.length).toArray();
    return new Normalization("NativeGroupNormBackward0", split, dims, eps).apply(x, w, b).out();
  }

  private static long[] split(long[] shape, int groups) {
    long[] out = new long[shape.length + 1];
    out[0] = shape[0];
    out[1] = groups;
    out[2] = shape[1] / groups;
    System.arraycopy(shape, 2, out, 3, shape.length - 2);
    return out;
  }

  private static @Nullable Tensor ofChannels(
      String name, @Nullable Tensor t, Tensor x, long[] wide) {
    if (t != null && !t.layout().hasShape(x.size(1))) {
      throw new ShapeException(
          "Expected "
              + name
              + " to be a vector of size equal to the number of channels in input, but got "
              + name
              + " of shape "
              + Shapes.text(t.shape())
              + " and input of shape "
              + Shapes.text(x.shape()));
    }
    return t == null ? null : t.view(wide);
  }
}
