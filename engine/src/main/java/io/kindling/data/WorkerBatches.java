package io.kindling.data;

import io.kindling.core.KindlingException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** Makes batches ahead of their use in several threads and hands them out in order. */
final class WorkerBatches implements Iterator<Sample> {
  private static final int AHEAD_PER_WORKER = 2;

  private final int count;
  private final int ahead;
  private final IntFunction<Sample> make;
  private final ExecutorService threads;
  private final ArrayDeque<Future<Sample>> pending = new ArrayDeque<>();
  private int started;

  WorkerBatches(int count, int workers, IntFunction<Sample> make) {
    this.count = count;
    this.ahead = workers * AHEAD_PER_WORKER;
    this.make = make;
    this.threads = threads(workers);
  }

  /** Threads that end by themselves, so that an epoch may be left in the middle. */
  private static ExecutorService threads(int workers) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            workers,
            workers,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            body -> {
              Thread thread = new Thread(body, "kindling-loader");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @Override
  public boolean hasNext() {
    return !pending.isEmpty() || started < count;
  }

  @Override
  public Sample next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the epoch has " + count + " batches");
    }
    while (started < count && pending.size() < ahead) {
      int batch = started++;
      pending.add(threads.submit(() -> make.apply(batch)));
    }
    Future<Sample> first = pending.remove();
    try {
      return first.get();
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      if (cause instanceof KindlingException known) {
        throw known;
      }
      throw new KindlingException("DataLoader: a worker failed: " + cause, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KindlingException("DataLoader: interrupted while waiting for a batch", e);
    }
  }
}
