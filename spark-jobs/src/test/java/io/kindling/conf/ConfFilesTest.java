package io.kindling.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfFilesTest {
  /** The repository's conf folder, from its root or from a module. */
  private static Path conf() {
    Path here = Path.of("conf").toAbsolutePath();
    return Files.isDirectory(here) ? here : Path.of("..", "conf").toAbsolutePath().normalize();
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(conf())) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  private static RunConfig load(Path file) throws IOException {
    Layer layer = ConfigLoader.readFile(file.toUri().toString(), new Configuration(false));
    return ConfigLoader.load(List.of(layer));
  }

  @ParameterizedTest
  @MethodSource("files")
  @DisplayName("every configuration that is shipped loads, and its resolved form loads back")
  void loads(Path file) throws IOException {
    RunConfig config = load(file);
    Layer resolved = Layer.yaml("resolved", config.toYaml());
    assertEquals(config, ConfigLoader.load(List.of(resolved)));
  }

  @Test
  @DisplayName("the first run needs no data; Fashion-MNIST names its classes")
  void contents() throws IOException {
    assertNotNull(load(conf().resolve("quickstart.yaml")).data().generate());
    RunConfig fashion = load(conf().resolve("fashion-mnist-mlp.yaml"));
    assertEquals(10, fashion.data().classNames().size());
    assertEquals("Ankle boot", fashion.data().classNames().get(9));
    assertEquals("lenet", load(conf().resolve("mnist-lenet.yaml")).model().className());
  }
}
