package io.kindling.exchange.rounds;

import io.kindling.replica.StepParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task is to do next.
 *
 * @param round counts what a session was asked to do, from 0; {@link #END} has none
 * @param epoch counted from 0
 * @param step of the epoch, counted from 0
 * @param values to compute with; null at the end
 * @param owners who adds which slice; null where the driver adds all
 */
public record Work(
    long round, int epoch, long step, @Nullable StepParameters values, @Nullable Owners owners) {
  /** There is nothing more to do. */
  public static final Work END = new Work(Long.MAX_VALUE, 0, 0, null, null);

  /**
   * The tasks that add slices: slice i belongs to address i modulo their number.
   *
   * @param since the first round of these owners
   * @param addresses where each of the partitions' tasks is reached
   */
  public record Owners(long since, List<String> addresses) {}
}
