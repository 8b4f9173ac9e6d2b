package io.kindling.failure;

import static java.util.stream.Collectors.joining;

import io.kindling.conf.ConfigException;
import io.kindling.core.DTypeException;
import io.kindling.core.DataException;
import io.kindling.core.DeviceException;
import io.kindling.core.KindlingException;
import io.kindling.core.MemoryException;
import io.kindling.core.ShapeException;
import io.kindling.nn.LayerException;
import io.kindling.nn.StateDictException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.SparkException;
import org.jspecify.annotations.Nullable;

/**
 * From whatever was thrown to the failure that the user is told.
 *
 * <p>The choices that are not obvious: a shape or a data type that does not fit is a bad
 * configuration, because the model and the data are chosen there. Used-up memory, native or heap,
 * means that the device does not suffice: the same command would ask for as much again, so a retry
 * is not worthwhile. A lost executor, a connection and any other input/output error may pass.
 */
public final class Failures {
  /** In order: the first class that fits decides. */
  private static final Map<Class<?>, Ending> ENDINGS = endings();

  private static final Pattern FRAME =
      Pattern.compile("\\s*(at )?[\\w$./<>@-]+\\.[\\w$<>]+\\([\\w$]+\\.(java|scala):\\d+\\)\\s*");

  private Failures() {}

  private static Map<Class<?>, Ending> endings() {
    Map<Class<?>, Ending> map = new LinkedHashMap<>();
    map.put(ConfigException.class, Ending.BAD_CONFIG);
    map.put(ShapeException.class, Ending.BAD_CONFIG);
    map.put(DTypeException.class, Ending.BAD_CONFIG);
    map.put(LayerException.class, Ending.BAD_CONFIG);
    map.put(StateDictException.class, Ending.BAD_CONFIG);
    map.put(URISyntaxException.class, Ending.BAD_CONFIG);
    map.put(DataException.class, Ending.BAD_DATA);
    map.put(EOFException.class, Ending.BAD_DATA);
    map.put(ZipException.class, Ending.BAD_DATA);
    map.put(DeviceException.class, Ending.NO_DEVICE);
    map.put(MemoryException.class, Ending.NO_DEVICE);
    map.put(OutOfMemoryError.class, Ending.NO_DEVICE);
    map.put(UnsatisfiedLinkError.class, Ending.NO_DEVICE);
    map.put(KindlingException.class, Ending.INTERNAL);
    map.put(FileNotFoundException.class, Ending.INPUT_MISSING);
    map.put(NoSuchFileException.class, Ending.INPUT_MISSING);
    map.put(AccessControlException.class, Ending.CANNOT_WRITE);
    map.put(AccessDeniedException.class, Ending.CANNOT_WRITE);
    map.put(FileAlreadyExistsException.class, Ending.CANNOT_WRITE);
    map.put(org.apache.hadoop.fs.FileAlreadyExistsException.class, Ending.CANNOT_WRITE);
    map.put(IOException.class, Ending.RETRY);
    map.put(TimeoutException.class, Ending.RETRY);
    map.put(InterruptedException.class, Ending.RETRY);
    return Collections.unmodifiableMap(map);
  }

  /**
   * Finds the root cause, through Spark's wrappers and through the text in which Spark hands over
   * what a task threw, and decides the ending. The result's cause is what was given.
   */
  public static JobException classify(Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    Place place = Place.UNKNOWN;
    TaskFailure inText = null;
    for (Throwable link : chain) {
      TaskFailure found =
          link instanceof SparkException ? TaskFailure.parse(link.getMessage()) : null;
      if (found != null) {
        inText = found;
        place = found.place().or(place);
      }
    }
    Throwable root = root(chain);
    if (root instanceof JobException failure) {
      return failure.at(place);
    }
    if (root instanceof DataException data) {
      place = new Place(null, null, data.file(), data.record()).or(place);
    }
    if (root instanceof SparkException && inText != null) {
      return fromText(inText, thrown);
    }
    String type = root.getClass().getSimpleName();
    return failure(root.getClass(), type, root.getMessage(), place, thrown);
  }

