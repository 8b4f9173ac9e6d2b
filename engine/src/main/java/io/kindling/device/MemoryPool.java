package io.kindling.device;

import io.kindling.core.MemoryException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The native memory of one process: blocks in size classes, handed out last-in first-out so that a
 * training step finds the blocks of the step before, warm in the cache; each thread keeps some for
 * itself. What is in use plus what is kept for reuse never passes the limit; a request that cannot
 * be met says who asked for how much.
 *
 * <p>The limit comes from {@code -Dkindling.memory.limit} (bytes, or with a suffix k, m, g); the
 * default is half of the machine's memory.
 */
public final class MemoryPool {
  /** Unreachable storages are only seen by the collector; it is asked before so much piles up. */
  private static final long COLLECT_AFTER = 256L << 20;

  /** Half a second in all before a request is refused, in which the collector is asked thrice. */
  private static final int ATTEMPTS = 250;

  private static final int COLLECT_EACH = 100;
  private static final long PAUSE_MILLIS = 2;

  private static final MemoryPool HOST = new MemoryPool(configuredLimit());

  /**
   * @param inUse bytes that tensors hold now
   * @param peak the highest {@code inUse} so far
   * @param reserved bytes taken from the operating system, in use or kept for reuse
   * @param limit the bound on {@code reserved}
   */
  public record Stats(long inUse, long peak, long reserved, long limit) {}

  /** For tests: memory that nobody holds is filled with NaN. */
  private static final boolean POISON = Boolean.getBoolean("kindling.memory.poison");

  private final @Nullable LongStack[] free = new LongStack[SizeClass.COUNT];
  private final Queue<Magazine> magazines = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Magazine> local = ThreadLocal.withInitial(this::newMagazine);
  private final AtomicLong inUse = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();
  private final AtomicLong leftToCollector = new AtomicLong();

  private final Magazine.Depot depot =
      new Magazine.Depot() {
        @Override
        public void give(long block, int sizeClass) {
          giveBack(block, sizeClass);
        }

        @Override
        public void countInUse(long bytes) {
          long now = inUse.addAndGet(bytes);
          if (now > peak.get()) {
            peak.accumulateAndGet(now, Math::max);
          }
        }
      };

  private volatile long limit;
  private long reserved;

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

  private Magazine newMagazine() {
    Magazine made = new Magazine(depot);
    magazines.add(made);
    return made;
  }

  /**
   * Takes a block of at least {@code bytes}; its content is whatever was there.
   *
   * @param asker what the error names when the limit forbids it
   * @throws MemoryException if the limit would be passed even after a collection
   */
  long take(long bytes, String asker) {
    if (bytes < 0 || bytes > Math.min(limit, SizeClass.LARGEST)) {
      throw exhausted(bytes, asker);
    }
    long size = SizeClass.roundUp(bytes);
    int sizeClass = SizeClass.of(size);
    Magazine own = local.get();
    long block = own.take(size, sizeClass);
    if (block == 0) {
      block = takeShared(size, sizeClass, asker);
      own.count(size);
    }
    return block;
  }

  private long takeShared(long size, int sizeClass, String asker) {
    emptyMagazines(false);
    long block = tryTake(size, sizeClass);
    if (block == 0) {
      PackedCopies.dropAll();
    }
    for (int attempt = 0; block == 0 && attempt <= ATTEMPTS; attempt++) {
      if (attempt % COLLECT_EACH == 1) {
        collect();
      } else if (attempt > 0) {
        pause();
      }
      emptyMagazines(true); // each time: threads give back to their own
      block = tryTake(size, sizeClass);
    }
    if (block == 0) {
      throw exhausted(size, asker);
    }
    return block;
  }

  /** Takes back what dead threads kept, or all threads. */
  private void emptyMagazines(boolean all) {
    for (Magazine m : magazines) {
      boolean orphan = m.isOrphan();
      if (all || orphan) {
        m.empty();
      }
      if (orphan) {
        magazines.remove(m);
      }
    }
  }

