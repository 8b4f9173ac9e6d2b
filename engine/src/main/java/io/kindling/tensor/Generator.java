package io.kindling.tensor;

import io.kindling.core.RandomStream;
import org.jspecify.annotations.Nullable;

/**
 * Where random numbers come from: one seeded stream a thread's scope, or the process's default.
 * Training keys a stream by (seed, epoch, step, shard), so that what a layer draws does not depend
 * on what was drawn elsewhere before.
 */
public final class Generator {
  private static final ThreadLocal<@Nullable RandomStream> CURRENT = new ThreadLocal<>();
  private static RandomStream standard = RandomStream.of(System.nanoTime());

  private Generator() {}

  /** Restores the stream that was in use before. */
  public static final class Guard implements AutoCloseable {
    private final @Nullable RandomStream previous;

    private Guard(@Nullable RandomStream previous) {
      this.previous = previous;
    }

    @Override
    public void close() {
      CURRENT.set(previous);
    }
  }

  /** Seeds the process's default stream. */
  public static synchronized void manualSeed(long seed) {
    standard = RandomStream.of(seed);
  }

  /** Draws from {@code stream} on this thread until the guard is closed. */
  public static Guard use(RandomStream stream) {
    Guard guard = new Guard(CURRENT.get());
    CURRENT.set(stream);
    return guard;
  }

  /** A stream of this thread's own; taken from the default where none is in use. */
  static RandomStream current() {
    RandomStream stream = CURRENT.get();
    return stream != null ? stream : RandomStream.of(drawSeed());
  }

  private static synchronized long drawSeed() {
    return standard.nextLong();
  }
}
