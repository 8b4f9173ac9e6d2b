package io.kindling.report;

import io.kindling.core.DataException;
import io.kindling.core.KindlingException;
import org.jspecify.annotations.Nullable;

/**
 * Why a run failed.
 *
 * @param type simple name of the class of the root cause
 * @param message what failed, what was expected and came
 * @param partition index of the Spark partition
 * @param host of the executor
 * @param file path or URI
 * @param record index in the file, counted from 0
 */
public record RunError(
    String type,
    @Nullable String message,
    @Nullable Integer partition,
    @Nullable String host,
    @Nullable String file,
    @Nullable Long record) {

  /** What an exception tells by itself: the first of ours among its causes, else the deepest. */
  public static RunError of(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null && !(root instanceof KindlingException)) {
      root = root.getCause();
    }
    DataException data = root instanceof DataException found ? found : null;
    return new RunError(
        root.getClass().getSimpleName(),
        root.getMessage(),
        null,
        null,
        data == null ? null : data.file(),
        data == null ? null : data.record());
  }
}
