package io.kindling.cluster;

import io.kindling.nn.Module;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;

/**
 * What befalls a task in the middle of a step. The models of these tests call it in their forward;
 * a system property of the process says what happens at which of the process's forwards. It happens
 * once in a run, to the process that comes to it first, which leaves the file {@code reached}.
 */
final class Fault {
  private static final String PROPERTY = "kindling.test.fault";
  private static final Map<String, AtomicInteger> FORWARDS = new ConcurrentHashMap<>();

  enum Kind {
    /** The task throws. */
    THROW,
    /** SIGKILL to the process. */
    KILL,
    /** SIGSTOP to the process. */
    STOP,
    /** Every process waits at that forward until there is a file {@code go}. */
    WAIT,
    /** The process takes seconds for this forward and for each after it. */
    SLOW
  }

  private Fault() {}

  /** The option of an executor for a fault at its {@code n}-th forward in training. */
  static String option(Kind kind, int n, Path dir) throws IOException {
    return "-D" + PROPERTY + "=" + property(kind, n, dir);
  }

  private static String property(Kind kind, int n, Path dir) throws IOException {
    return kind + "@" + n + "@" + Files.createDirectories(dir);
  }

  /** Sets it for this process. */
  static void set(Kind kind, int n, Path dir) throws IOException {
    System.setProperty(PROPERTY, property(kind, n, dir));
  }

  static void clear() {
    System.clearProperty(PROPERTY);
  }

  static Path reached(Path dir) {
    return dir.resolve("reached");
  }

  /** Lets those that wait go on. */
  static void go(Path dir) throws IOException {
    Files.createFile(dir.resolve("go"));
  }

  static void in(Module model) {
    String spec = System.getProperty(PROPERTY);
    if (spec == null || TaskContext.get() == null || !model.isTraining()) {
      return;
    }
    String[] parts = spec.split("@", 3);
    int at = FORWARDS.computeIfAbsent(spec, s -> new AtomicInteger()).incrementAndGet();
    Kind kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT));
    int due = Integer.parseInt(parts[1]);
    try {
      happen(kind, at - due, Path.of(parts[2]));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void happen(Kind kind, int after, Path dir)
      throws IOException, InterruptedException {
    switch (kind) {
      case THROW -> {
        if (after == 0 && first(dir)) {
          throw new IllegalStateException("an accident");
        }
      }
      case KILL, STOP -> {
        if (after == 0 && first(dir)) {
          signalSelf(kind.name());
        }
      }
      case WAIT -> {
        if (after == 0) {
          first(dir);
          for (int i = 0; i < 6000 && !Files.exists(dir.resolve("go")); i++) {
            Thread.sleep(10);
          }
        }
      }
      case SLOW -> {
        if (after >= 0 && (after > 0 ? mine : first(dir))) {
          mine = true;
          Thread.sleep(3000);
        }
      }
    }
  }

  /** Whether the slow process is this one. */
  private static volatile boolean mine;

  /** Sends a signal to this process. */
  static void signalSelf(String signal) throws IOException {
    try {
      new ProcessBuilder("kill", "-" + signal, "" + ProcessHandle.current().pid())
          .start()
          .waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether nobody came here before. */
  static boolean first(Path dir) throws IOException {
    try {
      Files.createFile(reached(dir));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
