package io.kindling.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DataException;
import io.kindling.core.RandomStream;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("T02 damaged .npy and .npz files")
class DamagedNpyTest {
  private static final String GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

  /** A file of version 1.0 with this header and {@code data} bytes. */
  private static byte[] file(String header, int data) {
    byte[] dict = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer out = ByteBuffer.allocate(10 + dict.length + data).order(ByteOrder.LITTLE_ENDIAN);
    out.put("\u0093NUMPY\1\0".getBytes(StandardCharsets.ISO_8859_1));
    return out.putShort((short) dict.length).put(dict).array();
  }

  private static void assertError(String expected, byte[] file) {
    DataException e = assertThrows(DataException.class, () -> NpyTest.read(file));
    assertEquals("x.npy: " + expected, e.getMessage());
  }

  private static void assertZipError(String expected, byte[] file) {
    DataException e = assertThrows(DataException.class, () -> NpyTest.unzip(file));
    assertEquals("x.npz: " + expected, e.getMessage());
  }

  @Test
  @DisplayName(
      "T02 the header of these tests is good when it is whole, in any spelling of Python's")
  void good() throws IOException {
    String[] spellings = {
      GOOD,
      "{\"shape\":(2,),\"descr\":\"<f4\",\"fortran_order\":False}\n",
      "  { 'shape' : ( 2L , ) , 'fortran_order' : True , 'descr' : '|f4' } \n",
      "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2)}"
    };
    for (String header : spellings) {
      assertEquals(2, NpyTest.read(file(header, 8)).numel(), header);
    }
  }

  @Test
  @DisplayName("T02 a file that ends too early says where, and what was expected")
  void truncated() {
    byte[] good = file(GOOD, 8);
    assertError(
        "truncated in the magic number at byte 0: expected 6 bytes, got 0; fetch it again",
        new byte[0]);
    assertError(
        "truncated in the magic number at byte 0: expected 6 bytes, got 5; fetch it again",
        Arrays.copyOf(good, 5));
    assertError(
        "truncated in the format's version at byte 6: expected 2 bytes, got 1; fetch it again",
        Arrays.copyOf(good, 7));
    assertError(
        "truncated in the header's length at byte 8: expected 2 bytes, got 0; fetch it again",
        Arrays.copyOf(good, 8));
    assertError(
        "truncated in the header at byte 10: expected 57 bytes, got 10; fetch it again",
        Arrays.copyOf(good, 20));
    assertError(
        "data from byte 67: truncated: expected 8 bytes of data, got 7; fetch it again",
        Arrays.copyOf(good, good.length - 1));
    for (int n = 0; n < good.length; n++) {
      byte[] cut = Arrays.copyOf(good, n);
      DataException e = assertThrows(DataException.class, () -> NpyTest.read(cut));
      assertTrue(e.getMessage().contains("truncated"), e.getMessage());
    }
  }

  @Test
  @DisplayName("T02 more data than the header describes")
  void trailing() {
    assertError(
        "data from byte 67: the header describes 8 bytes, and more follow: got 11; is the file"
            + " damaged?",
        file(GOOD, 11));
  }

