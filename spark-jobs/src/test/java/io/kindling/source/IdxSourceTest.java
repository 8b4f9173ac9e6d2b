package io.kindling.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.conf.ConfigLoader;
import io.kindling.conf.DataConfig;
import io.kindling.conf.Layer;
import io.kindling.core.DataException;
import io.kindling.data.Idx;
import io.kindling.data.Idx.IdxArray;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("IDX files as a source")
class IdxSourceTest {
  private static final Configuration HADOOP = new Configuration(false);
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir Path dir;

  private String path(String name) {
    return "file:" + dir.resolve(name);
  }

  private DataConfig config(String... settings) {
    List<String> all = new java.util.ArrayList<>(List.of("data.root=" + dir));
    all.addAll(Arrays.asList(settings));
    all.addAll(List.of("model.class=mlp", "optimizer.name=sgd"));
    return ConfigLoader.load(List.of(Layer.settings(all))).data();
  }

  /** Image i is 2x3 bytes counting from 6 i; label i is i modulo 10. */
  private void write(int images, int labels, boolean gzip) throws IOException {
    byte[] pixels = new byte[images * 6];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
    }
    byte[] classes = new byte[labels];
    for (int i = 0; i < labels; i++) {
      classes[i] = (byte) (i % 10);
    }
    String suffix = gzip ? ".gz" : "";
    write(IMAGES + suffix, new IdxArray(new int[] {images, 2, 3}, pixels), gzip);
    write(LABELS + suffix, new IdxArray(new int[] {labels}, classes), gzip);
  }

  private void write(String name, IdxArray array, boolean gzip) throws IOException {
    try (OutputStream out = Files.newOutputStream(dir.resolve(name))) {
      if (gzip) {
        Idx.writeGzip(out, array);
      } else {
        Idx.write(out, array);
      }
    }
  }

  private Examples open(DataConfig config) throws IOException {
    return Source.of(config, HADOOP).open(Split.TRAIN);
  }

  private static ShardPlan plan(long count, int shards) {
    return ShardPlan.whole(count, shards);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("shards hold the same examples however they are spread over partitions")
  void partitions(boolean gzip) throws IOException {
    write(11, 11, gzip);
    Examples examples = open(config());
    assertEquals(11, examples.count());
    assertEquals(List.of(2, 3), examples.exampleShape());
    List<PackedShard> all = examples.reader().read(plan(11, 4), 0, 4, HADOOP);
    int next = 0;
    for (int shard = 0; shard < 4; shard++) {
      PackedShard alone = examples.reader().read(plan(11, 4), shard, shard + 1, HADOOP).get(0);
      assertArrayEquals(all.get(shard).features(), alone.features());
      assertArrayEquals(all.get(shard).labels(), alone.labels());
      assertEquals(shard, alone.shard());
      for (int row = 0; row < alone.exampleCount(); row++, next++) {
        assertEquals((byte) (6 * next), alone.features()[6 * row]);
        assertEquals(next % 10, alone.labels()[row]);
      }
    }
    assertEquals(11, next);
  }

  @Test
  @DisplayName("data.limit takes the first examples, and the rest is not read")
  void limit() throws IOException {
    write(11, 11, true);
    Examples examples = open(config("data.limit=5"));
    assertEquals(5, examples.count());
    List<PackedShard> shards = examples.reader().read(plan(5, 2), 0, 2, HADOOP);
    assertArrayEquals(new int[] {3, 4}, shards.get(1).labels());
    assertEquals(11, open(config("data.limit=50")).count());
  }

  @Test
  @DisplayName("a missing file is an error that names both names")
  void missing() throws IOException {
    write(3, 3, false);
    Files.delete(dir.resolve(LABELS));
    FileNotFoundException e = assertThrows(FileNotFoundException.class, () -> open(config()));
    assertEquals(
        "neither "
            + path(LABELS)
            + " nor "
            + path(LABELS + ".gz")
            + " exists; set data.root to the directory that holds it, or data.train_labels to its"
            + " name",
        e.getMessage());
  }

  @Test
  @DisplayName("image and label counts that differ are an error that names both files")
  void counts() throws IOException {
    write(7, 8, false);
    DataException e = assertThrows(DataException.class, () -> open(config()));
    assertEquals(
        path(LABELS)
            + " holds 8 labels and "
            + path(IMAGES)
            + " holds 7 images; expected as many of each, do the two files belong together?",
        e.getMessage());
    assertEquals(path(LABELS), e.file());
  }

  @Test
  @DisplayName("a label outside the classes is an error with file, record, value and range")
  void labels() throws IOException {
    write(9, 9, true);
    DataException e = assertThrows(DataException.class, () -> open(config("data.classes=7")));
    String file = path(LABELS + ".gz");
    assertEquals(
        file + ": record 7 holds the label 7; expected 0 to 6 (data.classes is 7)", e.getMessage());
    assertEquals(file, e.file());
    assertEquals(7, e.record());
  }

  @Test
  @DisplayName("exchanged files are an error that says so")
  void magic() throws IOException {
    write(3, 3, false);
    DataException e =
        assertThrows(DataException.class, () -> open(config("data.train_images=" + LABELS)));
    assertEquals(
        path(LABELS)
            + ": not an IDX image file: magic number 00000801, expected 00000803; this is a label"
            + " file, are images and labels exchanged?",
        e.getMessage());
    assertEquals(path(LABELS), e.file());
  }

  @Test
  @DisplayName(
      "truncated images, plain and gzipped, are found by whoever reads the part or the end")
  void truncated() throws IOException {
    write(2000, 2000, true);
    Path images = dir.resolve(IMAGES + ".gz");
    byte[] bytes = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(bytes, bytes.length - 5));
    ShardReader gzipped = open(config()).reader();
    gzipped.read(plan(2000, 2), 0, 1, HADOOP);
    DataException e =
        assertThrows(DataException.class, () -> gzipped.read(plan(2000, 2), 1, 2, HADOOP));
    assertEquals(path(IMAGES + ".gz"), e.file());
    assertTrue(e.getMessage().contains("truncated gzip"), e.getMessage());

    write(20, 20, false);
    Path plain = dir.resolve(IMAGES);
    Files.write(plain, Arrays.copyOf(Files.readAllBytes(plain), 16 + 6 * 15));
    ShardReader reader = open(config()).reader();
    reader.read(plan(20, 2), 0, 1, HADOOP);
    DataException cut =
        assertThrows(DataException.class, () -> reader.read(plan(20, 2), 1, 2, HADOOP));
    assertEquals(
        path(IMAGES)
            + ": truncated: its shape [20, 2, 3] needs 120 bytes of data, got 90; fetch it again",
        cut.getMessage());
  }

  @Test
  @DisplayName("a file that changes between driver and executor is an error")
  void changed() throws IOException {
    write(4, 4, false);
    ShardReader reader = open(config()).reader();
    write(5, 5, false);
    DataException e =
        assertThrows(DataException.class, () -> reader.read(plan(4, 1), 0, 1, HADOOP));
    assertEquals(
        path(LABELS) + ": the file changed while it was in use: it held 4 examples, now 5",
        e.getMessage());
  }

  @Test
  @DisplayName("a pipe or a directory in place of a file is refused, not waited for")
  void noFile() throws Exception {
    write(3, 3, false);
    Files.delete(dir.resolve(IMAGES));
    assertEquals(0, new ProcessBuilder("mkfifo", dir.resolve(IMAGES).toString()).start().waitFor());
    DataException pipe =
        assertThrows(DataException.class, () -> new IdxSource(config(), HADOOP).open(Split.TRAIN));
    assertEquals(
        path(IMAGES) + " is a pipe or a device; expected a file of the data", pipe.getMessage());
    Files.delete(dir.resolve(IMAGES));
    Files.createDirectory(dir.resolve(IMAGES));
    DataException directory =
        assertThrows(DataException.class, () -> new IdxSource(config(), HADOOP).open(Split.TRAIN));
    assertEquals(
        path(IMAGES) + " is a directory; expected a file of the data", directory.getMessage());
  }
}
