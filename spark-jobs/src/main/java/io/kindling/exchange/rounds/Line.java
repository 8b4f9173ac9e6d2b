package io.kindling.exchange.rounds;

import io.kindling.reduce.TreeSum;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;

/** A resident task's way to the driver. Every call ends: by its answer, a bound or an interrupt. */
public interface Line extends AutoCloseable {
  /** Waits for the first work after that which it gave last. */
  Work next() throws InterruptedException;

  /**
   * Hands over the sums of what {@link #next} gave last; they are not to be used any more.
   *
   * @param origin the task as it is now
   */
  void deliver(TaskOrigin origin, TreeSum sum, TaskTimes times) throws InterruptedException;

  @Override
  void close();
}
