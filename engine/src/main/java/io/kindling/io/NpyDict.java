package io.kindling.io;

import io.kindling.core.DataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the Python dict of an {@code .npy} header; what the header cannot hold is refused. */
final class NpyDict {
  private static final int QUOTED = 100;

  private final String text;
  private final String file;
  private final int start;
  private int at;
  private @Nullable String descr;
  private @Nullable Boolean fortranOrder;
  private @Nullable List<Long> shape;

  /**
   * @param start the offset of the text in the file
   */
  NpyDict(byte[] text, String file, int start) {
    this.text = new String(text, StandardCharsets.ISO_8859_1);
    this.file = file;
    this.start = start;
  }

  NpyHeader read() {
    expect('{');
    while (!accept('}')) {
      member();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (peek() != 0) {
      throw expected("the end");
    }
    if (descr == null || fortranOrder == null || shape == null) {
      at = text.length();
      throw expected("the keys descr, fortran_order and shape");
    }
    return NpyHeader.of(descr, fortranOrder, shape, (long) start + text.length(), file);
  }

  private void member() {
    peek();
    int before = at;
    String key = string();
    expect(':');
    if (key.equals("descr") && descr == null) {
      descr = descr();
    } else if (key.equals("fortran_order") && fortranOrder == null) {
      fortranOrder = bool();
    } else if (key.equals("shape") && shape == null) {
      shape = tuple();
    } else {
      at = before;
      throw expected("descr, fortran_order and shape once each");
    }
  }

  private String descr() {
    if (peek() == '[') {
      throw new DataException(
          file
              + ": the dtype "
              + text.substring(at, Math.min(text.length(), at + QUOTED)).strip()
              + " at byte "
              + (start + at)
              + " is structured; save each field as an array of its own");
    }
    return string();
  }

  private String string() {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw expected("a string");
    }
    int end = text.indexOf(quote, at + 1);
    if (end < 0) {
      throw error("the string has no end");
    }
    String value = text.substring(at + 1, end);
    if (value.length() > QUOTED || value.indexOf('\\') >= 0) {
      throw error("a string that no key and no dtype has");
    }
    at = end + 1;
    return value;
  }

  private boolean bool() {
    for (String word : new String[] {"True", "False"}) {
      if (peek() != 0 && text.startsWith(word, at)) {
        at += word.length();
        return word.equals("True");
      }
    }
    throw expected("True or False");
  }

  private List<Long> tuple() {
    List<Long> sizes = new ArrayList<>();
    expect('(');
    while (!accept(')')) {
      sizes.add(size());
      if (!accept(',')) {
        // One size without a comma is no tuple in Python.
        if (sizes.size() == 1) {
          throw expected("','");
        }
        expect(')');
        break;
      }
    }
    return sizes;
  }

  private long size() {
    peek();
    int from = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    String digits = text.substring(from, at);
    try {
      long value = Long.parseLong(digits);
      // Python 2 wrote long integers with an L.
      at += at < text.length() && text.charAt(at) == 'L' ? 1 : 0;
      return value;
    } catch (NumberFormatException e) {
      at = from;
      throw digits.isEmpty()
          ? expected("a size that is not negative")
          : error("a size larger than 2^63 - 1");
    }
  }

  private boolean accept(char c) {
    boolean next = peek() == c;
    at += next ? 1 : 0;
    return next;
  }

  private void expect(char c) {
    if (!accept(c)) {
      throw expected("'" + c + "'");
    }
  }

  /** The next character that is not white space, or 0. */
  private char peek() {
    while (at < text.length() && " \t\n\r\f".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private DataException expected(String what) {
    char c = peek();
    String got =
        at == text.length()
            ? "the end"
            : c > ' ' && c <= '~' ? "'" + c + "'" : String.format("0x%02x", (int) c);
    return error("expected " + what + ", got " + got);
  }

  private DataException error(String what) {
    return new DataException(
        file
            + ": the header is not a dict of descr, fortran_order and shape: "
            + what
            + " at byte "
            + (start + at)
            + "; is the file damaged?");
  }
}
