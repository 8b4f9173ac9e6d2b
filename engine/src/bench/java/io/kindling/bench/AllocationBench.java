package io.kindling.bench;

import io.kindling.device.HostMemory;
import io.kindling.device.Scope;
import io.kindling.device.Storage;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many blocks of native memory 1, 2, 4 and 8 threads take and give back in a second, small and
 * large ones, in scopes of a hundred.
 */
public final class AllocationBench {
  private static final int SCOPE = 100;
  private static final long MILLIS = 1500;

  private AllocationBench() {}

  public static void main(String[] args) throws InterruptedException {
    System.out.println("## Allocation, millions of blocks a second of all threads");
    System.out.println();
    System.out.println(Machine.description());
    System.out.println("| threads | 256 B | 1 MiB |");
    System.out.println("|---|---|---|");
    run(2, 256);
    run(2, 1 << 20);
    for (int threads : new int[] {1, 2, 4, 8}) {
      System.out.printf(
          Locale.ROOT,
          "| %d | %.2f | %.2f |%n",
          threads,
          run(threads, 256),
          run(threads, 1 << 20));
    }
  }

  private static double run(int threads, long bytes) throws InterruptedException {
    AtomicLong blocks = new AtomicLong();
    CountDownLatch start = new CountDownLatch(1);
    Thread[] all = new Thread[threads];
    for (int t = 0; t < threads; t++) {
      all[t] =
          new Thread(
              () -> {
                try {
                  start.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                long end = System.nanoTime() + MILLIS * 1_000_000;
                long own = 0;
                int held = bytes > 1 << 16 ? SCOPE / 10 : SCOPE;
                while (System.nanoTime() < end) {
                  try (Scope scope = Scope.open()) {
                    for (int i = 0; i < held; i++) {
                      Storage.allocate(HostMemory.INSTANCE, bytes, "the benchmark");
                    }
                  }
                  own += held;
                }
                blocks.addAndGet(own);
              });
      all[t].start();
    }
    long begin = System.nanoTime();
    start.countDown();
    for (Thread t : all) {
      t.join();
    }
    return blocks.get() * 1e3 / (System.nanoTime() - begin);
  }
}
