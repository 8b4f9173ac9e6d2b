package io.kindling.conf;

import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Single values: from what YAML holds to what a record component takes, and words for both. */
final class Values {
  private Values() {}

  /** Signals a value of the wrong type; the binder adds the key. */
  static final class WrongType extends Exception {
    private static final long serialVersionUID = 1L;

    WrongType(String expected, Object value, String hint) {
      super("expected " + expected + ", got " + describe(value) + hint);
    }

    WrongType(String expected, Object value) {
      this(expected, value, "");
    }
  }

  /**
   * Converts a scalar.
   *
   * @param type int, long, double, boolean, their boxes, String, an enum or {@link MemorySize}
   */
  static Object convert(Type type, Object value) throws WrongType {
    if (type == int.class || type == Integer.class) {
      return Math.toIntExact(integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    if (type == long.class || type == Long.class) {
      return integer(value, Long.MIN_VALUE, Long.MAX_VALUE);
    }
    if (type == double.class || type == Double.class) {
      if (value instanceof Number number) {
        return number.doubleValue();
      }
      throw new WrongType("a number", value);
    }
    if (type == boolean.class || type == Boolean.class) {
      if (value instanceof Boolean) {
        return value;
      }
      throw new WrongType("true or false", value);
    }
    if (type == String.class) {
      return text(value);
    }
    if (type == MemorySize.class) {
      return memorySize(value);
    }
    if (type instanceof Class<?> enumType && enumType.isEnum()) {
      return constant(enumType, value);
    }
    throw new IllegalArgumentException("no reader for configuration values of " + type);
  }

  private static long integer(Object value, long least, long most) throws WrongType {
    if (!(value instanceof Integer) && !(value instanceof Long)) {
      throw new WrongType("an integer", value);
    }
    long number = ((Number) value).longValue();
    if (number < least || number > most) {
      throw new WrongType("an integer from " + least + " to " + most, value);
    }
    return number;
  }

  private static String text(Object value) throws WrongType {
    if (value instanceof String string) {
      return string;
    }
    boolean scalar = value instanceof Number || value instanceof Boolean;
    throw new WrongType("text", value, scalar ? " (quote it: \"" + value + "\")" : "");
  }

  private static MemorySize memorySize(Object value) throws WrongType {
    boolean readable = value instanceof String || value instanceof Integer || value instanceof Long;
    if (readable) {
      try {
        return MemorySize.parse(value.toString());
      } catch (IllegalArgumentException e) {
        // Told below, in the words of every other wrong value.
      }
    }
    throw new WrongType("a memory size such as 512m, 2g or auto", value);
  }

  private static Object constant(Class<?> enumType, Object value) throws WrongType {
    Object[] constants = enumType.getEnumConstants();
    for (Object constant : constants) {
      if (value instanceof String name && word(constant).equals(name)) {
        return constant;
      }
    }
    List<String> words = Arrays.stream(constants).map(Values::word).toList();
    throw new WrongType(oneOf(words), value, suggestion(value.toString(), words));
  }

  /** " (did you mean x?)" or nothing. */
  static String suggestion(String value, List<String> words) {
    String near = Keys.nearest(value, words);
    return near == null ? "" : " (did you mean " + near + "?)";
  }

  static String oneOf(List<String> words) {
    return words.size() == 1 ? words.get(0) : "one of " + String.join(", ", words);
  }

  /** How an enum's constant is written in YAML. */
  static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
  }

  /** The kind of a value and the value, for messages. */
  static String describe(@Nullable Object value) {
    if (value == null) {
      return "nothing";
    }
    if (value instanceof Map<?, ?> map) {
      String keys = map.keySet().stream().map(Object::toString).collect(Collectors.joining(", "));
      return map.isEmpty() ? "an empty section" : "a section (keys: " + keys + ")";
    }
    if (value instanceof List<?> list) {
      return "the list " + list;
    }
    if (value instanceof String) {
      return "text \"" + value + "\"";
    }
    if (value instanceof Boolean) {
      return value.toString();
    }
    boolean whole = value instanceof Integer || value instanceof Long;
    return (whole ? "the integer " : "the number ") + value;
  }
}
