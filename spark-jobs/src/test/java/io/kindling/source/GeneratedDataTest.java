package io.kindling.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.conf.ConfigException;
import io.kindling.conf.ConfigLoader;
import io.kindling.conf.DataConfig;
import io.kindling.conf.GenerateConfig;
import io.kindling.conf.Layer;
import io.kindling.core.DataException;
import io.kindling.data.Idx;
import io.kindling.source.GeneratedData.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Generated data")
class GeneratedDataTest {
  private static final Configuration HADOOP = new Configuration(false);
  private static final GenerateConfig WHAT =
      new GenerateConfig(GenerateConfig.Kind.DIGITS, 30, 7, 5);
  private static final String IMAGES = "train-images-idx3-ubyte.gz";

  @TempDir Path dir;
  private Path root;

  @BeforeEach
  void root() {
    root = dir.resolve("digits");
  }

  private DataConfig config(int count, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.root=" + root,
                "data.generate={train_count: " + count + ", test_count: 7, seed: 5}",
                "model.class=mlp",
                "optimizer.name=sgd"));
    all.addAll(List.of(settings));
    return ConfigLoader.load(List.of(Layer.settings(all))).data();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  @DisplayName("four gzip files of MNIST's layout and names are made once, and a marker")
  void made() throws IOException {
    assertEquals(Outcome.MADE, GeneratedData.ensure(config(30), HADOOP));
    assertEquals(
        List.of(
            "_GENERATED.json",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
            IMAGES,
            "train-labels-idx1-ubyte.gz"),
        names());
    Idx.IdxArray images = Idx.readImages(Files.newInputStream(root.resolve(IMAGES)), "images");
    assertArrayEquals(new int[] {30, 28, 28}, images.shape());
    assertEquals(Outcome.PRESENT, GeneratedData.ensure(config(30), HADOOP));
    Examples examples = Source.of(config(30), HADOOP).open(Split.TEST);
    assertEquals(7, examples.count());
  }

  @Test
  @DisplayName("the same numbers give the same bytes, and test examples are not training examples")
  void deterministic() throws IOException {
    GeneratedData.ensure(config(30), HADOOP);
    byte[] first = Files.readAllBytes(root.resolve(IMAGES));
    root = dir.resolve("again");
    GeneratedData.generate(root.toString(), WHAT, false, HADOOP);
    assertArrayEquals(first, Files.readAllBytes(root.resolve(IMAGES)));
    byte[] train = Idx.readImages(Files.newInputStream(root.resolve(IMAGES)), "i").data();
    byte[] test =
        Idx.readImages(Files.newInputStream(root.resolve("t10k-images-idx3-ubyte.gz")), "i").data();
    assertFalse(java.util.Arrays.equals(train, 0, 784, test, 0, 784));
  }

  @Test
  @DisplayName("files that are there are used, not replaced")
  void foreign() throws IOException {
    Files.createDirectories(root);
    Files.writeString(root.resolve("train-images-idx3-ubyte"), "mine");
    assertEquals(Outcome.FOREIGN, GeneratedData.ensure(config(30), HADOOP));
    assertEquals(List.of("train-images-idx3-ubyte"), names());
    FileAlreadyExistsException e =
        assertThrows(
            FileAlreadyExistsException.class,
            () -> GeneratedData.generate(root.toString(), WHAT, false, HADOOP));
    assertEquals(
        "file:"
            + root
            + " holds another data set; give another --output, or --overwrite to replace it",
        e.getMessage());
    assertEquals(Outcome.MADE, GeneratedData.generate(root.toString(), WHAT, true, HADOOP));
    assertFalse(names().contains("train-images-idx3-ubyte"));
    assertEquals(Outcome.PRESENT, GeneratedData.generate(root.toString(), WHAT, false, HADOOP));
  }

  @Test
  @DisplayName("an interrupted attempt is made again")
  void interrupted() throws IOException {
    GeneratedData.ensure(config(30), HADOOP);
    byte[] whole = Files.readAllBytes(root.resolve(IMAGES));
    Files.move(root.resolve("_GENERATED.json"), root.resolve("_GENERATING.json"));
    Files.delete(root.resolve("t10k-labels-idx1-ubyte.gz"));
    Files.writeString(root.resolve(IMAGES), "half");
    assertEquals(Outcome.MADE, GeneratedData.ensure(config(30), HADOOP));
    assertArrayEquals(whole, Files.readAllBytes(root.resolve(IMAGES)));
    assertEquals(5, names().size());
  }

  @Test
  @DisplayName("a set that is half-made is refused by who does not make it, until it is made again")
  void halfMade() throws IOException {
    GeneratedData.ensure(config(30), HADOOP);
    Files.move(root.resolve("_GENERATED.json"), root.resolve("_GENERATING.json"));
    DataException e =
        assertThrows(DataException.class, () -> Source.of(config(30), HADOOP).open(Split.TRAIN));
    assertEquals(
        "file:"
            + root
            + " is half-made: it holds _GENERATING.json, which stands there while a data set is"
            + " generated; run generate again, with --overwrite if it asks for it",
        e.getMessage());
    GeneratedData.generate(root.toString(), WHAT, false, HADOOP);
    assertEquals(30, Source.of(config(30), HADOOP).open(Split.TRAIN).count());
  }

  @Test
  @DisplayName("no old file stands beside a new one if making is interrupted")
  void oldFilesGoFirst() throws IOException {
    GeneratedData.ensure(config(30), HADOOP);
    Files.move(root.resolve("_GENERATED.json"), root.resolve("_GENERATING.json"));
    Files.writeString(root.resolve("blocked"), "a file, so that nothing can be written below it");
    DataConfig blocked = config(31, "data.train_images=blocked/images");
    assertThrows(IOException.class, () -> GeneratedData.ensure(blocked, HADOOP));
    assertFalse(names().contains("train-labels-idx1-ubyte.gz"), names().toString());
    assertTrue(names().contains("_GENERATING.json"));
  }

  @Test
  @DisplayName("another generated set in the same place is refused")
  void another() throws IOException {
    GeneratedData.ensure(config(30), HADOOP);
    ConfigException e =
        assertThrows(ConfigException.class, () -> GeneratedData.ensure(config(31), HADOOP));
    assertEquals(
        "file:"
            + root
            + " holds a data set that was generated with kind digits, train_count 30, test_count"
            + " 7, seed 5, and data.generate asks for kind digits, train_count 31, test_count 7,"
            + " seed 5; give another data.root, or delete the directory",
        e.getMessage());
  }
}
