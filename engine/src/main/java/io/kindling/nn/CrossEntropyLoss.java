package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The cross entropy between {@code softmax(input)} and the target: {@code input [N, C]} (or {@code
 * [C]}, or {@code [N, C, d1, ...]}) of logits, {@code target [N]} of int64 classes, or of the
 * input's shape with probabilities.
 */
public class CrossEntropyLoss extends Loss {
  private static final long serialVersionUID = 1L;

  @Buffer private final @Nullable Tensor weight;
  private final long ignoreIndex;
  private final double labelSmoothing;

  /**
   * What can be asked of the loss. Each method returns changed options; made by {@link #options}.
   *
   * @param weight of each class, {@code [C]}; the mean is then weighted
   * @param ignoreIndex a target that does not count, -100 by default
   * @param labelSmoothing the share of the uniform distribution in the target, 0 by default
   * @param reduction the mean by default
   */
  public record Options(
      @Nullable Tensor weight, long ignoreIndex, double labelSmoothing, Reduction reduction) {

    public Options weight(Tensor value) {
      return new Options(value, ignoreIndex, labelSmoothing, reduction);
    }

    public Options ignoreIndex(long value) {
      return new Options(weight, value, labelSmoothing, reduction);
    }

    public Options labelSmoothing(double value) {
      return new Options(weight, ignoreIndex, value, reduction);
    }

    public Options reduction(Reduction value) {
      return new Options(weight, ignoreIndex, labelSmoothing, value);
    }
  }

  public static Options options() {
    return new Options(null, -100, 0, Reduction.MEAN);
  }

  /** The mean over all examples. */
  public CrossEntropyLoss() {
    this(options());
  }

  public CrossEntropyLoss(Reduction reduction) {
    this(options().reduction(reduction));
  }

  /**
   * With all options.
   *
   * @throws KindlingException if the smoothing is not in [0, 1]
   */
  public CrossEntropyLoss(Options options) {
    super(Arguments.notNull(options, "CrossEntropyLoss", "options").reduction);
    if (!(options.labelSmoothing >= 0 && options.labelSmoothing <= 1)) {
      throw new KindlingException(
          "label_smoothing must be between 0.0 and 1.0. Got: "
              + ModuleFormat.number(options.labelSmoothing));
    }
    weight = options.weight;
    ignoreIndex = options.ignoreIndex;
    labelSmoothing = options.labelSmoothing;
  }

  @Override
  public Tensor forward(Tensor input, Tensor target) {
    return Functional.crossEntropy(input, target, weight, ignoreIndex, labelSmoothing, reduction());
  }
}
