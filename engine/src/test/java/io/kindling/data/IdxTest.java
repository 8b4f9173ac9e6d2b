package io.kindling.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DataException;
import io.kindling.core.RandomStream;
import io.kindling.data.Idx.IdxArray;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("D02 the IDX format")
class IdxTest {
  private static final IdxArray IMAGES = new IdxArray(new int[] {7, 5, 3}, noise(105));
  private static final IdxArray LABELS = new IdxArray(new int[] {9}, noise(9));

  @Test
  @DisplayName("D02 what was written is read again, plain and gzip")
  void roundTrip() throws IOException {
    for (boolean gzip : new boolean[] {false, true}) {
      IdxArray images = Idx.readImages(stream(bytes(IMAGES, gzip)), "images");
      assertArrayEquals(IMAGES.shape(), images.shape());
      assertArrayEquals(IMAGES.data(), images.data());
      assertEquals(7, images.count());
      IdxArray labels = Idx.readLabels(stream(bytes(LABELS, gzip)), "labels");
      assertArrayEquals(LABELS.shape(), labels.shape());
      assertArrayEquals(LABELS.data(), labels.data());
    }
  }

  @Test
  @DisplayName("D02 the header is MNIST's, byte for byte")
  void header() throws IOException {
    byte[] plain = bytes(IMAGES, false);
    assertEquals(
        "00000803000000070000000500000003", HexFormat.of().formatHex(Arrays.copyOf(plain, 16)));
    assertEquals(16 + 105, plain.length);
    assertEquals(
        "0000080100000009", HexFormat.of().formatHex(Arrays.copyOf(bytes(LABELS, false), 8)));
  }

  @Test
  @DisplayName("D02 gzip output carries no time and is the same each time")
  void deterministicGzip() throws IOException {
    byte[] gzip = bytes(IMAGES, true);
    assertArrayEquals(gzip, bytes(IMAGES, true));
    assertEquals(0, ByteBuffer.wrap(gzip).getInt(4));
  }

  @Test
  @DisplayName("D02 more than the first chunk is read whole")
  void large() throws IOException {
    IdxArray large = new IdxArray(new int[] {3000, 50, 60}, noise(9_000_000));
    assertArrayEquals(large.data(), Idx.readImages(stream(bytes(large, false)), "large").data());
  }

  @Test
  @DisplayName("D02 the stream is closed, also after an error")
  void closes() throws IOException {
    boolean[] closed = new boolean[1];
    for (byte[] content :
        new byte[][] {bytes(LABELS, true), bytes(IMAGES, true), {0x1f, (byte) 0x8b}}) {
      closed[0] = false;
      InputStream in =
          new ByteArrayInputStream(content) {
            @Override
            public void close() {
              closed[0] = true;
            }
          };
      try {
        Idx.readLabels(in, "labels");
      } catch (DataException expected) {
        assertTrue(expected.getMessage().startsWith("labels: "));
      }
      assertTrue(closed[0]);
    }
  }

  @Test
  @DisplayName("D02 wrong magic numbers say what they are")
  void wrongMagic() throws IOException {
    assertImageError(
        bytes(LABELS, true),
        "f: not an IDX image file: magic number 00000801, expected 00000803; this is a label file,"
            + " are images and labels exchanged?");
    DataException e =
        assertThrows(
            DataException.class, () -> Idx.readLabels(stream(bytes(IMAGES, false)), "t10k"));
    assertEquals(
        "t10k: not an IDX label file: magic number 00000803, expected 00000801; this is an image"
            + " file, are images and labels exchanged?",
        e.getMessage());
    assertImageError(
        "<!DOCTYPE html>".getBytes(),
        "f: not an IDX image file: magic number 3c21444f, expected 00000803; this looks like a web"
            + " page, did the download fail?");
    assertImageError(
        "PK\3\4".getBytes(),
        "f: not an IDX image file: magic number 504b0304, expected 00000803; this is a zip"
            + " archive, unpack it first");
    assertImageError(
        new byte[] {0, 0, 0x0D, 3},
        "f: not an IDX image file: magic number 00000d03, expected 00000803; only element type 08"
            + " (unsigned byte) is read");
    assertImageError(
        new byte[] {1, 2},
        "f: not an IDX image file: magic number 0102, expected 00000803; is this the right file,"
            + " and fetched whole?");
  }

