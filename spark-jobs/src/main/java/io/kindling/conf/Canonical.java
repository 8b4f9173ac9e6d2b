package io.kindling.conf;

import io.kindling.checkpoint.Sha256;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One text for one tree, whatever the order of its keys, and the hash of that text. */
final class Canonical {
  private Canonical() {}

  static String sha256(Map<String, Object> tree) {
    return Sha256.of(text(tree));
  }

  /** Sorted keys, no blanks, quoted text with its length, so that no two trees share a text. */
  static String text(@Nullable Object node) {
    StringBuilder out = new StringBuilder();
    write(node, out);
    return out.toString();
  }

  private static void write(@Nullable Object node, StringBuilder out) {
    if (node instanceof Map<?, ?> map) {
      out.append('{');
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((key, value) -> sorted.put(key.toString(), value));
      sorted.forEach(
          (key, value) -> {
            write(key, out);
            out.append('=');
            write(value, out);
            out.append(';');
          });
      out.append('}');
    } else if (node instanceof List<?> list) {
      out.append('[');
      for (Object item : list) {
        write(item, out);
        out.append(';');
      }
      out.append(']');
    } else if (node instanceof String text) {
      out.append(text.length()).append('"').append(text).append('"');
    } else {
      out.append(node);
    }
  }
}
