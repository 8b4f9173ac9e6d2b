package io.kindling.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DataException;
import io.kindling.core.RandomStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("M03 damaged safetensors files")
class DamagedSafeTensorsTest {
  private static final String GOOD = "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}";

  /** A file of this header, with ' for " so that it is easy to read, and {@code data} bytes. */
  private static byte[] file(String header, int data) {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return file(json, data);
  }

  private static byte[] file(byte[] json, int data) {
    ByteBuffer out = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
    return out.putLong(json.length).put(json).array();
  }

  private static String error(byte[] file) {
    DataException e = assertThrows(DataException.class, () -> SafeTensorsTest.read(file));
    return e.getMessage();
  }

  private static void assertError(String expected, byte[] file) {
    assertEquals("model.safetensors: " + expected, error(file));
  }

  @Test
  @DisplayName("M03 the header of these tests is good when it is whole")
  void good() throws IOException {
    assertEquals(2, SafeTensorsTest.read(file(GOOD, 8)).get("a").numel());
    assertEquals(2, SafeTensorsTest.read(file(" " + GOOD + " \t\r\n", 8)).get("a").numel());
    String spaced = "{ 'a' : { 'data_offsets' : [ 0 , 8 ] , 'shape' : [2] , 'dtype' : 'F32' } }";
    assertEquals(2, SafeTensorsTest.read(file(spaced, 8)).get("a").numel());
    String escaped = GOOD.replace("'a'", "'\\u0061\\/\\uD83d\\ude00'");
    assertTrue(SafeTensorsTest.read(file(escaped, 8)).containsKey("a/\uD83D\uDE00"));
  }

  @Test
  @DisplayName("M03 a file that ends too early says where, and what was expected")
  void truncated() {
    byte[] good = file(GOOD, 8);
    assertError(
        "truncated: expected the 8 bytes of the header's length, got 0; fetch it again",
        new byte[0]);
    assertError(
        "truncated: expected the 8 bytes of the header's length, got 7; fetch it again",
        Arrays.copyOf(good, 7));
    assertError(
        "truncated in its header: expected 54 bytes, got 53; fetch it again",
        Arrays.copyOf(good, 61));
    assertError(
        "tensor \"a\": truncated: expected 8 bytes of data, got 7; fetch it again",
        Arrays.copyOf(good, good.length - 1));
    for (int length = 0; length < good.length; length++) {
      assertTrue(error(Arrays.copyOf(good, length)).contains("truncated"));
    }
  }

  @Test
  @DisplayName("M03 a tensor of an absurd size ends as a truncated file, not in exhausted memory")
  void absurdSize() {
    assertError(
        "tensor \"a\": truncated: expected 4000000000000000 bytes of data, got 16; fetch it again",
        file(
            "{'a':{'dtype':'F32','shape':[1000000000000000],'data_offsets':[0,4000000000000000]}}",
            16));
  }

  @Test
  @DisplayName("M03 more data than the header describes")
  void trailing() {
    assertError(
        "the header describes 8 bytes of data, and more follow: got 11; is the file damaged?",
        file(GOOD, 11));
    assertError(
        "the header describes 0 bytes of data, and more follow: got 1; is the file damaged?",
        file("{}", 1));
  }

  @Test
  @DisplayName("M03 a header longer than the format's limit, and files of other formats")
  void headerLength() {
    byte[] large = file(GOOD, 8);
    ByteBuffer.wrap(large).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
    assertError(
        "not a safetensors file: its first 8 bytes give the header 100000001 bytes, at most"
            + " 100000000 are allowed; is this the right file?",
        large);
    ByteBuffer.wrap(large).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
    assertError(
        "not a safetensors file: its first 8 bytes give the header 18446744073709551615 bytes, at"
            + " most 100000000 are allowed; is this the right file?",
        large);
    assertTrue(
        error("PK\3\4abcdef".getBytes(StandardCharsets.UTF_8))
            .endsWith("this is a zip archive, such as a .pth file of PyTorch"));
    assertTrue(
        error("<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8))
            .endsWith("this looks like a web page, did the download fail?"));
  }

  @ParameterizedTest(name = "M03 header {0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                  | expected '{', got '[' at byte 8",
        "``                  | expected '{', got the end at byte 8",
        "{                   | expected '\"', got the end at byte 9",
        "{} x                | expected the end, got 'x' at byte 11",
        "{}\u007f            | expected the end, got 0x7f at byte 10",
        "{,}                 | expected '\"', got ',' at byte 9",
        "{'a'}               | expected ':', got '}' at byte 12",
        "{'a':7}             | expected '{', got '7' at byte 13",
        "{'a':null}          | expected '{', got 'n' at byte 13",
        "{'a                 | the string from byte 10 has no end at byte 11",
        "{'a\\x':1}          | an escape that JSON does not have in a string at byte 13",
        "{'\\u12g4':1}       | \\u without four hexadecimal digits in a string at byte 15",
        "{'\\ud83d':1}       | half a surrogate pair in a string at byte 17",
        "{'\\ude00':1}       | half a surrogate pair in a string at byte 16",
        "{'a\u0001':1}       | the control character 0x01 in a string at byte 12",
        "{'__metadata__':[]} | expected '{', got '[' at byte 24",
        "{'__metadata__':{'a':1}}           | expected '\"', got '1' at byte 29",
        "{'__metadata__':{'a':'b',}}        | expected '\"', got '}' at byte 33",
        "{'a':{'shape':[-1]}}               | expected a whole number that is not negative, got '-' at byte 23",
        "{'a':{'shape':[1.0]}}              | expected a whole number that is not negative, got '1' at byte 23",
        "{'a':{'shape':[1e3]}}              | expected a whole number that is not negative, got '1' at byte 23",
        "{'a':{'shape':[01]}}               | expected a whole number that is not negative, got '0' at byte 23",
        "{'a':{'shape':[1,]}}               | expected a whole number that is not negative, got ']' at byte 25",
        "{'a':{'shape':[[1]]}}              | expected a whole number that is not negative, got '[' at byte 23",
        "{'a':{'shape':[1 2]}}              | expected ',' or ']', got '2' at byte 25",
        "{'a':{'shape':[9223372036854775808]}} | the number from byte 23 is larger than 2^63 - 1 at byte 41",
        "{'a':{'dtype':7}}                  | expected '\"', got '7' at byte 22",
      })
  void notJson(String header, String expected) {
    assertError(
        "the header is not the JSON of a safetensors file: "
            + expected
            + "; is the file damaged or of another format?",
        file(header, 0));
  }

