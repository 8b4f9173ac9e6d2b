package io.kindling.core;

import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Checks of arguments, whose errors name the argument. */
public final class Arguments {
  private Arguments() {}

  /**
   * Returns {@code value}.
   *
   * @throws KindlingException if it is null: {@code SGD: argument 'params' must not be null}
   */
  public static <T> T notNull(@Nullable T value, String where, String name) {
    if (value == null) {
      throw new KindlingException(where + ": argument '" + name + "' must not be null");
    }
    return value;
  }

  /**
   * Returns {@code values}.
   *
   * @throws KindlingException if they or one of them are null
   */
  public static <T, C extends Collection<? extends T>> C noneNull(
      @Nullable C values, String where, String name) {
    C some = notNull(values, where, name);
    int i = 0;
    for (T value : some) {
      notNull(value, where, name + "[" + i++ + "]");
    }
    return some;
  }

  /** As {@link #noneNull(Collection, String, String)}. */
  public static <T> T[] noneNull(T @Nullable [] values, String where, String name) {
    T[] some = notNull(values, where, name);
    noneNull(Arrays.asList(some), where, name);
    return some;
  }

  /**
   * Checks several arguments.
   *
   * @param namesAndValues names and values in turn
   * @throws KindlingException if a value is null
   */
  public static void given(String where, @Nullable Object... namesAndValues) {
    for (int i = 1; i < namesAndValues.length; i += 2) {
      notNull(namesAndValues[i], where, String.valueOf(namesAndValues[i - 1]));
    }
  }
}
