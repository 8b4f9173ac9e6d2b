package io.kindling.tensor;

import io.kindling.core.KindlingException;
import org.jspecify.annotations.Nullable;

/** Null arguments, refused by name. */
final class Given {
  private Given() {}

  /**
   * Checks that every argument is there.
   *
   * @param arguments names and values in turn
   * @throws KindlingException naming the first that is null
   */
  static void check(String operator, @Nullable Object... arguments) {
    for (int i = 1; i < arguments.length; i += 2) {
      if (arguments[i] == null) {
        throw new KindlingException(
            operator + "(): argument '" + arguments[i - 1] + "' must be given, not null");
      }
    }
  }
}