  @Test
  @DisplayName("T02 other formats are told apart by their first bytes")
  void otherFormats() {
    String start = "not an .npy file: it does not begin with \\x93NUMPY at byte 0; ";
    assertError(
        start + "this is a zip archive, such as an .npz file",
        "PK\3\4abcdef".getBytes(StandardCharsets.UTF_8));
    assertError(
        start + "this looks like a web page, did the download fail?",
        "<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8));
    assertError(start + "is this the right file?", new byte[10]);
  }

  @Test
  @DisplayName("T02 an unknown version, and a header longer than any header is")
  void versionAndLength() {
    byte[] bad = file(GOOD, 8);
    bad[6] = 4;
    assertError(
        "version 4.0 of the npy format at byte 6 is not known; expected 1.0, 2.0 or 3.0", bad);
    bad[6] = 1;
    bad[7] = 1;
    assertError(
        "version 1.1 of the npy format at byte 6 is not known; expected 1.0, 2.0 or 3.0", bad);
    bad[6] = 2;
    bad[7] = 0;
    bad[10] = (byte) 0xFF;
    bad[11] = (byte) 0xFF;
    assertError(
        "the header at byte 8 has a length of 4294901817 bytes, at most 1048576 are allowed; is"
            + " the file damaged?",
        bad);
  }

  @ParameterizedTest(name = "T02 header {0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                      | expected '{', got the end at byte 10",
        "[]                      | expected '{', got '[' at byte 10",
        "{                       | expected a string, got the end at byte 11",
        "{}                      | expected the keys descr, fortran_order and shape, got the end at byte 12",
        "{} x                    | expected the end, got 'x' at byte 13",
        "{'descr'}               | expected ':', got '}' at byte 18",
        "{'descr': 7}            | expected a string, got '7' at byte 20",
        "{'descr': '<f4          | the string has no end at byte 20",
        "{'descr': '<f4' 7       | expected '}', got '7' at byte 26",
        "{'descr': '\\x3cf4'}    | a string that no key and no dtype has at byte 20",
        "{'size': 7}             | expected descr, fortran_order and shape once each, got ''' at byte 11",
        "{'shape': (), 'shape': ()} | expected descr, fortran_order and shape once each, got ''' at byte 24",
        "{'fortran_order': 1}    | expected True or False, got '1' at byte 28",
        "{'fortran_order':       | expected True or False, got the end at byte 27",
        "{'shape': 2}            | expected '(', got '2' at byte 20",
        "{'shape': (2)}          | expected ',', got ')' at byte 22",
        "{'shape': (-1,)}        | expected a size that is not negative, got '-' at byte 21",
        "{'shape': (2 3)}        | expected ',', got '3' at byte 23",
        "{'shape': (2, 3 4)}     | expected ')', got '4' at byte 26",
        "{'shape': (1.5,)}       | expected ',', got '.' at byte 22",
        "{'shape': (9223372036854775808,)} | a size larger than 2^63 - 1 at byte 21",
        "{\u0001}                | expected a string, got 0x01 at byte 11",
      })
  void notTheDict(String header, String expected) {
    assertError(
        "the header is not a dict of descr, fortran_order and shape: "
            + expected
            + "; is the file damaged?",
        file(header, 0));
  }

