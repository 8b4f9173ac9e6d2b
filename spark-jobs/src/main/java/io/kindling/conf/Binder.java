package io.kindling.conf;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** From a tree of maps to records and back; the record components are the only schema. */
final class Binder {
  private final Class<?> root;

  private Binder(Class<?> root) {
    this.root = root;
  }

  /** Binds a tree to a record, refusing unknown keys, wrong types and missing values. */
  static <T extends Record> T bind(Class<T> type, Map<String, Object> tree) {
    return type.cast(new Binder(type).section(type, tree, ""));
  }

  /** The tree of a record; absent values and keys that the filter refuses are left out. */
  static Map<String, Object> unbind(Object node, Predicate<Keys.Entry> keep) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (Class<?> type : node.getClass().getInterfaces()) {
      if (type.isSealed()) {
        tree.put("name", Keys.snakeCase(node.getClass().getSimpleName()));
      }
    }
    for (Keys.Entry entry : Keys.of(node.getClass())) {
      Object value = read(entry.component(), node);
      if (value == null || !keep.test(entry)) {
        continue;
      }
      Object plain = Keys.isSection(value.getClass()) ? unbind(value, keep) : plain(value);
      if (!(plain instanceof Map<?, ?> map && map.isEmpty() && value instanceof Record)) {
        tree.put(entry.name(), plain);
      }
    }
    return tree;
  }

  private static Object plain(Object value) {
    if (value instanceof Enum<?>) {
      return Values.word(value);
    }
    return value instanceof MemorySize ? value.toString() : value;
  }

  private Object section(Class<?> type, Map<?, ?> tree, String prefix) {
    Class<?> record = type.isSealed() ? variant(type, tree, prefix) : type;
    List<Keys.Entry> entries = Keys.of(record);
    refuseUnknown(type, record, tree, prefix);
    Object[] arguments = new Object[entries.size()];
    for (int i = 0; i < arguments.length; i++) {
      Keys.Entry entry = entries.get(i);
      arguments[i] = value(entry, tree.get(entry.name()), prefix + entry.name());
    }
    return construct(record, arguments);
  }

  private @Nullable Object value(Keys.Entry entry, @Nullable Object given, String path) {
    RecordComponent component = entry.component();
    Object value = given;
    if (value == null && entry.hasDefault()) {
      value = YamlReader.scalar(entry.defaultYaml());
    }
    boolean section = Keys.isSection(component.getType());
    if (value == null) {
      if (entry.isNullable()) {
        return null;
      }
      if (!section) {
        throw new ConfigException(path, path + " is required and has no default; give it a value");
      }
      value = Map.of();
    }
    try {
      if (section) {
        if (value instanceof Map<?, ?> map) {
          return section(component.getType(), map, path + ".");
        }
        throw new Values.WrongType("a section of keys", value);
      }
      return component.getType() == Object.class ? value : leaf(component.getGenericType(), value);
    } catch (Values.WrongType e) {
      throw new ConfigException(path, path + ": " + e.getMessage());
    }
  }

  /** A single value where a list is wanted stands for a list of one. */
  private static Object leaf(Type type, Object value) throws Values.WrongType {
    if (!(type instanceof ParameterizedType list)) {
      return Values.convert(type, value);
    }
    List<?> items = value instanceof List<?> given ? given : List.of(value);
    List<Object> result = new ArrayList<>(items.size());
    for (Object item : items) {
      if (item == null) {
        throw new Values.WrongType("a list without empty items", value);
      }
      result.add(Values.convert(list.getActualTypeArguments()[0], item));
    }
    return result;
  }

  private Class<?> variant(Class<?> type, Map<?, ?> tree, String prefix) {
    Class<?>[] variants = type.getPermittedSubclasses();
    List<String> names =
        Arrays.stream(variants).map(v -> Keys.snakeCase(v.getSimpleName())).toList();
    String path = prefix + "name";
    Object name = tree.get("name");
    if (name == null) {
      throw new ConfigException(
          path, path + " is required and has no default; give " + Values.oneOf(names));
    }
    int index = names.indexOf(name);
    if (index < 0) {
      Values.WrongType wrong =
          new Values.WrongType(
              Values.oneOf(names), name, Values.suggestion(name.toString(), names));
      throw new ConfigException(path, path + ": " + wrong.getMessage());
    }
    return variants[index];
  }

  private void refuseUnknown(Class<?> type, Class<?> record, Map<?, ?> tree, String prefix) {
    List<String> known = new ArrayList<>(Keys.names(record));
    if (type.isSealed()) {
      known.add(0, "name");
    }
    for (Object given : tree.keySet()) {
      String name = given.toString();
      if (!known.contains(name)) {
        String path = prefix + name;
        String foreign = type.isSealed() ? belongsTo(type, record, name) : "";
        if (!foreign.isEmpty() && tree.get(given) == null) {
          continue; // A null takes a key back, as it must when another variant is chosen.
        }
        throw new ConfigException(
            path,
            foreign.isEmpty()
                ? "unknown key " + path + "; " + advice(name, prefix, known)
                : path + " does not belong to " + foreign + "; its keys: " + listing(known));
      }
    }
  }

  /** "sgd (it is a key of adam)" when another variant has the key, else nothing. */
  private static String belongsTo(Class<?> type, Class<?> record, String name) {
    List<String> owners =
        Arrays.stream(type.getPermittedSubclasses())
            .filter(other -> Keys.names(other).contains(name))
            .map(other -> Keys.snakeCase(other.getSimpleName()))
            .toList();
    return owners.isEmpty()
        ? ""
        : Keys.snakeCase(record.getSimpleName())
            + " (it is a key of "
            + String.join(", ", owners)
            + ")";
  }

  private String advice(String name, String prefix, List<String> known) {
    String near = Keys.nearest(name, known);
    if (near != null) {
      return "did you mean " + prefix + near + "?";
    }
    for (String path : Keys.paths(root)) {
      String leaf = path.substring(path.lastIndexOf('.') + 1);
      if (name.equals(leaf)) {
        return "did you mean " + path + "?";
      }
    }
    String where =
        prefix.isEmpty() ? "the sections" : "the keys of " + prefix.replaceAll("\\.$", "");
    return where + ": " + listing(known);
  }

  private static String listing(List<String> names) {
    return String.join(", ", names);
  }

  private static Object construct(Class<?> record, @Nullable Object[] arguments) {
    Class<?>[] types =
        Arrays.stream(record.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = record.getDeclaredConstructor(types);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem;
      }
      throw new IllegalStateException(record + " cannot be constructed", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(record + " cannot be constructed", e);
    }
  }

  private static @Nullable Object read(RecordComponent component, Object node) {
    try {
      return component.getAccessor().invoke(node);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
