package io.kindling.exchange.rounds;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits that end: by what was waited for, by their bound, or by an interrupt. */
public final class Waiting {
  private Waiting() {}

  /** The next of a queue, null where none comes in time. */
  public static <T> @Nullable T poll(BlockingQueue<T> queue, Duration most) {
    try {
      return queue.poll(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw sneaky(e);
    }
  }

  /** Throws a failure as it is: callers classify causes, and a wrapper would be one more. */
  @SuppressWarnings("unchecked")
  public static <E extends Throwable> RuntimeException sneaky(Throwable failure) throws E {
    throw (E) failure;
  }
}
