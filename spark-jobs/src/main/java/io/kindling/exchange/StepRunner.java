package io.kindling.exchange;

import io.kindling.reduce.ShardResult;
import io.kindling.replica.StepParameters;
import io.kindling.report.NativeMemory;
import io.kindling.report.StepBudget;
import org.jspecify.annotations.Nullable;

/**
 * The replicas in the executors, as the driver sees them. Every implementation gives the same bits;
 * they differ in what a step costs. Not safe for use by several threads.
 */
public interface StepRunner extends AutoCloseable {
  /**
   * What all training shards give in a step of an epoch, both counted from 0, added in the fixed
   * order.
   *
   * @param budget where the step's time went is added to it
   * @throws io.kindling.exchange.rounds.ClusterException if nothing comes back within the bound
   */
  ShardResult gradient(StepParameters values, int epoch, long step, StepBudget budget);

  /**
   * Which shards give a loss or a gradient in a step that is not finite, computed again, as the sum
   * does not tell.
   *
   * @return its gradient is 1 for each of these and 0 for the others, [shards]
   */
  ShardResult notFinite(StepParameters values, int epoch, long step);

  /** The summed loss and correct answers over all test examples. */
  ShardResult measure(StepParameters values);

  /** The native memory of the executor that used most; null before the first task. */
  @Nullable NativeMemory memory();

  @Override
  void close();
}
