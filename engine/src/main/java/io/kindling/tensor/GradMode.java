package io.kindling.tensor;

/** Whether operators are recorded for {@code backward}, on this thread. */
public final class GradMode {
  private static final ThreadLocal<boolean[]> ENABLED =
      ThreadLocal.withInitial(() -> new boolean[] {true});

  /** Restores the mode that was set before it. */
  public static final class Guard implements AutoCloseable {
    private final boolean previous;

    private Guard(boolean previous) {
      this.previous = previous;
    }

    @Override
    public void close() {
      ENABLED.get()[0] = previous;
    }
  }

  private GradMode() {}

  public static boolean isEnabled() {
    return ENABLED.get()[0];
  }

  /** Sets the mode until the guard is closed; guards nest. */
  public static Guard set(boolean enabled) {
    boolean[] cell = ENABLED.get();
    Guard guard = new Guard(cell[0]);
    cell[0] = enabled;
    return guard;
  }
}
