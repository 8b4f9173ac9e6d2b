package io.kindling.conf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One source of configuration: a tree of keys, and where each was written.
 *
 * @param source what messages call it when no single key is meant
 * @param tree maps, lists and scalars; a null takes a key's default back
 * @param places for a dotted key, where it was written
 */
public record Layer(String source, Map<String, Object> tree, Map<String, String> places) {
  private static final String SPARK_PREFIX = "spark.kindling.";

  /**
   * The keys of one YAML text; empty text is a layer without keys.
   *
   * @param source the file's name, for messages
   * @throws ConfigException for text that is not a section of keys, with line and column
   */
  public static Layer yaml(String source, String text) {
    YamlReader.Document document = YamlReader.read(source, text);
    Object value = document.value();
    if (value != null && !(value instanceof Map)) {
      throw new ConfigException(
          "", source + ": expected a section of keys, got " + Values.describe(value));
    }
    Map<String, String> places = new LinkedHashMap<>();
    document.lines().forEach((key, line) -> places.put(key, source + ":" + line));
    return new Layer(source, Trees.section(value), places);
  }

  /**
   * Settings of the form {@code train.epochs=3}; the value is YAML; a later one wins.
   *
   * @throws ConfigException for a setting without a key, an equals sign or a value
   */
  public static Layer settings(List<String> settings) {
    Layer layer = new Layer("--set", new LinkedHashMap<>(), new LinkedHashMap<>());
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      String where = "--set " + Secrets.masked(setting);
      if (equals < 1) {
        throw new ConfigException("", where + ": expected key=value, such as train.epochs=3");
      }
      layer.put(setting.substring(0, equals).strip(), setting.substring(equals + 1), where);
    }
    return layer;
  }

  /** The entries {@code spark.kindling.KEY} of Spark's configuration; the others are passed by. */
  public static Layer sparkConf(Map<String, String> conf) {
    Layer layer = new Layer("Spark's conf", new LinkedHashMap<>(), new LinkedHashMap<>());
    new TreeMap<>(conf)
        .forEach(
            (key, value) -> {
              if (key.startsWith(SPARK_PREFIX)) {
                layer.put(key.substring(SPARK_PREFIX.length()), value, "--conf " + key);
              }
            });
    return layer;
  }

  /** Where a key, or the first key under it, was written; null when not in this layer. */
  @Nullable String placeOf(String key) {
    String place = places.get(key);
    if (place != null) {
      return place;
    }
    return places.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(key + "."))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  private void put(String key, String yaml, String where) {
    if (yaml.isBlank()) {
      throw new ConfigException(
          key, where + ": no value; " + key + "=null takes the default of the key back");
    }
    for (String part : key.split("\\.", -1)) {
      if (part.isBlank()) {
        throw new ConfigException(key, where + ": expected a dotted key, got \"" + key + "\"");
      }
    }
    YamlReader.Document document = YamlReader.read(where, yaml);
    Trees.put(tree, key, document.value());
    places.put(key, where);
    document.lines().keySet().forEach(nested -> places.put(key + "." + nested, where));
  }
}
