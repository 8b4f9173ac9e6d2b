package io.kindling.device;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * Free blocks that one thread keeps for itself, so that threads do not wait for each other. Its
 * lock is its thread's own, but for a pool under pressure that takes everything back.
 */
final class Magazine {
  /** Blocks of one size, and bytes of all sizes, that a thread keeps at most. */
  private static final int BLOCKS = 64;

  private static final long BYTES = 64L << 20;

  /** Differences to the shared count of bytes in use that are told only when they are as large. */
  private static final long UNTOLD = 64L << 10;

  /** Where blocks go that do not fit, and what was not told. */
  interface Depot {
    void give(long block, int sizeClass);

    void countInUse(long bytes);
  }

  private final WeakReference<Thread> owner = new WeakReference<>(Thread.currentThread());
  private final @Nullable LongStack[] free = new LongStack[SizeClass.COUNT];
  private final Depot depot;
  private long kept;
  private long untold;

  Magazine(Depot depot) {
    this.depot = depot;
  }

  boolean isOrphan() {
    Thread thread = owner.get();
    return thread == null || !thread.isAlive();
  }

  /** A block of that size, or 0. */
  synchronized long take(long size, int sizeClass) {
    LongStack blocks = free[sizeClass];
    long block = blocks == null ? 0 : blocks.pop();
    if (block != 0) {
      kept -= size;
      count(size);
    }
    return block;
  }

  synchronized void give(long block, long size, int sizeClass) {
    count(-size);
    LongStack blocks = free[sizeClass];
    if (blocks == null) {
      blocks = new LongStack();
      free[sizeClass] = blocks;
    }
    if (blocks.size() < BLOCKS && kept + size <= BYTES) {
      blocks.push(block);
      kept += size;
    } else {
      depot.give(block, sizeClass);
    }
  }

  /** A change of the bytes in use. */
  synchronized void count(long bytes) {
    untold += bytes;
    if (Math.abs(untold) >= UNTOLD) {
      depot.countInUse(untold);
      untold = 0;
    }
  }

  /** What {@link #count} has not told yet. */
  synchronized long untold() {
    return untold;
  }

  /** Gives everything to the depot. */
  synchronized void empty() {
    depot.countInUse(untold);
    untold = 0;
    for (int c = 0; c < free.length && kept > 0; c++) {
      LongStack blocks = free[c];
      while (blocks != null && blocks.size() > 0) {
        depot.give(blocks.pop(), c);
        kept -= SizeClass.size(c);
      }
    }
  }
}