  /** Other threads give blocks back meanwhile; an interrupt is not for us, and waits. */
  private static void pause() {
    boolean interrupted = Thread.interrupted();
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Counts memory that only the collector will give back, and asks it before so much piles up,
   * since it sees the heap alone.
   */
  void leaveToCollector(long bytes) {
    if (leftToCollector.addAndGet(SizeClass.roundUp(bytes)) > COLLECT_AFTER) {
      collect();
    }
  }

  /** Lets the collector find storages that nobody reaches any more, and their blocks come back. */
  private void collect() {
    leftToCollector.set(0);
    System.gc();
    pause(); // the cleaner's thread gives the blocks back
  }

  private synchronized long tryTake(long size, int sizeClass) {
    LongStack blocks = free[sizeClass];
    long block = blocks == null ? 0 : blocks.pop();
    if (block != 0) {
      return block;
    }
    if (!fits(size)) {
      trimDepot();
    }
    return fits(size) ? reserve(size) : 0;
  }

  private synchronized boolean fits(long size) {
    return reserved <= limit - size - SizeClass.OVERHEAD;
  }

  /** A block is aligned by hand: the word before it holds the address to free. */
  private long reserve(long size) {
    long base;
    try {
      base = Raw.allocate(size + SizeClass.OVERHEAD);
    } catch (OutOfMemoryError e) { // of the system; the heap is not concerned
      return 0;
    }
    long block = (base + SizeClass.OVERHEAD - 1) & -SizeClass.ALIGNMENT;
    Raw.putLong(block - Long.BYTES, base);
    reserved += size + SizeClass.OVERHEAD;
    poison(block, size);
    return block;
  }

  /** By the thread that used it, and will want it again. */
  void give(long block, long bytes) {
    long size = SizeClass.roundUp(bytes);
    poison(block, size);
    local.get().give(block, size, SizeClass.of(size));
  }

  /** By a thread that uses no memory itself, the collector's. */
  void giveShared(long block, long bytes) {
    long size = SizeClass.roundUp(bytes);
    poison(block, size);
    depot.countInUse(-size);
    giveBack(block, SizeClass.of(size));
  }

  private static void poison(long block, long size) {
    if (POISON) {
      Raw.fill(block, size, (byte) 0xff);
    }
  }

  private synchronized void giveBack(long block, int sizeClass) {
    LongStack blocks = free[sizeClass];
    if (blocks == null) {
      blocks = new LongStack();
      free[sizeClass] = blocks;
    }
    blocks.push(block);
  }

  /** Returns the blocks kept for reuse to the operating system. */
  public void trim() {
    emptyMagazines(true);
    trimDepot();
  }

  private synchronized void trimDepot() {
    for (int c = 0; c < free.length; c++) {
      LongStack blocks = free[c];
      while (blocks != null && blocks.size() > 0) {
        Raw.free(Raw.getLong(blocks.pop() - Long.BYTES));
        reserved -= SizeClass.size(c) + SizeClass.OVERHEAD;
      }
    }
  }

  private MemoryException exhausted(long size, String asker) {
    return new MemoryException(
        asker
            + " asked for "
            + mib(size)
            + " of native memory: "
            + mib(stats().inUse())
            + " are in use and the limit is "
            + mib(limit)
            + (fits(size) ? ", but the operating system has no more" : "")
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
  public void resetPeak() {
    peak.set(stats().inUse());
  }

  /** Right to the byte while no thread allocates; the peak within 64 KiB a thread. */
  public Stats stats() {
    long untold = 0;
    for (Magazine m : magazines) {
      untold += m.untold();
    }
    long now = inUse.get() + untold;
    return new Stats(now, Math.max(peak.get(), now), reserved(), limit);
  }

  private synchronized long reserved() {
    return reserved;
  }

  /** Changes the limit for what is asked from now on. */
  public void limit(long bytes) {
    limit = bytes;
  }
}
