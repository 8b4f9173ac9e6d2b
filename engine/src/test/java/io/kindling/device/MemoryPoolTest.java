package io.kindling.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.MemoryException;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The pool of native memory")
class MemoryPoolTest {
  private static final long MIB = 1 << 20;

  @Test
  @DisplayName("has a number for each size, and wastes at most a quarter")
  void sizeClasses() {
    int last = -1;
    for (long bytes = 1; bytes < 1L << 40; bytes += Math.max(1, bytes / 37)) {
      long size = SizeClass.roundUp(bytes);
      int number = SizeClass.of(size);
      assertTrue(size >= bytes && (size - bytes <= 64 || size <= bytes * 1.25), "for " + bytes);
      assertTrue(number == last || number == last + 1 || last < 0, "for " + bytes);
      assertEquals(size, SizeClass.size(number));
      last = number;
    }
    assertTrue(SizeClass.of(SizeClass.roundUp(SizeClass.LARGEST)) < SizeClass.COUNT);
  }

  @Test
  @DisplayName("hands out the block that came back last")
  void lastInFirstOut() {
    MemoryPool pool = new MemoryPool(100 * MIB);
    long a = pool.take(1000, "a test");
    long b = pool.take(1000, "a test");
    pool.give(a, 1000);
    pool.give(b, 1000);
    assertEquals(b, pool.take(990, "a test"));
    assertEquals(a, pool.take(1024, "a test"));
    pool.give(a, 1000);
    pool.give(b, 1000);
    assertEquals(0, pool.stats().inUse());
    pool.trim();
    assertEquals(0, pool.stats().reserved());
  }

  @Test
  @DisplayName("takes back what other threads keep before it refuses")
  void otherThreadsBlocks() throws Exception {
    MemoryPool pool = new MemoryPool(40 * MIB);
    CountDownLatch kept = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread keeper =
        new Thread(
            () -> {
              long block = pool.take(30 * MIB, "a test");
              pool.give(block, 30 * MIB);
              kept.countDown();
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    keeper.start();
    kept.await();
    long block = pool.take(20 * MIB, "a test");
    assertTrue(pool.stats().reserved() <= 40 * MIB);
    end.countDown();
    keeper.join();
    pool.give(block, 20 * MIB);
    assertEquals(0, pool.stats().inUse());
  }

  /** Gives its block back in a while, and lives on until it is interrupted. */
  private static Thread holder(MemoryPool pool) throws InterruptedException {
    CountDownLatch taken = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              long block = pool.take(30 * MIB, "a test");
              taken.countDown();
              try {
                Thread.sleep(50);
                pool.give(block, 30 * MIB);
                Thread.sleep(60_000);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    taken.await();
    return thread;
  }

  @Test
  @DisplayName("waits for what other threads give back, on an interrupted thread too")
  void waits() throws InterruptedException {
    for (boolean interrupted : new boolean[] {false, true}) {
      MemoryPool pool = new MemoryPool(40 * MIB);
      Thread other = holder(pool);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      long block = pool.take(20 * MIB, "a test");
      assertEquals(interrupted, Thread.interrupted());
      pool.give(block, 20 * MIB);
      assertEquals(0, pool.stats().inUse());
      assertTrue(pool.stats().reserved() <= 40 * MIB);
      other.interrupt();
      other.join();
    }
  }

  @Test
  @DisplayName("counts what it takes from the system for the smallest blocks too")
  void smallBlocks() {
    MemoryPool pool = new MemoryPool(MIB);
    for (int i = 0; i < MIB / (64 + 72); i++) {
      pool.take(1, "a test");
    }
    assertTrue(MIB - pool.stats().reserved() < 64 + 72);
    assertThrows(MemoryException.class, () -> pool.take(1, "a test"));
  }

  @Test
  @DisplayName("says so when the system has less than the limit, and counts nothing")
  void refusedBySystem() {
    MemoryPool pool = new MemoryPool(Long.MAX_VALUE);
    MemoryException e = assertThrows(MemoryException.class, () -> pool.take(1L << 55, "conv2d"));
    assertTrue(e.getMessage().startsWith("conv2d asked for 34359738368.0 MiB"), e.getMessage());
    assertTrue(e.getMessage().contains("the operating system has no more"), e.getMessage());
    assertEquals(0, pool.stats().reserved());
    assertEquals(0, pool.stats().inUse());
  }

  @Test
  @DisplayName("never passes its limit, and says who asked for how much")
  void limit() {
    MemoryPool pool = new MemoryPool(10 * MIB);
    long block = pool.take(8 * MIB, "a test");
    MemoryException e = assertThrows(MemoryException.class, () -> pool.take(4 * MIB, "conv2d"));
    assertTrue(e.getMessage().startsWith("conv2d asked for 4.0 MiB of native memory: 8.0 MiB are"));
    assertThrows(MemoryException.class, () -> pool.take(Long.MAX_VALUE, "conv2d"));
    assertThrows(MemoryException.class, () -> pool.take(-1, "conv2d"));
    pool.give(block, 8 * MIB);
    assertEquals(8 * MIB, pool.stats().peak());
  }

  @Test
  @DisplayName("gives no block to two threads, though they free each other's")
  void threads() throws Exception {
    MemoryPool pool = new MemoryPool(256 * MIB);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    ArrayDeque<long[]> shared = new ArrayDeque<>();
    Future<?>[] work = new Future<?>[4];
    for (int t = 0; t < work.length; t++) {
      int seed = t;
      work[t] = threads.submit(() -> churn(pool, shared, seed));
    }
    for (Future<?> f : work) {
      f.get();
    }
    threads.shutdown();
    shared.forEach(b -> pool.give(b[0], b[1]));
    assertEquals(0, pool.stats().inUse());
    assertTrue(pool.stats().reserved() <= 256 * MIB);
    pool.trim();
    assertEquals(0, pool.stats().reserved());
  }

  /** Marks each block at both ends, hands some to other threads, and finds the marks again. */
  private static Void churn(MemoryPool pool, ArrayDeque<long[]> shared, int seed)
      throws ExecutionException {
    Random random = new Random(seed);
    for (int i = 0; i < 30_000; i++) {
      long bytes = 16 + random.nextInt(random.nextInt(50) == 0 ? 200_000 : 3000);
      long block = pool.take(bytes, "a test");
      long mark = (long) seed << 40 | i;
      Raw.putLong(block, mark);
      Raw.putLong(block + (bytes - 8 & -8), mark);
      long[] other = {block, bytes, mark};
      synchronized (shared) {
        shared.addLast(other);
        other = shared.size() > 100 ? shared.removeFirst() : null;
      }
      if (other != null) {
        long end = other[0] + (other[1] - 8 & -8);
        if (Raw.getLong(other[0]) != other[2] || Raw.getLong(end) != other[2]) {
          throw new ExecutionException("a block was handed out twice", null);
        }
        pool.give(other[0], other[1]);
      }
    }
    return null;
  }
}
