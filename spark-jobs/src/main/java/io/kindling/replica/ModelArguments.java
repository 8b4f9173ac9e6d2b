package io.kindling.replica;

import io.kindling.conf.ModelConfig;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From what YAML holds to the arguments of a constructor. */
final class ModelArguments {
  private ModelArguments() {}

  /** The arguments in the constructor's order; null where it does not take them. */
  static @Nullable Object @Nullable [] fit(Constructor<?> constructor, ModelConfig config) {
    Parameter[] parameters = constructor.getParameters();
    Map<String, Object> named = config.namedArgs();
    List<Object> given = named.isEmpty() ? config.positionalArgs() : inOrder(parameters, named);
    if (given == null) {
      return null;
    }
    if (named.isEmpty() && constructor.isVarArgs()) {
      given = gathered(given, parameters.length);
    }
    if (given == null || given.size() != parameters.length) {
      return null;
    }
    @Nullable Object[] arguments = new Object[parameters.length];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = convert(parameters[i].getType(), given.get(i));
      if (arguments[i] == null) {
        return null;
      }
    }
    return arguments;
  }

  private static @Nullable List<Object> inOrder(Parameter[] parameters, Map<String, Object> named) {
    Object[] values = new Object[parameters.length];
    if (parameters.length != named.size()) {
      return null;
    }
    for (int i = 0; i < values.length; i++) {
      Object value = named.get(parameters[i].getName());
      value = value == null ? named.get(snakeCase(parameters[i].getName())) : value;
      if (value == null || !parameters[i].isNamePresent()) {
        return null;
      }
      values[i] = value;
    }
    return Arrays.asList(values);
  }

  /** The last parameter of a varargs constructor takes all that is left, or a list of it. */
  private static @Nullable List<Object> gathered(List<Object> given, int parameterCount) {
    int fixed = parameterCount - 1;
    if (given.size() < fixed || given.isEmpty()) {
      return null;
    }
    if (given.size() == parameterCount && given.get(fixed) instanceof List) {
      return given;
    }
    Object[] values = Arrays.copyOf(given.subList(0, fixed).toArray(), parameterCount);
    values[fixed] = given.subList(fixed, given.size());
    return Arrays.asList(values);
  }

  private static @Nullable Object convert(Class<?> type, Object value) {
    if (type.isArray() && value instanceof List<?> list) {
      return array(type.getComponentType(), list);
    }
    if (value instanceof Number number) {
      return number(type, number);
    }
    if (type == boolean.class && value instanceof Boolean) {
      return value;
    }
    if (type.isEnum() && value instanceof String name) {
      return constant(type, name);
    }
    return type.isInstance(value) ? value : null;
  }

  private static @Nullable Object array(Class<?> elementType, List<?> list) {
    Object array = Array.newInstance(elementType, list.size());
    for (int i = 0; i < list.size(); i++) {
      Object element = convert(elementType, list.get(i));
      if (element == null) {
        return null;
      }
      Array.set(array, i, element);
    }
    return array;
  }

  /** An integer is taken where a number with a fraction is wanted, never the other way. */
  private static @Nullable Object number(Class<?> type, Number value) {
    boolean whole = value instanceof Integer || value instanceof Long;
    if (type == double.class || type == Double.class) {
      return value.doubleValue();
    }
    if (type == float.class || type == Float.class) {
      return value.floatValue();
    }
    if ((type == long.class || type == Long.class) && whole) {
      return value.longValue();
    }
    boolean fits = value.longValue() == value.intValue();
    if ((type == int.class || type == Integer.class) && whole && fits) {
      return value.intValue();
    }
    return type.isInstance(value) ? value : null;
  }

  private static @Nullable Object constant(Class<?> type, String name) {
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equals(name.toUpperCase(Locale.ROOT))) {
        return constant;
      }
    }
    return null;
  }

  private static String snakeCase(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
