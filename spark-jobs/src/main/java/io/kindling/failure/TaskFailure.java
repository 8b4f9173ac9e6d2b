package io.kindling.failure;

import io.kindling.core.KindlingException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the text of a SparkException tells of the task that failed. Spark hands a task's exception
 * over as text alone when its class is unknown to the driver or cannot be serialized.
 *
 * @param className of the innermost exception; empty for a lost executor
 * @param message of that exception
 */
record TaskFailure(Place place, String className, String message) {
  private static final Pattern LOST_TASK =
      Pattern.compile(
          "Lost task (\\d+)\\.\\d+ in stage \\S+ \\(TID \\d+\\) \\((\\S+) executor [^)]*\\): ");

  /**
   * A class name and a message that goes on until the frames, another cause or Spark's own words.
   */
  private static final Pattern THROWABLE =
      Pattern.compile(
          "(?:^|Caused by: )((?:[\\w$]+\\.)+[\\w$]+)(?:: (.*?))?(?=\\s*(?:\\R\\s*at |\\R\\s*Caused"
              + " by: |\\R\\s*\\.\\.\\. |\\R\\s*Driver stacktrace|\\z))",
          Pattern.DOTALL | Pattern.MULTILINE);

  private static final Pattern EXECUTOR_LOST =
      Pattern.compile(
          "^ExecutorLostFailure \\((.*?)\\)(?: Reason: (.*?))?(?=\\RDriver stacktrace|\\z)",
          Pattern.DOTALL);

  /** Reads the message of a failed job; null when it does not speak of a task. */
  static @Nullable TaskFailure parse(@Nullable String message) {
    if (message == null) {
      return null;
    }
    Matcher task = LOST_TASK.matcher(message);
    if (!task.find()) {
      return null;
    }
    Place place = Place.ofTask(Integer.parseInt(task.group(1)), task.group(2));
    String rest = message.substring(task.end());
    Matcher lost = EXECUTOR_LOST.matcher(rest);
    if (lost.find()) {
      String reason = lost.group(2) == null ? "" : ": " + lost.group(2).strip();
      return new TaskFailure(place, "", "Spark lost an executor, " + lost.group(1) + reason);
    }
    return innermost(place, rest);
  }

  private static TaskFailure innermost(Place place, String text) {
    String className = "";
    String said = "";
    Matcher throwable = THROWABLE.matcher(text);
    int from = 0;
    while (throwable.find(from)) {
      className = throwable.group(1);
      said = throwable.group(2) == null ? "" : throwable.group(2).strip();
      boolean ours = KindlingException.class.isAssignableFrom(Failures.load(className));
      int next = text.indexOf("Caused by: ", throwable.end());
      if (ours || next < 0) {
        break;
      }
      from = next;
    }
    String firstLine = text.lines().findFirst().orElse("").strip();
    return new TaskFailure(
        place,
        className.isEmpty() ? "java.lang.Throwable" : className,
        className.isEmpty() ? firstLine : said);
  }

  boolean isExecutorLost() {
    return className.isEmpty();
  }
}
