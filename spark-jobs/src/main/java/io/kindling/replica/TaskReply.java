package io.kindling.replica;

import io.kindling.reduce.TreeSum;
import java.io.Serializable;

/**
 * What a task sends to the driver: partial sums in their wire form, whose they are and where the
 * time went. The sums are bytes because serializers copy bytes in bulk and floats one by one.
 */
public final class TaskReply implements Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] sum;
  private final TaskTimes times;
  private final TaskOrigin origin;

  private TaskReply(byte[] sum, TaskTimes times, TaskOrigin origin) {
    this.sum = sum;
    this.times = times;
    this.origin = origin;
  }

  /**
   * Of the task that runs on this thread, the numbers from {@code from} to before {@code to}; see
   * {@link TreeSum#toBytes}.
   */
  public static TaskReply of(TreeSum sum, TaskTimes times, int from, int to) {
    byte[] bytes = sum.toBytes(from, to);
    times.serialized();
    return new TaskReply(bytes, times, TaskOrigin.here());
  }

  /** A sum of what several tasks sent, of which the times are that of the slowest. */
  public static TaskReply ofSlowest(TreeSum sum, TaskTimes times) {
    return new TaskReply(sum.toBytes(0, Integer.MAX_VALUE), times, TaskOrigin.here());
  }

  /** The partial sums; decoded at each call. */
  public TreeSum sum() {
    return TreeSum.fromBytes(sum);
  }

  public TaskTimes times() {
    return times;
  }

  public TaskOrigin origin() {
    return origin;
  }
}
