package io.kindling.conf;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Parameters chosen by parts of their dotted names: {@code fc1} chooses {@code fc1.weight} and
 * {@code block.fc1.bias}, {@code bias} every bias.
 */
public final class Named {
  private Named() {}

  /**
   * Those of {@code names} that hold one of the parts.
   *
   * @param parts null for none
   * @param key of the configuration, for the error
   * @throws ConfigException for a part that chooses nothing
   */
  public static Set<String> choose(
      String key, @Nullable List<String> parts, Collection<String> names) {
    Set<String> chosen = new TreeSet<>();
    for (String part : parts == null ? List.<String>of() : parts) {
      List<String> found =
          names.stream().filter(name -> ("." + name + ".").contains("." + part + ".")).toList();
      Check.require(
          !found.isEmpty(),
          key,
          "chooses nothing with \"" + part + "\"; the parameters are " + String.join(", ", names));
      chosen.addAll(found);
    }
    return chosen;
  }
}
