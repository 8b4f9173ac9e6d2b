package io.kindling.exchange.rounds;

import io.kindling.reduce.TreeSum;
import io.kindling.replica.TaskTimes;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A task's part in a sliced reduction. Of the slices that it owns it has the round's values for all
 * tasks, fetched from the driver once, and adds what all tasks give; the driver gets the total. The
 * sum is element by element in the same tree, so that it has the bits of the driver's. Safe for use
 * by several threads; nothing waits in it.
 */
public final class SliceOwner {
  private static final byte[] NONE = {};

  private final Driver driver;
  private final int shards;
  private final Map<Integer, CompletableFuture<byte[]>> values = new HashMap<>();
  private final Map<Integer, TreeSum> sums = new HashMap<>();
  private long round = -1;

  /** The way to the driver. */
  public interface Driver {
    /** The bytes of a slice of a round's values; none where the round is over. */
    CompletableFuture<byte[]> fetch(long round, int slice);

    /** Hands over the total of a slice. */
    void deliver(long round, int slice, byte[] total, @Nullable TaskTimes times);
  }

  /**
   * Owns nothing yet.
   *
   * @param shards of the whole tree
   */
  public SliceOwner(Driver driver, int shards) {
    this.driver = driver;
    this.shards = shards;
  }

  /** The values of a slice came with the work. */
  public synchronized void hold(long of, int slice, byte[] bytes) {
    if (isOpen(of)) {
      values.put(slice, CompletableFuture.completedFuture(bytes));
    }
  }

  /** The bytes of a slice of a round's values; none where the round is over. */
  public synchronized CompletableFuture<byte[]> values(long of, int slice) {
    return isOpen(of)
        ? values.computeIfAbsent(slice, index -> driver.fetch(of, index))
        : CompletableFuture.completedFuture(NONE);
  }

  /**
   * A task's part of a slice's sum; what comes twice, or too late, is dropped.
   *
   * @param part a {@link TreeSum} in bytes
   * @param times with the last slice that the task delivers, else null
   */
  public void add(long of, int slice, byte[] part, @Nullable TaskTimes times) {
    TreeSum read = TreeSum.fromBytes(part);
    synchronized (this) {
      if (!isOpen(of)) {
        return;
      }
      TreeSum sum = sums.computeIfAbsent(slice, index -> new TreeSum(shards));
      boolean before = sum.isComplete();
      sum.merge(read);
      if (sum.isComplete() && !before) {
        driver.deliver(of, slice, sum.toBytes(0, Integer.MAX_VALUE), times);
      }
    }
  }

  /** Whether this is the round that is known here; a later one takes its place. */
  private boolean isOpen(long of) {
    if (of > round) {
      round = of;
      values.clear();
      sums.clear();
    }
    return of == round;
  }
}
