package io.kindling.exchange.rounds;

import io.kindling.replica.StepParameters;
import org.jspecify.annotations.Nullable;

/**
 * What a task is to do next.
 *
 * @param round counts the steps of a session, from 0; {@link #END} has none
 * @param epoch counted from 0
 * @param step of the epoch, counted from 0
 * @param values to compute with; null at the end
 */
public record Work(long round, int epoch, long step, @Nullable StepParameters values) {
  /** There is nothing more to do. */
  public static final Work END = new Work(Long.MAX_VALUE, 0, 0, null);
}
