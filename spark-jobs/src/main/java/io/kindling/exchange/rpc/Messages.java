package io.kindling.exchange.rpc;

import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What travels between a task and the driver; Spark's network layer writes it with Java's form. */
final class Messages {
  private Messages() {}

  /** Asks for the first work after a round; answered with {@link Next}, however late. */
  record Ask(TaskOrigin task, long after) implements Serializable {}

  /**
   * The work, with the first slice of its values.
   *
   * @param parameters how many there are
   * @param buffers likewise
   * @param slice little-endian float32; null at the end
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Next(
      long round,
      int epoch,
      long step,
      long updates,
      int parameters,
      int buffers,
      byte @Nullable [] slice)
      implements Serializable {}

  /** Asks for another slice of a round's values; answered with its bytes, null if it is past. */
  record Fetch(long round, int slice) implements Serializable {}

  /** A slice of a task's sums; answered with true when the next may come. */
  @SuppressWarnings("ArrayRecordComponent")
  record Deliver(TaskOrigin task, long round, int slice, byte[] sum, @Nullable TaskTimes times)
      implements Serializable {}
}