  private static JobException fromText(TaskFailure task, Throwable thrown) {
    if (task.isExecutorLost()) {
      return new JobException(
          Ending.RETRY, "ExecutorLost", clean(task.message()), task.place(), thrown);
    }
    String name = task.className();
    String simple = name.substring(name.lastIndexOf('.') + 1);
    return failure(load(name), simple, task.message(), task.place(), thrown);
  }

  private static JobException failure(
      Class<?> type, String name, @Nullable String message, Place place, Throwable thrown) {
    String text = message == null || message.isBlank() ? "no message" : clean(message);
    Ending ending = ending(type, text);
    boolean ours = KindlingException.class.isAssignableFrom(type);
    String told = ours ? text : name + ": " + withoutFrames(type, text);
    return new JobException(ending, name, told + remedy(type, text, ending), place, thrown);
  }

  private static Ending ending(Class<?> type, String message) {
    if (message.contains("No space left on device")) {
      return Ending.CANNOT_WRITE;
    }
    if (isFileSystemMissing(type, message)) {
      return Ending.BAD_CONFIG;
    }
    if (isSparkStopped(type, message)) {
      return Ending.RETRY;
    }
    if (type == AccessControlException.class && message.contains("access=READ")) {
      return Ending.INPUT_MISSING;
    }
    return ENDINGS.entrySet().stream()
        .filter(entry -> entry.getKey().isAssignableFrom(type))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(Ending.INTERNAL);
  }

  /** What to do, where the message of a class that is not ours cannot say it. */
  private static String remedy(Class<?> type, String message, Ending ending) {
    if (type == OutOfMemoryError.class) {
      return "; raise --driver-memory or --executor-memory, or lower train.batch_size";
    }
    if (isFileSystemMissing(type, message)) {
      return "; add the file system's jars, for s3a: --packages"
          + " org.apache.hadoop:hadoop-aws:VERSION";
    }
    if (isSparkStopped(type, message)) {
      return "; Spark was stopped before the command ended, by a signal or by the cluster; run it"
          + " again";
    }
    boolean unknown = !KindlingException.class.isAssignableFrom(type);
    return ending == Ending.INTERNAL && unknown ? " (--verbose shows the stack trace)" : "";
  }

  /** A scheme such as s3a whose jars are not there; Hadoop says so in two ways. */
  private static boolean isFileSystemMissing(Class<?> type, String message) {
    return type == UnsupportedFileSystemException.class
        || (type == ClassNotFoundException.class && message.contains("org.apache.hadoop.fs."));
  }

  /** What a command meets when its SparkContext is stopped under it. */
  private static boolean isSparkStopped(Class<?> type, String message) {
    if (SparkException.class.isAssignableFrom(type)) {
      return message.contains("was shut down") || message.contains("cancelled because");
    }
    return type == IllegalStateException.class && message.contains("stopped SparkContext");
  }

  /** Spark puts whole stack traces into some messages; they are for --verbose. */
  private static String withoutFrames(Class<?> type, String message) {
    if (isSparkStopped(type, message)) {
      return message.lines().findFirst().orElse("").replaceFirst("\\.$", "");
    }
    return message.lines().filter(line -> !FRAME.matcher(line).matches()).collect(joining("\n"));
  }

  /**
   * Used-up memory, which may have ended any step and says what asked for how much; else the first
   * of ours, which says what was being done; else the deepest of all.
   */
  private static Throwable root(List<Throwable> chain) {
    Throwable ours = null;
    for (Throwable link : chain) {
      if (link instanceof MemoryException) {
        return link;
      }
      if (link instanceof KindlingException && ours == null) {
        ours = link;
      }
    }
    return ours == null ? chain.get(chain.size() - 1) : ours;
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable link = thrown; link != null && seen.add(link); link = link.getCause()) {
      chain.add(link);
    }
    return chain;
  }

  /** A class by its name; {@code Throwable} for one that only the executors know. */
  static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      return Throwable.class;
    }
  }

  /** Airflow reads "exit code: N" in any line as the state of the driver. */
  static String clean(String message) {
    return message.strip().replaceAll("(?i)exit code:?\\s*(\\d+)", "exit status $1");
  }
}
