package io.kindling.io;

import io.kindling.core.DataException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the part of JSON that a safetensors header uses (objects, arrays, strings and whole
 * numbers), token by token. The caller says what comes next, so nothing recurses and nothing is
 * built that the header should not hold.
 */
final class JsonReader {
  private final byte[] text;
  private final String file;
  private int at;
  // Nothing was read yet of the innermost object or array.
  private boolean fresh;

  /**
   * @param file named in errors
   */
  JsonReader(byte[] text, String file) {
    this.text = text;
    this.file = file;
  }

  /** Enters an object or an array. */
  void begin(char bracket) {
    expect(bracket);
    fresh = true;
  }

  /** Whether another element comes; leaves the object or array where none does. */
  boolean more(char bracket) {
    boolean first = fresh;
    fresh = false;
    int next = peek();
    if (next == bracket) {
      at++;
      return false;
    }
    if (!first) {
      if (next != ',') {
        throw expected("',' or '" + bracket + "'");
      }
      at++;
    }
    return true;
  }

  /** The name of an object's next member. */
  String key() {
    String key = string();
    expect(':');
    return key;
  }

  /** A whole number from 0 to 2^63 - 1. */
  long integer() {
    int digit = peek();
    int start = at;
    long value = 0;
    for (; isDigit(digit); digit = at < text.length ? text[at] : -1) {
      if (value > (Long.MAX_VALUE - (digit - '0')) / 10) {
        throw error("the number from byte " + place(start) + " is larger than 2^63 - 1");
      }
      value = 10 * value + digit - '0';
      at++;
    }
    boolean leadingZero = at - start > 1 && text[start] == '0';
    if (at == start || leadingZero || digit == '.' || digit == 'e' || digit == 'E') {
      at = start;
      throw expected("a whole number that is not negative");
    }
    return value;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  String string() {
    expect('"');
    int start = at;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int c = unit(start); c != '"'; c = unit(start)) {
      if (c == '\\') {
        escape(bytes, start);
      } else if (c < ' ') {
        throw error(String.format("the control character 0x%02x in a string", c));
      } else {
        bytes.write(c);
      }
    }
    try {
      var decoder = StandardCharsets.UTF_8.newDecoder();
      return decoder.decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
    } catch (CharacterCodingException e) {
      throw error("the string from byte " + place(start) + " is not UTF-8");
    }
  }

  private int unit(int start) {
    if (at == text.length) {
      throw error("the string from byte " + place(start) + " has no end");
    }
    return text[at++] & 0xFF;
  }

  private void escape(ByteArrayOutputStream bytes, int start) {
    int c = unit(start);
    switch (c) {
      case '"', '\\', '/' -> bytes.write(c);
      case 'b' -> bytes.write('\b');
      case 'f' -> bytes.write('\f');
      case 'n' -> bytes.write('\n');
      case 'r' -> bytes.write('\r');
      case 't' -> bytes.write('\t');
      case 'u' -> bytes.writeBytes(codePoint(start).getBytes(StandardCharsets.UTF_8));
      default -> throw error("an escape that JSON does not have in a string");
    }
  }

  private String codePoint(int start) {
    char high = hex(start);
    if (!Character.isSurrogate(high)) {
      return String.valueOf(high);
    }
    if (Character.isHighSurrogate(high) && unit(start) == '\\' && unit(start) == 'u') {
      char low = hex(start);
      if (Character.isLowSurrogate(low)) {
        return new String(new char[] {high, low});
      }
    }
    throw error("half a surrogate pair in a string");
  }

  private char hex(int start) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(unit(start), 16);
      if (digit < 0) {
        throw error("\\u without four hexadecimal digits in a string");
      }
      value = value << 4 | digit;
    }
    return (char) value;
  }

  /** Nothing but white space may follow. */
  void end() {
    if (peek() >= 0) {
      throw expected("the end");
    }
  }

  private void expect(char c) {
    if (peek() != c) {
      throw expected("'" + c + "'");
    }
    at++;
  }

  /** The next byte that is not white space, or -1. */
  private int peek() {
    while (at < text.length && " \t\n\r".indexOf(text[at]) >= 0) {
      at++;
    }
    return at < text.length ? text[at] & 0xFF : -1;
  }

  private DataException expected(String what) {
    int c = at < text.length ? text[at] & 0xFF : -1;
    String got = c < 0 ? "the end" : c < 0x21 || c > 0x7E ? "" : "'" + (char) c + "'";
    return error(
        "expected " + what + ", got " + (got.isEmpty() ? String.format("0x%02x", c) : got));
  }

  private DataException error(String what) {
    return new DataException(
        file
            + ": the header is not the JSON of a safetensors file: "
            + what
            + " at byte "
            + place(at)
            + "; is the file damaged or of another format?");
  }

  /** Counted from the beginning of the file. */
  private static long place(int position) {
    return position + (long) SafeTensorsHeader.PREFIX;
  }
}
