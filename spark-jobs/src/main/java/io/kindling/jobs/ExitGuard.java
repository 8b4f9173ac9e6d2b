package io.kindling.jobs;

import io.kindling.failure.Ending;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Map;
import org.apache.hadoop.util.ShutdownHookManager;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process as a failure where code that a command runs, such as a model's, ends it: a
 * scheduler would take {@code System.exit(0)} for success. A signal is left alone; against {@code
 * Runtime.halt} nothing helps in the process itself.
 */
final class ExitGuard implements AutoCloseable {
  /** Hooks run from high to low. While Spark's stops its context, the command may yet end. */
  private static final int EARLY = 1000;

  /** After Spark's (40) and the file systems' (10). */
  private static final int LATE = 1;

  private final PrintStream err;
  private volatile boolean working = true;
  private volatile @Nullable String caller;

  private ExitGuard(PrintStream err) {
    this.err = err;
  }

  static ExitGuard over(PrintStream err) {
    ExitGuard guard = new ExitGuard(err);
    ShutdownHookManager.get().addShutdownHook(guard::look, EARLY);
    ShutdownHookManager.get().addShutdownHook(guard::halt, LATE);
    return guard;
  }

  private void look() {
    caller = working ? caller(Thread.getAllStackTraces()) : null;
  }

  private void halt() {
    if (caller == null) {
      return;
    }
    synchronized (
        err) { // What the command says meanwhile of its stopped Spark is not the last line.
      err.println("FAILED: " + Ending.INTERNAL.words());
      err.println(
          caller + " ended the process before the command was done; code must throw instead");
      err.flush();
      Runtime.getRuntime().halt(Ending.INTERNAL.code());
    }
  }

  /** Who called {@code System.exit}: its thread waits for the hooks. Null where no one did. */
  static @Nullable String caller(Map<Thread, StackTraceElement[]> stacks) {
    for (StackTraceElement[] stack : stacks.values()) {
      boolean exits =
          Arrays.stream(stack)
              .anyMatch(
                  frame ->
                      frame.getClassName().equals("java.lang.Runtime")
                          && frame.getMethodName().equals("exit"));
      if (exits) {
        return Arrays.stream(stack)
            .filter(frame -> !frame.getClassName().startsWith("java."))
            .findFirst()
            .map(frame -> frame.toString().replaceFirst("^.*/", "")) // without its loader
            .orElse("unknown code");
      }
    }
    return null;
  }

  @Override
  public void close() {
    working = false;
  }
}
