package io.kindling.jobs;

import java.lang.reflect.Constructor;
import org.apache.spark.SparkUserAppException;

/** What makes spark-submit end with a status of ours and without a stack trace. */
final class ExitStatus {
  private ExitStatus() {}

  static SparkUserAppException of(int status, Throwable cause) {
    return of(SparkUserAppException.class, status, cause);
  }

  /** Its constructor takes the status, and since Spark 4.1 the cause as well. */
  static <T> T of(Class<T> type, int status, Throwable cause) {
    try {
      for (Constructor<?> constructor : type.getConstructors()) {
        Class<?>[] takes = constructor.getParameterTypes();
        if (takes.length == 1 && takes[0] == int.class) {
          return type.cast(constructor.newInstance(status));
        }
        if (takes.length == 2 && takes[0] == int.class && takes[1] == Throwable.class) {
          return type.cast(constructor.newInstance(status, cause));
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be made", e);
    }
    throw new IllegalStateException(type + " has no constructor that takes an exit status");
  }
}
