package io.kindling.report;

import org.jspecify.annotations.Nullable;

/**
 * How well a model does; what is not known yet is left out.
 *
 * @param trainLoss mean loss over the examples of the last epoch, in training mode
 * @param testLoss mean loss over all test examples
 * @param testAccuracy part of the test examples that are classified correctly
 * @param examplesPerSecond training examples a second, evaluation left out
 */
public record Metrics(
    @Nullable Double trainLoss,
    @Nullable Double testLoss,
    @Nullable Double testAccuracy,
    @Nullable Double examplesPerSecond) {
  public static final Metrics NONE = new Metrics(null, null, null, null);
}
