package io.kindling.failure;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the text of a SparkException tells of the task that failed. Spark hands a task's exception
 * over as text alone when its class is unknown to the driver or cannot be serialized.
 *
 * @param chain the exceptions, the outermost first; empty for a lost executor
 * @param lost why the executor was lost; else empty
 */
record TaskFailure(Place place, List<Thrown> chain, String lost) {
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
      return new TaskFailure(place, List.of(), "Spark lost an executor, " + lost.group(1) + reason);
    }
    return new TaskFailure(place, chain(rest), "");
  }

  private static List<Thrown> chain(String text) {
    List<Thrown> chain = new ArrayList<>();
    Matcher throwable = THROWABLE.matcher(text);
    for (int from = 0; from >= 0 && throwable.find(from); ) {
      chain.add(Thrown.ofText(throwable.group(1), throwable.group(2)));
      from = text.indexOf("Caused by: ", throwable.end());
    }
    return chain.isEmpty()
        ? List.of(Thrown.ofText("java.lang.Throwable", text.lines().findFirst().orElse("")))
        : chain;
  }
}
