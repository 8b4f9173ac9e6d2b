package io.kindling.conf;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The network.
 *
 * @param className a registered short name such as {@code mlp}, or a class found on the job's class
 *     path
 * @param args what the model's constructor is given: a {@code Map<String, Object>} by name or a
 *     {@code List<Object>} by position, of numbers, booleans, text and lists of these
 * @param initSeed of the initial parameters; see {@link RunConfig#initSeed()}
 * @param frozen names of parameters or layers that keep their first values, see {@link Named}
 */
public record ModelConfig(
    @Key(name = "class") String className,
    @Key("{}") Object args,
    @Nullable Long initSeed,
    @Nullable List<String> frozen)
    implements Serializable {

  public ModelConfig {
    Check.notBlank("model.class", className);
    Check.require(
        args instanceof Map || args instanceof List,
        "model.args",
        "must be a section (arguments by name) or a list (by position), got "
            + Values.describe(args));
    args = freeze("model.args", args);
    frozen = frozen == null || frozen.isEmpty() ? null : List.copyOf(frozen);
  }

  /** The same with another class. */
  public ModelConfig withClass(String other) {
    return new ModelConfig(other, args, initSeed, frozen);
  }

  /** The arguments by name; empty when they are given by position. */
  public Map<String, Object> namedArgs() {
    return args instanceof Map<?, ?> map ? stringKeys(map) : Map.of();
  }

  /** The arguments by position; empty when they are given by name. */
  public List<Object> positionalArgs() {
    return args instanceof List<?> list ? Collections.unmodifiableList(list) : List.of();
  }

  private static Object freeze(String key, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((name, item) -> copy.put(name.toString(), freeze(key + "." + name, item)));
      return Collections.unmodifiableMap(copy);
    }
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list.size());
      list.forEach(item -> copy.add(freeze(key, item)));
      return Collections.unmodifiableList(copy);
    }
    if (value instanceof String || value instanceof Boolean || value instanceof Number) {
      return value;
    }
    throw new ConfigException(
        key, key + " must be a number, a boolean, text or a list, got " + Values.describe(value));
  }

  private static Map<String, Object> stringKeys(Map<?, ?> map) {
    Map<String, Object> result = new LinkedHashMap<>();
    map.forEach((name, item) -> result.put(name.toString(), item));
    return Collections.unmodifiableMap(result);
  }
}
