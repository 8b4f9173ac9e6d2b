package io.kindling.checkpoint;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes files beside the training loop, one after the other. A file that cannot be written does
 * not end the run: it is told, and whoever asked tries again.
 */
public final class Background implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "kindling-files");
            made.setDaemon(true);
            return made;
          });
  private final Queue<String> notes = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** What is to be written. */
  @FunctionalInterface
  public interface Writing {
    void run() throws IOException;
  }

  /** Whether all that was asked for is written. */
  public boolean isIdle() {
    return waiting.get() == 0;
  }

  /**
   * Writes as soon as what was asked for before is written.
   *
   * @param what told if it fails
   */
  public void submit(String what, Writing writing) {
    waiting.incrementAndGet();
    try {
      thread.execute(() -> write(what, writing));
    } catch (RejectedExecutionException e) {
      waiting.decrementAndGet();
      throw e;
    }
  }

  private void write(String what, Writing writing) {
    try {
      writing.run();
    } catch (IOException | RuntimeException e) {
      notes.add(what + " could not be written, the run goes on: " + e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** The next failure that was not told yet; null for none. */
  public @Nullable String note() {
    return notes.poll();
  }

  /** Waits until all that was asked for is written. */
  public void await() {
    Future<?> last = thread.submit(() -> {});
    try {
      last.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing cannot fail", e);
    }
  }

  /** Writes what is left, and ends. */
  @Override
  public void close() {
    await();
    thread.shutdownNow();
  }
}
