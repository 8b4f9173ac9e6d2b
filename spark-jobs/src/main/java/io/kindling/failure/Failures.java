package io.kindling.failure;

import static java.util.stream.Collectors.joining;

import io.kindling.core.DataException;
import io.kindling.core.MemoryException;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.SparkException;
import org.jspecify.annotations.Nullable;

/**
 * From whatever was thrown to the failure that the user is told, by the table of {@link Causes}.
 */
public final class Failures {
  private static final Pattern FRAME =
      Pattern.compile(
          "\\s*(at )?[\\w$./<>@-]+\\.[\\w$<>]+\\(([\\w$]+\\.(java|scala)(:\\d+)?|Native Method)\\)"
              + "\\s*");

  /** What the heap's end and the container's limit leave of an executor. */
  private static final Pattern HEAP_ENDED =
      Pattern.compile("exit status 52|exited with code 52|OutOfMemory");

  private static final Pattern KILLED =
      Pattern.compile("exit status 137|exited with code 137|SIGKILL|memory limits|memoryOverhead");

  private Failures() {}

  /** As {@link #classify(Throwable, String)} for a command that writes nothing. */
  public static JobException classify(Throwable thrown) {
    return classify(thrown, null);
  }

  /**
   * Finds the cause, through Spark's wrappers and through the text in which Spark hands over what a
   * task threw, and decides the ending. The result's cause is what was given.
   *
   * @param output what the command writes: a denial there is not one of an input; null for nothing
   */
  public static JobException classify(Throwable thrown, @Nullable String output) {
    List<Thrown> chain = Thrown.chain(thrown);
    Place place = Place.UNKNOWN;
    TaskFailure inText = null;
    for (Thrown link : chain) {
      TaskFailure found =
          link.object() instanceof SparkException spark
              ? TaskFailure.parse(spark.getMessage())
              : null;
      if (found != null) {
        inText = found;
        place = found.place().or(place);
      }
    }
    Thrown cause = cause(chain);
    if (cause.object() instanceof JobException failure) {
      return failure.at(place);
    }
    if (cause.object() instanceof DataException data) {
      place = new Place(null, null, data.file(), data.record()).or(place);
    }
    if (inText != null && cause.object() instanceof SparkException) {
      if (inText.chain().isEmpty()) {
        return lost(inText, thrown);
      }
      cause = cause(inText.chain());
    }
    return failure(cause, output, place, thrown);
  }

  private static JobException lost(TaskFailure task, Throwable thrown) {
    String text = Thrown.clean(task.lost());
    boolean heap = HEAP_ENDED.matcher(text).find();
    String remedy = heap ? Causes.HEAP.remedy() : "";
    if (!heap && KILLED.matcher(text).find()) {
      remedy = "; if its container ran out of memory, raise spark.executor.memoryOverhead";
    }
    return new JobException(
        heap ? Ending.NO_DEVICE : Ending.RETRY,
        "ExecutorLost",
        text + remedy,
        task.place(),
        thrown);
  }

  private static JobException failure(
      Thrown cause, @Nullable String output, Place place, Throwable thrown) {
    Cause row = row(cause);
    boolean denied = Causes.DENIALS.contains(row) && concerns(cause.message(), output);
    Ending ending = denied ? Ending.CANNOT_WRITE : row.ending();
    String name = cause.simpleName();
    String told =
        cause.isOurs()
            ? cause.message()
            : name + ": " + shortened(cause.message(), row) + remedy(row);
    return new JobException(ending, name, told, place, thrown);
  }

  private static Cause row(Thrown cause) {
    if (Causes.HEAP.fits(cause)) {
      return Causes.HEAP;
    }
    for (List<Cause> table : List.of(Causes.OURS, Causes.SPECIFIC, Causes.GENERAL)) {
      for (Cause row : table) {
        if (row.fits(cause)) {
          return row;
        }
      }
    }
    throw new IllegalStateException("the last row fits every throwable");
  }

  private static String remedy(Cause row) {
    return row.remedy()
        .replace("%s", System.getProperty("spark.master", "unknown"))
        .replace("%v", System.getProperty("java.version"));
  }

  /** Spark and Hadoop put whole stack traces into some messages; they are for --verbose. */
  private static String shortened(String message, Cause row) {
    if (Causes.CLUSTER.contains(row)) {
      return message.lines().findFirst().orElse("").replaceFirst("\\.$", "");
    }
    return message.lines().filter(line -> !FRAME.matcher(line).matches()).collect(joining("\n"));
  }

  /** HDFS names the path alone, object stores the whole URI. */
  private static boolean concerns(String message, @Nullable String output) {
    if (output == null) {
      return false;
    }
    String name = output.replaceFirst("/+$", "");
    String path = name.contains("://") ? URI.create(name).getPath() : name;
    return message.contains(name) || message.contains("inode=\"" + path);
  }

  /**
   * Used-up memory, which may have ended any step and says what asked for how much; else the first
   * of ours, which says what was being done; else the outermost that a row names, since what lies
   * below it says less (the address is in Hadoop's exception, not in the socket's); else the
   * deepest.
   */
  private static Thrown cause(List<Thrown> chain) {
    Thrown ours = null;
    Thrown specific = null;
    for (Thrown link : chain) {
      if (MemoryException.class.isAssignableFrom(link.type()) || Causes.HEAP.fits(link)) {
        return link;
      }
      ours = ours == null && link.isOurs() ? link : ours;
      boolean wrapper = TaskFailure.parse(link.message()) != null;
      if (specific == null
          && !wrapper
          && Causes.SPECIFIC.stream().anyMatch(row -> row.fits(link))) {
        specific = link;
      }
    }
    if (ours != null) {
      return ours;
    }
    return specific == null ? chain.get(chain.size() - 1) : specific;
  }
}
