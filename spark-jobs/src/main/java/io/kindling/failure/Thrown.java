package io.kindling.failure;

import io.kindling.core.KindlingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An exception as an object, or as the text in which Spark hands it over.
 *
 * @param type {@code Throwable} for a class that only the executors know
 * @param message without blanks around it; "no message" where there is none
 * @param object null for text
 */
record Thrown(Class<?> type, String className, String message, @Nullable Throwable object) {
  static Thrown of(Throwable thrown) {
    Class<?> type = thrown.getClass();
    return new Thrown(type, type.getName(), words(thrown.getMessage()), thrown);
  }

  static Thrown ofText(String className, @Nullable String message) {
    return new Thrown(load(className), className, words(message), null);
  }

  /** From the outermost to the deepest cause. */
  static List<Thrown> chain(Throwable thrown) {
    List<Thrown> chain = new ArrayList<>();
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable link = thrown; link != null && seen.add(link); link = link.getCause()) {
      chain.add(of(link));
    }
    return chain;
  }

  boolean isOurs() {
    return KindlingException.class.isAssignableFrom(type);
  }

  boolean isAny(List<String> names) {
    if (names.contains(className)) {
      return true;
    }
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      if (names.contains(each.getName())) {
        return true;
      }
    }
    return false;
  }

  String simpleName() {
    return className.substring(
        Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1);
  }

  private static String words(@Nullable String message) {
    return message == null || message.isBlank() ? "no message" : clean(message);
  }

  /**
   * Airflow reads "exit code: N" in any line as the state of the driver; Spark's codes say less.
   */
  static String clean(String message) {
    return message
        .strip()
        .replaceAll("(?i)exit code:?\\s*(\\d+)", "exit status $1")
        .replaceFirst("^\\[[A-Z0-9_.]+] ", "")
        .replaceFirst(" SQLSTATE: \\w{5}$", "");
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      return Throwable.class;
    }
  }
}
