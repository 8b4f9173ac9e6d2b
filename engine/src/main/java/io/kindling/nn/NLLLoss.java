package io.kindling.nn;

import io.kindling.tensor.Functional;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Minus the log-probability of the target class: {@code input [N, C]} (or {@code [C]}, or {@code
 * [N, C, d1, ...]}) of log-probabilities, {@code target [N]} (or {@code []}, or {@code [N, d1,
 * ...]}) of int64 classes.
 */
public class NLLLoss extends Loss {
  private static final long serialVersionUID = 1L;

  @Buffer private final @Nullable Tensor weight;
  private final long ignoreIndex;

  /** The mean over all examples. */
  public NLLLoss() {
    this(Reduction.MEAN);
  }

  public NLLLoss(Reduction reduction) {
    this(null, -100, reduction);
  }

  /**
   * With all options.
   *
   * @param weight of each class, {@code [C]}; the mean is then weighted
   * @param ignoreIndex a target that does not count
   */
  public NLLLoss(@Nullable Tensor weight, long ignoreIndex, Reduction reduction) {
    super(reduction);
    this.weight = weight;
    this.ignoreIndex = ignoreIndex;
  }

  @Override
  public Tensor forward(Tensor input, Tensor target) {
    return Functional.nllLoss(input, target, weight, ignoreIndex, reduction());
  }
}