  private static String shaped(String shape) {
    return "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + ",)}";
  }

  @Test
  @DisplayName("T02 a shape whose product overflows, or lies about the file, costs no memory")
  void absurdShapes() {
    for (String shape :
        new String[] {
          "4611686018427387904, 4",
          "2305843009213693952",
          "0, 4611686018427387904, 4",
          "4611686018427387904, 4, 0"
        }) {
      assertError(
          "its shape [" + shape + "] has more elements than can be counted",
          file(shaped(shape), 16));
    }
    assertError(
        "data from byte 84: truncated: expected 4000000000000000 bytes of data, got 16; fetch it"
            + " again",
        file(shaped("1000000000000000    "), 16));
    assertError("the array has more than 64 dimensions", file(shaped("1" + ", 1".repeat(64)), 4));
  }

  @Test
  @DisplayName("T02 a bool is 0 or 1")
  void bools() {
    byte[] bad = file("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", 3);
    bad[bad.length - 1] = 7;
    assertError("data from byte 67: element 2 of its BOOL data is 7, expected 0 or 1", bad);
  }

  @ParameterizedTest(name = "T02 dtype {0}")
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "uint16     # <u2    # Convert it in Python first, such as with array.astype('int64')",
        "uint32     # <u4    # Convert it in Python first, such as with array.astype('int64')",
        "uint64     # <u8    # Convert it in Python first, such as with array.astype('int64')",
        "complex64  # <c8    # Convert it in Python first, such as with array.astype('float32')",
        "text       # <U2    # Convert it in Python first, such as with array.astype('float32')",
        "bytes      # |S3    # Convert it in Python first, such as with array.astype('float32')",
        "time       # <M8[s] # Convert it in Python first, such as with array.astype('float32')",
        "void       # |V2    # bfloat16 is no type of NumPy. Convert it in Python first, such as with array.astype('float32')",
        "object     # |O     # It holds pickled Python objects, which are never run; save numbers",
      })
  void foreignType(String name, String descr, String remedy) throws IOException {
    assertError(
        "the dtype '"
            + descr
            + "' cannot be read; expected b1, u1, i1, i2, i4, i8, f2, f4 or f8 of either byte"
            + " order. "
            + remedy,
        foreign(name));
  }

  private static byte[] foreign(String name) throws IOException {
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(NpyTest.golden("foreign.npz")))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        if (e.getName().equals(name + ".npy")) {
          return zip.readAllBytes();
        }
      }
    }
    throw new AssertionError(name);
  }

  @Test
  @DisplayName("T02 a structured dtype, one without a byte order and bfloat16 by name are refused")
  void otherTypes() throws IOException {
    DataException e = assertThrows(DataException.class, () -> NpyTest.read(foreign("structured")));
    assertTrue(
        e.getMessage().startsWith("x.npy: the dtype [('x', '<f4'), ('y', '<i2')]"), e.getMessage());
    assertTrue(
        e.getMessage().endsWith("at byte 20 is structured; save each field as an array of its own"),
        e.getMessage());
    for (String descr : new String[] {"", "<", "f4", "bfloat16", "<bf2", "float32"}) {
      DataException bad =
          assertThrows(
              DataException.class, () -> NpyTest.read(file(GOOD.replace("<f4", descr), 8)));
      assertTrue(
          bad.getMessage().startsWith("x.npy: the dtype '" + descr + "' cannot be read;"),
          bad.getMessage());
    }
    assertZipError(
        "uint16.npy: the dtype '<u2' cannot be read; expected b1, u1, i1, i2, i4, i8, f2, f4 or f8"
            + " of either byte order. Convert it in Python first, such as with"
            + " array.astype('int64')",
        NpyTest.golden("foreign.npz"));
  }

  @Test
  @DisplayName("T02 an archive that is cut anywhere is refused, between two arrays as well")
  void cutArchive() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", Tensors.ones(3));
    tensors.put("b", Tensors.ones(3));
    byte[] good = NpyTest.zip(tensors);
    for (int n = 0; n < good.length; n++) {
      byte[] cut = Arrays.copyOf(good, n);
      DataException e = assertThrows(DataException.class, () -> NpyTest.unzip(cut), "cut " + n);
      assertTrue(e.getMessage().startsWith("x.npz: "), e.getMessage());
    }
    int entry = 30 + "a.npy".length() + 128 + 12;
    assertZipError(
        "the directory of a zip archive is missing at byte "
            + entry
            + ": truncated after 1 entries; fetch it again",
        Arrays.copyOf(good, entry));
    String damaged = "cannot be read as a zip archive after a.npy: ";
    String remedy = "; fetch it again, or save it with numpy.savez_compressed";
    assertZipError(damaged + "unexpected EOF" + remedy, Arrays.copyOf(good, entry + 100));
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    Npz.writeCompressed(deflated, tensors);
    byte[] most = Arrays.copyOf(deflated.toByteArray(), deflated.size() - 150);
    assertZipError(damaged + "Unexpected end of ZLIB input stream" + remedy, most);
    assertZipError(
        "the directory of a zip archive is missing at byte 0; is this an .npz file?", new byte[0]);
  }

  @Test
  @DisplayName("T02 an archive with other files, with one name twice, or with a flipped byte")
  void badArchives() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("readme.txt"));
    }
    assertZipError("readme.txt: an .npz file holds .npy arrays only", out.toByteArray());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", Tensors.ones(3));
    tensors.put("b", Tensors.ones(3));
    byte[] twice = NpyTest.zip(tensors);
    for (int i = 0; i < twice.length - 5; i++) {
      if (new String(twice, i, 5, StandardCharsets.ISO_8859_1).equals("b.npy")) {
        twice[i] = 'a';
      }
    }
    assertZipError("a.npy: the archive holds it twice", twice);
    byte[] flipped = NpyTest.zip(tensors);
    flipped[30 + 5 + 128 + 3] ^= 1; // of the data, behind the entry's and the array's headers
    DataException e = assertThrows(DataException.class, () -> NpyTest.unzip(flipped));
    assertTrue(
        e.getMessage()
            .startsWith("x.npz: cannot be read as a zip archive after the beginning: invalid"),
        e.getMessage());
  }

  @Test
  @DisplayName("T02 flipped bytes never end in anything but a DataException")
  void flippedBytes() throws IOException {
    byte[] array = NpyTest.write(Tensors.arange(6).view(2, 3).toFloat());
    byte[] archive = NpyTest.golden("variants.npz");
    RandomStream random = RandomStream.of(5);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      boolean zip = round % 3 == 0;
      byte[] bad = (zip ? archive : array).clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(10) == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length + 20));
      }
      try {
        if (zip) {
          NpyTest.unzip(bad);
        } else {
          NpyTest.read(bad);
        }
      } catch (DataException e) {
        assertTrue(e.getMessage().startsWith(zip ? "x.npz: " : "x.npy: "), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 1500, "refused " + refused);
  }
}
