package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.device.Scope;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * Normalises each channel over the batch: in training by the batch's own mean and variance, which
 * the running ones follow; in evaluation by the running ones.
 */
abstract class BatchNorm extends Layer {
  private static final long serialVersionUID = 1L;

  public @Nullable Parameter weight;
  public @Nullable Parameter bias;

  @Name("running_mean")
  @Buffer
  public @Nullable Tensor runningMean;

  @Name("running_var")
  @Buffer
  public @Nullable Tensor runningVar;

  @Name("num_batches_tracked")
  @Buffer
  public @Nullable Tensor numBatchesTracked;

  private final int features;
  private final Options options;

  /**
   * What differs from PyTorch's defaults.
   *
   * @param eps added to the variance, 1e-5 by default
   * @param momentum how far the running statistics go to the batch's, 0.1 by default; null for the
   *     mean of all batches
   * @param affine whether there are weight and bias, as by default
   * @param tracks whether there are running statistics, as by default
   */
  public record Options(double eps, @Nullable Double momentum, boolean affine, boolean tracks)
      implements java.io.Serializable {
    static final Options DEFAULT = new Options(1e-5, 0.1, true, true);

    public Options momentum(@Nullable Double value) {
      return new Options(eps, value, affine, tracks);
    }

    public Options affine(boolean has) {
      return new Options(eps, momentum, has, tracks);
    }

    public Options trackRunningStats(boolean does) {
      return new Options(eps, momentum, affine, does);
    }
  }

  /** Options with another {@code eps}, to be changed further. */
  public static Options eps(double eps) {
    return new Options(eps, 0.1, true, true);
  }

  BatchNorm(int features, Options options) {
    Arguments.notNull(options, "BatchNorm", "options");
    if (features < 0) {
      throw new KindlingException("BatchNorm: expected num_features of 0 or more, got " + features);
    }
    this.features = features;
    this.options = options;
    try (Scope lasting = Scope.none()) {
      if (options.affine) {
        weight = new Parameter(Tensors.ones(features));
        bias = new Parameter(Tensors.zeros(features));
      }
      if (options.tracks) {
        runningMean = Tensors.zeros(features);
        runningVar = Tensors.ones(features);
        numBatchesTracked = Tensors.tensor(0);
      }
    }
  }

  /** Forgets the running statistics. */
  public final void resetRunningStats() {
    if (runningMean != null && runningVar != null && numBatchesTracked != null) {
      runningMean.zero_();
      runningVar.fill_(1);
      numBatchesTracked.zero_();
    }
  }

  /**
   * Whether the layer takes an input of so many dimensions.
   *
   * @return what it takes, for the error, or null if it does
   */
  abstract @Nullable String refuses(int dims);

  @Override
  protected Tensor compute(Tensor x) {
    String expected = refuses(x.dim());
    if (expected != null) {
      throw new ShapeException("expected " + expected + " input (got " + x.dim() + "D input)");
    }
    boolean training = isTraining() || runningMean == null;
    double momentum = 0;
    if (isTraining() && numBatchesTracked != null) {
      numBatchesTracked.add_(1);
      Double fixed = options.momentum;
      momentum = fixed != null ? fixed : 1.0 / numBatchesTracked.itemLong();
    }
    return Functional.batchNorm(
        x, runningMean, runningVar, weight, bias, training, momentum, options.eps);
  }

  @Override
  protected String extraRepr() {
    Double momentum = options.momentum;
    return features
        + ", eps="
        + ModuleFormat.number(options.eps)
        + ", momentum="
        + (momentum == null ? "None" : ModuleFormat.number(momentum))
        + ", affine="
        + ModuleFormat.bool(options.affine)
        + ", track_running_stats="
        + ModuleFormat.bool(options.tracks);
  }
}
