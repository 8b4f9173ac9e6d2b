package io.kindling.train;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Turns the process's end by a signal into a request to the training loop: it makes a checkpoint at
 * the next step, while Spark and the file systems still stand, and has a bounded time for it. The
 * process then ends with the status for "again later" instead of the signal's.
 */
final class StopSignal implements AutoCloseable {
  /** Above Spark's hook, which stops its context, and Hadoop's, which closes file systems. */
  private static final int BEFORE_SPARK = 100;

  private static final int LAST = 0;
  private static final int SECONDS = 25;
  private static final int RETRY = 75;

  private final Thread loop = Thread.currentThread();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Runnable first = this::stopLoop;
  private final Runnable last = this::end;
  private volatile boolean requested;
  private volatile boolean stopped;

  private StopSignal() {}

  /** Watches while the calling thread trains. */
  static StopSignal install() {
    StopSignal signal = new StopSignal();
    ShutdownHookManager hooks = ShutdownHookManager.get();
    if (!hooks.isShutdownInProgress()) {
      hooks.addShutdownHook(signal.first, BEFORE_SPARK, SECONDS + 5, TimeUnit.SECONDS);
      hooks.addShutdownHook(signal.last, LAST, SECONDS, TimeUnit.SECONDS);
    }
    return signal;
  }

  /** Whether the loop is to stop at the next step. */
  boolean isRequested() {
    return requested;
  }

  private void stopLoop() {
    if (isExit()) {
      return; // Code ended the process, no signal did.
    }
    requested = true;
    try {
      stopped = ended.await(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the thread tell how it ended: then it is in the exit, which waits for the hooks. */
  private void end() {
    if (!stopped) {
      return;
    }
    long start = System.nanoTime();
    while (loop.isAlive() && !isExiting() && System.nanoTime() - start < 10_000_000_000L) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    Runtime.getRuntime().halt(RETRY);
  }

  private static boolean isExit() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(
            frame ->
                frame.getClassName().equals("java.lang.Runtime")
                    && frame.getMethodName().equals("exit"));
  }

  private boolean isExiting() {
    return Arrays.stream(loop.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals("java.lang.Shutdown"));
  }

  @Override
  public void close() {
    ended.countDown();
    ShutdownHookManager hooks = ShutdownHookManager.get();
    if (!hooks.isShutdownInProgress()) {
      hooks.removeShutdownHook(first);
      hooks.removeShutdownHook(last);
    }
  }
}
