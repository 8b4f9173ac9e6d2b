package io.kindling.exchange.rounds;

import io.kindling.reduce.TreeSum;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;

/** A resident task's way to the driver. Every call ends: by its answer, a bound or an interrupt. */
public interface Line extends AutoCloseable {
  /**
   * Waits for the first work after a round.
   *
   * @param after the last round that this task has worked on, -1 for none
   */
  Work next(TaskOrigin task, long after) throws InterruptedException;

  /** Hands over the sums of a round; they are not to be used any more. */
  void deliver(TaskOrigin task, long round, TreeSum sum, TaskTimes times)
      throws InterruptedException;

  @Override
  void close();
}
