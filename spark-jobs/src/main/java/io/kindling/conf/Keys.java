package io.kindling.conf;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The keys of the record tree, read off the record components, and the search for a near one. */
final class Keys {
  private Keys() {}

  /** One key of one record. */
  record Entry(String name, RecordComponent component, @Nullable Key declared) {
    boolean hasDefault() {
      return declared != null && !declared.value().isEmpty();
    }

    String defaultYaml() {
      return declared == null ? "" : declared.value();
    }

    boolean isNullable() {
      return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    boolean stops() {
      return declared != null && declared.stops();
    }

    boolean decides() {
      return declared == null || (declared.decides() && !declared.stops());
    }
  }

  /** The keys of a record, in the order of its components. */
  static List<Entry> of(Class<?> recordType) {
    return Arrays.stream(recordType.getRecordComponents())
        .map(
            component -> {
              Key declared = component.getAnnotation(Key.class);
              boolean named = declared != null && !declared.name().isEmpty();
              return new Entry(
                  named ? declared.name() : snakeCase(component.getName()), component, declared);
            })
        .toList();
  }

  static List<String> names(Class<?> recordType) {
    return of(recordType).stream().map(Entry::name).toList();
  }

  /** Every dotted key under a record, those of all variants of a sealed interface included. */
  static List<String> paths(Class<?> recordType) {
    List<String> result = new ArrayList<>();
    collect("", recordType, result);
    return result;
  }

  private static void collect(String prefix, Class<?> type, Collection<String> into) {
    if (type.isSealed()) {
      into.add(prefix + "name");
      for (Class<?> variant : type.getPermittedSubclasses()) {
        collect(prefix, variant, into);
      }
      return;
    }
    for (Entry entry : of(type)) {
      Class<?> child = entry.component().getType();
      if (isSection(child)) {
        collect(prefix + entry.name() + ".", child, into);
      } else if (!into.contains(prefix + entry.name())) {
        into.add(prefix + entry.name());
      }
    }
  }

  /** Whether a component of this type is a section of its own. */
  static boolean isSection(Class<?> type) {
    return type.isSealed() || (type.isRecord() && type != MemorySize.class);
  }

  static String snakeCase(String camelCase) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < camelCase.length(); i++) {
      char c = camelCase.charAt(i);
      if (Character.isUpperCase(c) && !result.isEmpty()) {
        result.append('_');
      }
      result.append(Character.toLowerCase(c));
    }
    return result.toString();
  }

  /** The candidate nearest to a name, or null when none is near enough to be meant. */
  static @Nullable String nearest(String name, Collection<String> candidates) {
    String best = null;
    int bestDistance = Math.max(2, name.length() / 3) + 1;
    for (String candidate : candidates) {
      int distance = distance(normal(name), normal(candidate));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static String normal(String name) {
    return name.toLowerCase(Locale.ROOT).replace('-', '_').replace("_", "");
  }

  /** The edit distance in which a swap of two neighbours counts once. */
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replace, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