  @ParameterizedTest(name = "M03 header {0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"a\":{},\"a\":{}    | the header gives no dtype",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1]} | the header gives no data_offsets",
        "\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]} | the header gives no shape",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}"
            + " | expected two data_offsets, got [0]",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}"
            + " | has more than 2 data_offsets",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"strides\":[1]}"
            + " | expected dtype, shape and data_offsets once each, got \"strides\"",
        "\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}"
            + " | expected dtype, shape and data_offsets once each, got \"dtype\"",
        "\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}"
            + " | the dtype \"F31\" is not one of the format",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}"
            + " | its data_offsets [4, 0] run backwards",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,20]}"
            + " | F32 of shape [2, 3] takes 24 bytes, its data_offsets [0, 20] give it 20",
        "\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}"
            + " | F4 of shape [3] takes no whole number of bytes, its data_offsets [0, 2] give it 2",
        "\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,2]}"
            + " | its shape [4294967296, 4294967296] has more elements than can be counted",
        "\"a\":{\"dtype\":\"U8\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]}"
            + " | its shape [0, 4294967296, 4294967296] has more elements than can be counted",
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}"
            + " | its data begins at byte 4, expected 0: a gap behind the header",
      })
  void badTensor(String members, String expected) {
    assertError("tensor \"a\": " + expected, file("{" + members + "}", 8));
  }

  @Test
  @DisplayName("M03 tensors that overlap or leave a gap name both")
  void offsets() {
    String header =
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
            + "'b':{'dtype':'U8','shape':[4],'data_offsets':[%s]}}";
    assertError(
        "tensor \"b\": its data begins at byte 6, expected 8: it overlaps \"a\"",
        file(String.format(header, "6,10"), 10));
    assertError(
        "tensor \"b\": its data begins at byte 9, expected 8: a gap behind \"a\"",
        file(String.format(header, "9,13"), 13));
    assertError(
        "tensor \"a\": its data begins at byte 0, expected 4: it overlaps \"b\"",
        file(String.format(header, "0,4"), 8));
  }

  @Test
  @DisplayName("M03 duplicate names, of tensors and in the metadata")
  void duplicates() {
    String tensor = "'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}";
    assertError("the header has \"a\" twice", file("{" + tensor + "," + tensor + "}", 0));
    assertError("the metadata has \"k\" twice", file("{'__metadata__':{'k':'1','k':'2'}}", 0));
    assertError(
        "the header has \"__metadata__\" twice", file("{'__metadata__':{},'__metadata__':{}}", 0));
  }

  @Test
  @DisplayName("M03 a name that is not UTF-8")
  void notUtf8() {
    byte[] json = "{\"?\":{}}".getBytes(StandardCharsets.UTF_8);
    json[2] = (byte) 0xC3;
    assertError(
        "the header is not the JSON of a safetensors file: the string from byte 10 is not UTF-8 at"
            + " byte 12; is the file damaged or of another format?",
        file(json, 0));
  }

  @Test
  @DisplayName("M03 too many dimensions; a long name is cut in the message")
  void limits() {
    String name = "n".repeat(1000);
    String ones = "1,".repeat(64) + "1";
    assertError(
        "tensor \"" + "n".repeat(100) + "…\": has more than 64 dimensions",
        file("{'" + name + "':{'shape':[" + ones + "]}}", 0));
  }

  @Test
  @DisplayName("M03 deep nesting is refused at its first bracket")
  void deep() {
    assertTrue(error(file("{'a':".repeat(100_000), 0)).contains("got \"a\""));
    assertTrue(error(file("[".repeat(100_000), 0)).contains("expected '{', got '['"));
  }

  @Test
  @DisplayName("M03 a bool is 0 or 1")
  void bools() {
    byte[] file = file("{'m':{'dtype':'BOOL','shape':[3],'data_offsets':[0,3]}}", 3);
    file[file.length - 1] = 7;
    assertError("tensor \"m\": element 2 of its BOOL data is 7, expected 0 or 1", file);
  }

  @Test
  @DisplayName("M03 flipped bytes never end in anything but a DataException")
  void flippedBytes() throws IOException {
    byte[] good = SafeTensorsTest.write(SafeTensorsTest.state(), Map.of("format", "pt"));
    RandomStream random = RandomStream.of(3);
    int refused = 0;
    for (int round = 0; round < 4000; round++) {
      byte[] bad = good.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(10) == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length + 20));
      }
      try {
        SafeTensorsTest.read(bad);
        SafeTensors.readMetadata(new ByteArrayInputStream(bad), "x");
      } catch (DataException e) {
        assertTrue(e.getMessage().startsWith("model.safetensors: "), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 2000, "refused " + refused);
  }
}
