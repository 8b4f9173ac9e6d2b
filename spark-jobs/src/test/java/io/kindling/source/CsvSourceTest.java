package io.kindling.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.conf.ConfigException;
import io.kindling.conf.ConfigLoader;
import io.kindling.conf.DataConfig;
import io.kindling.conf.Layer;
import io.kindling.core.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("CSV files as a source")
class CsvSourceTest {
  private static final Configuration HADOOP = new Configuration(false);

  @TempDir Path dir;

  private static DataConfig config(Path dir, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of("data={format: csv, train_csv: a.csv, test_csv: b.csv}", "data.root=" + dir));
    all.addAll(Arrays.asList(settings));
    all.addAll(List.of("model.class=mlp", "optimizer.name=sgd"));
    return ConfigLoader.load(List.of(Layer.settings(all))).data();
  }

  private Examples open(String... settings) throws IOException {
    return Source.of(config(dir, settings), HADOOP).open(Split.TRAIN);
  }

  private String file() {
    return "file:" + dir.resolve("a.csv");
  }

  /** Record i is i, i + 1, i + 2 and the label i modulo 10. */
  private static String records(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i).append(',').append(i + 1).append(", ").append(i + 2).append(',');
      text.append(i % 10).append(i % 3 == 0 ? "\n\n" : "\n");
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 40})
  @DisplayName("each shard gets the records it owns, however many shards a read covers")
  void shards(int shards) throws IOException {
    Files.writeString(dir.resolve("a.csv"), records(23));
    Examples examples = open();
    assertEquals(23, examples.count());
    assertEquals(List.of(3), examples.exampleShape());
    ShardPlan plan = new ShardPlan(1, 23, shards, 4, 1, true, false);
    for (int shard = 0; shard < shards; shard++) {
      PackedShard read = examples.reader().read(plan, shard, shard + 1, HADOOP).get(0);
      assertEquals(plan.size(shard), read.exampleCount());
      for (int i = 0; i < read.exampleCount(); i++) {
        int record = (int) plan.firstExample(shard) + i;
        byte[] row = new byte[3];
        read.gatherFeatures(new int[] {i}, 0, 1, row);
        assertArrayEquals(
            new byte[] {(byte) record, (byte) (record + 1), (byte) (record + 2)}, row);
        long[] label = new long[1];
        read.gatherLabels(new int[] {i}, 0, 1, label);
        assertEquals(record % 10, label[0]);
      }
    }
    assertEquals(shards, examples.reader().read(plan, 0, shards, HADOOP).size());
  }

  @Test
  @DisplayName("a file is decompressed by what its name ends in, and data.limit stops early")
  void compressedAndLimited() throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(dir.resolve("a.csv.gz")))) {
      out.write(records(9).getBytes(StandardCharsets.US_ASCII));
    }
    assertEquals(9, open("data.train_csv=a.csv.gz").count());
    assertEquals(4, open("data.train_csv=a.csv.gz", "data.limit=4").count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,2,3;1,2|: record 1 has 2 fields; expected 3",
        "7|: record 0 has 1 fields; expected values and a label",
        "1,2,3;1,256,3|: record 1 holds '256' in column 1; expected an integer from 0 to 255",
        "1,x,3|: record 0 holds 'x' in column 1; expected an integer from 0 to 255",
        "1,2,-3|: record 0 holds '-3' in column 2; expected an integer from 0",
        "1,2,3;1,2,10|: record 1 holds the label 10; expected 0 to 9 (data.classes is 10)",
        ";|: no records; expected one a line, the label last"
      })
  @DisplayName("a bad record is named with its file, its number and its column")
  void badRecord(String lines, String message) throws IOException {
    Files.writeString(dir.resolve("a.csv"), lines.replace(';', '\n'));
    DataException e = assertThrows(DataException.class, this::open);
    assertEquals(file() + message, e.getMessage());
    assertEquals(file(), e.file());
  }

  @Test
  @DisplayName("a missing file is named with the key to set")
  void missing() {
    FileNotFoundException e = assertThrows(FileNotFoundException.class, this::open);
    assertEquals(
        file()
            + " does not exist; set data.root to the directory that holds it, or data.train_csv to"
            + " its name",
        e.getMessage());
  }

  @Test
  @DisplayName("the format needs its two keys, and generated data is not of it")
  void keys() {
    ConfigException e =
        assertThrows(ConfigException.class, () -> config(dir, "data.test_csv=null"));
    assertEquals("data.format", e.key());
    e =
        assertThrows(
            ConfigException.class,
            () -> config(dir, "data.generate={train_count: 1, test_count: 1}"));
    assertEquals("data.generate", e.key());
  }
}
