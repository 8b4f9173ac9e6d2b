package io.kindling.conf;

import static java.util.stream.Collectors.joining;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Makes a {@link RunConfig} of its sources. */
public final class ConfigLoader {
  private ConfigLoader() {}

  /**
   * Lays the layers over each other, fills in the defaults and checks everything.
   *
   * @param layers lowest precedence first
   * @throws ConfigException for an unknown key, a wrong type or a value that does not hold; the
   *     message starts with the place where the key was written
   */
  public static RunConfig load(List<Layer> layers) {
    Map<String, Object> tree = new LinkedHashMap<>();
    layers.forEach(layer -> Trees.merge(tree, layer.tree()));
    try {
      return Binder.bind(RunConfig.class, tree);
    } catch (ConfigException e) {
      throw e.at(place(layers, e.key()));
    }
  }

  /**
   * Reads a configuration file. A name without a scheme is looked for on the default file system,
   * and then in the working directory, where a cluster puts what {@code --files} names.
   *
   * @param file a path on any Hadoop file system
   * @throws FileNotFoundException naming each path that was tried, when there is none
   * @throws ConfigException when it is not YAML
   */
  public static Layer readFile(String file, Configuration hadoop) throws IOException {
    Set<Path> tried = candidates(new Path(file), hadoop);
    for (Path path : tried) {
      FileSystem files = path.getFileSystem(hadoop);
      if (!files.exists(path)) {
        continue;
      }
      if (!files.getFileStatus(path).isFile()) {
        throw new FileNotFoundException("the configuration file " + path + " is a directory");
      }
      try (FSDataInputStream in = files.open(path)) {
        return Layer.yaml(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    throw new FileNotFoundException(
        tried.stream()
            .map(Path::toString)
            .collect(
                joining(" nor ", "the configuration file " + file + " does not exist: no ", "")));
  }

  private static Set<Path> candidates(Path path, Configuration hadoop) throws IOException {
    Set<Path> tried = new LinkedHashSet<>();
    tried.add(path.getFileSystem(hadoop).makeQualified(path));
    if (path.toUri().getScheme() == null) {
      FileSystem local = FileSystem.getLocal(hadoop);
      tried.add(local.makeQualified(path));
    }
    return tried;
  }

  /** Where the highest layer has the key, else the section around it, else what was read. */
  private static String place(List<Layer> layers, String key) {
    for (String path = key; !path.isEmpty(); path = Trees.parent(path)) {
      for (int i = layers.size() - 1; i >= 0; i--) {
        String place =
            path.equals(key) ? layers.get(i).placeOf(path) : layers.get(i).places().get(path);
        if (place != null) {
          return place;
        }
      }
    }
    return layers.stream()
        .filter(layer -> !layer.tree().isEmpty())
        .map(Layer::source)
        .reduce((first, second) -> first + ", " + second)
        .orElse("configuration");
  }
}
