package io.kindling.conf;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Trees of string-keyed maps, in which a null value means "not given". */
final class Trees {
  private Trees() {}

  /** A node as a section; an empty one for nothing. */
  static Map<String, Object> section(@Nullable Object node) {
    Map<String, Object> result = new LinkedHashMap<>();
    if (node instanceof Map<?, ?> map) {
      map.forEach((key, value) -> set(result, key.toString(), value));
    }
    return result;
  }

  /** Sets a dotted key, making the sections on the way; two sections at one key are merged. */
  static void put(Map<String, Object> tree, String dottedKey, @Nullable Object value) {
    int dot = dottedKey.indexOf('.');
    Map<String, Object> single = new LinkedHashMap<>();
    if (dot < 0) {
      set(single, dottedKey, value);
    } else {
      put(single, dottedKey.substring(dot + 1), value);
      single = new LinkedHashMap<>(Map.of(dottedKey.substring(0, dot), single));
    }
    merge(tree, single);
  }

  /** Lays one tree over another: sections are merged, all else is replaced. */
  static void merge(Map<String, Object> base, Map<String, Object> over) {
    over.forEach(
        (key, value) -> {
          if (value instanceof Map && base.get(key) instanceof Map) {
            Map<String, Object> merged = section(base.get(key));
            merge(merged, section(value));
            set(base, key, merged);
          } else {
            set(base, key, value);
          }
        });
  }

  /** Every value that is no section under its dotted key; empty sections are left out. */
  static Map<String, Object> flat(Map<String, Object> tree) {
    Map<String, Object> result = new LinkedHashMap<>();
    tree.forEach(
        (key, value) -> {
          if (value instanceof Map) {
            flat(section(value)).forEach((name, item) -> result.put(key + "." + name, item));
          } else if (value != null) {
            result.put(key, value);
          }
        });
    return result;
  }

  /** The key of the section that holds a key; empty for a section of the root. */
  static String parent(String dottedKey) {
    int dot = dottedKey.lastIndexOf('.');
    return dot < 0 ? "" : dottedKey.substring(0, dot);
  }

  @SuppressWarnings("NullAway") // LinkedHashMap takes null, which here means "not given"
  private static void set(Map<String, Object> map, String key, @Nullable Object value) {
    map.put(key, value);
  }
}
