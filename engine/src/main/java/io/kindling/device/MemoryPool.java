package io.kindling.device;

import io.kindling.core.MemoryException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The native memory of one process: blocks in size classes, handed out last-in first-out so that a
 * training step finds the blocks of the step before, warm in the cache. What is in use plus what is
 * kept for reuse never passes the limit; a request that cannot be met says who asked for how much.
 *
 * <p>The limit comes from {@code -Dkindling.memory.limit} (bytes, or with a suffix k, m, g); the
 * default is half of the machine's memory.
 */
public final class MemoryPool {
  private static final int ALIGNMENT = 64;

  /** Unreachable storages are only seen by the collector; it is asked before so much piles up. */
  private static final long COLLECT_AFTER = 256L << 20;

  /** Waits of 1, 2, 4 ... milliseconds before a request is refused: half a second in all. */
  private static final int ATTEMPTS = 9;

  private static final MemoryPool HOST = new MemoryPool(configuredLimit());

  /**
   * @param inUse bytes that tensors hold now
   * @param peak the highest {@code inUse} so far
   * @param reserved bytes taken from the operating system, in use or kept for reuse
   * @param limit the bound on {@code reserved}
   */
  public record Stats(long inUse, long peak, long reserved, long limit) {}

  private final Map<Long, ArrayDeque<Long>> free = new HashMap<>();
  private long limit;
  private long inUse;
  private long peak;
  private long reserved;
  private long unscopedSinceCollect;

  MemoryPool(long limit) {
    this.limit = limit;
  }

  /** The pool of the host's memory. */
  public static MemoryPool host() {
    return HOST;
  }

  private static long configuredLimit() {
    String text = System.getProperty("kindling.memory.limit");
    return text == null ? defaultLimit() : parseSize(text);
  }

  private static long defaultLimit() {
    var os = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    if (os instanceof com.sun.management.OperatingSystemMXBean full) {
      return full.getTotalMemorySize() / 2;
    }
    return Runtime.getRuntime().maxMemory();
  }

  /** Reads {@code 512m}, {@code 2g}, {@code 1073741824}. */
  public static long parseSize(String text) {
    String t = text.trim().toLowerCase(java.util.Locale.ROOT);
    int shift = t.endsWith("k") ? 10 : t.endsWith("m") ? 20 : t.endsWith("g") ? 30 : 0;
    try {
      return Long.parseLong(shift == 0 ? t : t.substring(0, t.length() - 1).trim()) << shift;
    } catch (NumberFormatException e) {
      throw new MemoryException(
          "kindling.memory.limit: not a size: '" + text + "' (such as 512m, 2g or plain bytes)");
    }
  }

  /** Size classes: multiples of 64 up to 1 KiB, then four to each power of two. */
  static long roundUp(long bytes) {
    if (bytes <= 1024) {
      return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
    }
    long step = Long.highestOneBit(bytes - 1) >> 2;
    return (bytes + step - 1) & -step;
  }

  /**
   * Takes a block of at least {@code bytes}; its content is whatever was there.
   *
   * @param asker what the error names when the limit forbids it
   * @throws MemoryException if the limit would be passed even after a collection
   */
  long take(long bytes, boolean scoped, String asker) {
    long size = roundUp(bytes);
    if (!scoped && collectIsDue(size)) {
      collect();
    }
    long block = tryTake(size);
    for (int attempt = 0; block == 0 && attempt < ATTEMPTS; attempt++) {
      if (attempt % 4 == 0) {
        collect();
      }
      block = tryTakeWithin(size, 1L << attempt);
    }
    if (block == 0) {
      throw exhausted(size, asker);
    }
    return block;
  }

  /** What the collector finds comes back on the cleaner's thread, a little later. */
  private synchronized long tryTakeWithin(long size, long millis) {
    long block = tryTake(size);
    if (block == 0) {
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      block = tryTake(size);
    }
    return block;
  }

  private synchronized boolean collectIsDue(long size) {
    unscopedSinceCollect += size;
    return unscopedSinceCollect > COLLECT_AFTER;
  }

  /** Lets the collector find storages that nobody reaches any more, and their blocks come back. */
  private void collect() {
    System.gc();
    try {
      Thread.sleep(2); // the cleaner's thread gives the blocks back meanwhile
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      unscopedSinceCollect = 0;
    }
  }

  private synchronized long tryTake(long size) {
    ArrayDeque<Long> blocks = free.get(size);
    Long block = blocks == null ? null : blocks.pollLast();
    if (block == null) {
      if (reserved + size > limit) {
        trim();
      }
      if (reserved + size > limit) {
        return 0;
      }
      block = reserve(size);
    }
    inUse += size;
    peak = Math.max(peak, inUse);
    return block;
  }

  /** A block is aligned by hand: the word before it holds the address to free. */
  private long reserve(long size) {
    long base = Raw.allocate(size + 2 * ALIGNMENT);
    long block = (base + ALIGNMENT + 8) & -ALIGNMENT;
    Raw.putLong(block - 8, base);
    reserved += size;
    return block;
  }

  synchronized void give(long block, long bytes) {
    long size = roundUp(bytes);
    inUse -= size;
    free.computeIfAbsent(size, s -> new ArrayDeque<>()).addLast(block);
    notifyAll();
  }

  /** Returns the blocks kept for reuse to the operating system. */
  public synchronized void trim() {
    free.forEach(
        (size, blocks) -> {
          for (long block : blocks) {
            Raw.free(Raw.getLong(block - 8));
            reserved -= size;
          }
        });
    free.clear();
  }

  private synchronized MemoryException exhausted(long size, String asker) {
    return new MemoryException(
        asker
            + " asked for "
            + mib(size)
            + " of native memory: "
            + mib(inUse)
            + " are in use and the limit is "
            + mib(limit)
            + ". Use a smaller batch, close a Scope around each step, or raise"
            + " -Dkindling.memory.limit (engine.memory_limit of a job)"
            + (collectorIsAsked()
                ? ""
                : ". Without a Scope memory comes back by a collection, which"
                    + " -XX:+DisableExplicitGC forbids to ask for"));
  }

  private static boolean collectorIsAsked() {
    return !java.lang.management.ManagementFactory.getRuntimeMXBean()
        .getInputArguments()
        .contains("-XX:+DisableExplicitGC");
  }

  private static String mib(long bytes) {
    return String.format(java.util.Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }

  /** Forgets the peak so far: it counts from what is in use now. */
  public synchronized void resetPeak() {
    peak = inUse;
  }

  public synchronized Stats stats() {
    return new Stats(inUse, peak, reserved, limit);
  }

  /** Changes the limit for what is asked from now on. */
  public synchronized void limit(long bytes) {
    limit = bytes;
  }
}
