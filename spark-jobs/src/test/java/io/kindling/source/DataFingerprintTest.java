package io.kindling.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The fingerprint of data")
class DataFingerprintTest {
  private static final Configuration HADOOP = new Configuration(false);

  @TempDir Path dir;

  private static String of(long count, List<Integer> shape, Path file) throws IOException {
    Examples examples = new Examples(count, shape, new CsvShardReader(file.toString(), 1));
    return DataFingerprint.sha256(List.of(examples), HADOOP);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name), bytes);
  }

  @Test
  @DisplayName("is that of a copy elsewhere, and another for another count, shape or length")
  void content() throws IOException {
    Path file = file("a", new byte[100]);
    String sha256 = of(3, List.of(2), file);
    assertEquals(sha256, of(3, List.of(2), file("b", new byte[100])));
    assertNotEquals(sha256, of(4, List.of(2), file));
    assertNotEquals(sha256, of(3, List.of(3), file));
    assertNotEquals(sha256, of(3, List.of(2), file("c", new byte[101])));
    assertNotEquals(sha256, of(3, List.of(2), file("d", new byte[0])));
  }

  @Test
  @DisplayName("sees every byte of a file up to 16 pieces, and the ends of a larger one")
  void bytes() throws IOException {
    int whole = DataFingerprint.PIECES * DataFingerprint.PIECE;
    for (int length : new int[] {100, whole, whole + 12_345_678}) {
      byte[] bytes = new byte[length];
      String before = of(3, List.of(2), file("a", bytes));
      int middle = length <= whole ? length / 2 : 0;
      for (int at : new int[] {0, middle, length - 1}) {
        bytes[at] ^= 1;
        assertNotEquals(before, of(3, List.of(2), file("a", bytes)), at + " of " + length);
        bytes[at] ^= 1;
      }
    }
  }
}