  @Test
  @DisplayName("D02 empty and truncated plain files give the bytes expected and got")
  void truncated() throws IOException {
    byte[] whole = bytes(IMAGES, false);
    assertImageError(new byte[0], "f: the file is empty; expected an IDX image file");
    assertImageError(
        Arrays.copyOf(whole, 13),
        "f: truncated in its header: expected 16 bytes, got 13; fetch it again");
    assertImageError(
        Arrays.copyOf(whole, 16 + 104),
        "f: truncated: its shape [7, 5, 3] needs 105 bytes of data, got 104; fetch it again");
  }

  @Test
  @DisplayName("D02 a gzip cut anywhere is an error that names the file")
  void truncatedGzip() throws IOException {
    byte[] whole = bytes(IMAGES, true);
    for (int length = 2; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      DataException e =
          assertThrows(DataException.class, () -> Idx.readImages(stream(cut), "f.gz"));
      assertTrue(
          e.getMessage().matches("f\\.gz: .*(truncated|cut off|not an IDX|empty).*"),
          e.getMessage());
    }
    assertImageError(
        Arrays.copyOf(whole, whole.length - 4),
        "f: truncated gzip: its checksum is missing; fetch it again");
    DataException e =
        assertThrows(
            DataException.class,
            () -> Idx.readImages(stream(Arrays.copyOf(whole, whole.length - 30)), "f"));
    assertTrue(
        e.getMessage()
            .matches(
                "f: truncated gzip: its shape \\[7, 5, 3\\] needs 105 bytes of data, got \\d+;"
                    + " fetch it again"),
        e.getMessage());
  }

  @Test
  @DisplayName("D02 a damaged gzip is an error")
  void damagedGzip() throws IOException {
    byte[] checksum = bytes(IMAGES, true);
    checksum[checksum.length - 6] ^= 1;
    DataException e =
        assertThrows(DataException.class, () -> Idx.readImages(stream(checksum), "f"));
    assertTrue(e.getMessage().startsWith("f: damaged gzip ("), e.getMessage());
    assertImageError(
        new byte[] {0x1f, (byte) 0x8b, 7, 0, 0, 0, 0, 0, 0, 0},
        "f: the gzip header is damaged or cut off; fetch it again");
  }

  @Test
  @DisplayName("D02 bytes after the data are an error")
  void trailing() throws IOException {
    assertImageError(
        Arrays.copyOf(bytes(IMAGES, false), 16 + 108),
        "f: the shape [7, 5, 3] needs 105 bytes of data, and more follow: got 108; is the header"
            + " damaged?");
  }

  @Test
  @DisplayName("D02 zero and absurd sizes are refused before memory is asked for")
  void absurd() {
    assertImageError(
        headerOnly(0, 28, 28), "f: holds nothing: its shape is [0, 28, 28]; is it empty?");
    assertImageError(
        headerOnly(-1, -1, -1),
        "f: the header asks for the shape [4294967295, 4294967295, 4294967295], more than the"
            + " 2147483639 bytes that one file may hold; is the file damaged?");
    assertImageError(
        headerOnly(60000, 28, 1279),
        "f: the header asks for the shape [60000, 28, 1279], more than the 2147483639 bytes that"
            + " one file may hold; is the file damaged?");
    assertImageError(
        headerOnly(60000, 28, 1278),
        "f: truncated: its shape [60000, 28, 1278] needs 2147040000 bytes of data, got 0; fetch it"
            + " again");
  }

  @Test
  @DisplayName("D02 a shape that does not fit its data is an error")
  void badArray() {
    DataException e =
        assertThrows(DataException.class, () -> new IdxArray(new int[] {2, 3}, new byte[5]));
    assertEquals("IdxArray: shape [2, 3] does not describe 5 bytes", e.getMessage());
    int big = 1 << 30;
    assertThrows(
        DataException.class, () -> new IdxArray(new int[] {big, big, big, big}, new byte[0]));
    assertThrows(DataException.class, () -> new IdxArray(new int[] {-1, -5}, new byte[5]));
  }

  private static byte[] headerOnly(int... shape) {
    ByteBuffer header = ByteBuffer.allocate(16).putInt(0x00000803);
    for (int size : shape) {
      header.putInt(size);
    }
    return header.array();
  }

  private static void assertImageError(byte[] content, String message) {
    DataException e = assertThrows(DataException.class, () -> Idx.readImages(stream(content), "f"));
    assertEquals(message, e.getMessage());
  }

  private static byte[] bytes(IdxArray array, boolean gzip) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (gzip) {
      Idx.writeGzip(out, array);
    } else {
      Idx.write(out, array);
    }
    return out.toByteArray();
  }

  private static InputStream stream(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  private static byte[] noise(int count) {
    RandomStream random = RandomStream.of(1, count);
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    return bytes;
  }
}
