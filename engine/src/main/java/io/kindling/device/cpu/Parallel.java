package io.kindling.device.cpu;

import io.kindling.device.Engine;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Shares the parts of one operator among up to {@link Engine#threads} threads. */
final class Parallel {
  private static final BlockingQueue<Job> JOBS = new LinkedBlockingQueue<>();
  private static final AtomicInteger WORKERS = new AtomicInteger();

  /** Parts of a part are the same thread's. */
  private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

  private Parallel() {}

  /** One operator's parts; whoever has time takes the next. */
  private static final class Job {
    private final int parts;
    private final IntConsumer work;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch left;
    private volatile @Nullable Throwable failure;

    Job(int parts, IntConsumer work) {
      this.parts = parts;
      this.work = work;
      this.left = new CountDownLatch(parts);
    }

    void help() {
      INSIDE.set(true);
      try {
        for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
          part(i);
        }
      } finally {
        INSIDE.set(false);
      }
    }

    private void part(int i) {
      try {
        if (failure == null) {
          work.accept(i);
        }
      } catch (Throwable e) {
        failure = e;
      } finally {
        left.countDown();
      }
    }
  }

  /**
   * Runs {@code work} for 0 up to {@code parts}, in any order and on any thread, and returns when
   * all is done.
   *
   * @throws RuntimeException what a part threw
   */
  static void run(int parts, IntConsumer work) {
    int threads = Math.min(Engine.threads(), parts);
    if (threads == 1 || INSIDE.get()) {
      for (int i = 0; i < parts; i++) {
        work.accept(i);
      }
      return;
    }
    Job job = new Job(parts, work);
    startWorkers(threads - 1);
    for (int i = 1; i < threads; i++) {
      JOBS.add(job);
    }
    job.help();
    await(job.left);
    if (job.failure != null) {
      throw rethrown(job.failure);
    }
  }

  /** The memory of the parts is the caller's, so even an interrupted one waits for them. */
  private static void await(CountDownLatch left) {
    boolean interrupted = false;
    while (true) {
      try {
        left.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("unchecked") // the compiler is told that it is unchecked
  private static <E extends Throwable> E rethrown(Throwable failure) throws E {
    throw (E) failure;
  }

  private static void startWorkers(int wanted) {
    for (int n = WORKERS.get(); n < wanted; n = WORKERS.get()) {
      if (WORKERS.compareAndSet(n, n + 1)) {
        Thread worker = new Thread(Parallel::serve, "kindling-worker-" + (n + 1));
        worker.setDaemon(true);
        worker.start();
      }
    }
  }

  private static void serve() {
    while (true) {
      try {
        JOBS.take().help();
      } catch (InterruptedException e) {
        // Nobody has a reason to; the next operator needs this thread again.
      }
    }
  }
}
