package io.kindling.report;

import io.kindling.reduce.ShardResult;

/**
 * Exact means over a data set: sums over examples, divided once.
 *
 * @param loss mean over the examples
 * @param accuracy part that is classified correctly
 * @param examples how many
 */
public record Evaluation(double loss, double accuracy, long examples) {
  /** The means of what was summed over all shards. */
  public static Evaluation of(ShardResult total) {
    double n = total.examples();
    return new Evaluation(total.lossSum() / n, total.correct() / n, total.examples());
  }
}
