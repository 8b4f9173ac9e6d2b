package io.kindling.io;

import io.kindling.core.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the data of a safetensors file: eight bytes of length, then JSON. A header
 * that was read describes data without a gap or an overlap.
 *
 * @param tensors in the order of their data
 * @param metadata what the writer added; empty where there is none
 */
record SafeTensorsHeader(List<Item> tensors, Map<String, String> metadata) {
  /** Bytes of the length. */
  static final int PREFIX = 8;

  /** The reference implementation's bound on the JSON. */
  static final int MAX_LENGTH = 100_000_000;

  static final String METADATA = "__metadata__";

  /** Names in the order of the reference implementation, which compares their bytes. */
  static final Comparator<String> BY_BYTES =
      Comparator.comparing(
          (String name) -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private static final int MAX_RANK = 64;
  private static final int QUOTED = 100;

  /**
   * One tensor.
   *
   * @param begin the first byte of its data, counted from the end of the header
   * @param end the byte behind its data
   */
  record Item(String name, ElementType type, List<Long> shape, long begin, long end) {
    long bytes() {
      return end - begin;
    }
  }

  // ---- writing

  /** Length and JSON, filled up with spaces so that the data begins at a multiple of eight. */
  byte[] toBytes() {
    return toBytes(MAX_LENGTH);
  }

  byte[] toBytes(int limit) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append(quote(METADATA)).append(":{");
      metadata.forEach((key, value) -> member(json, key).append(quote(value)));
      json.append('}');
    }
    for (Item item : tensors) {
      member(json, item.name()).append("{\"dtype\":\"").append(item.type());
      json.append("\",\"shape\":").append(item.shape().toString().replace(" ", ""));
      json.append(",\"data_offsets\":[").append(item.begin()).append(',').append(item.end());
      json.append("]}");
    }
    byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    int length = (text.length + 7) & -8;
    if (length > limit) {
      throw new DataException(
          "safetensors: the header of "
              + tensors.size()
              + " tensors would take "
              + length
              + " bytes; at most "
              + limit
              + " are allowed, so shorten the metadata or write several files");
    }
    ByteBuffer out = ByteBuffer.allocate(PREFIX + length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(length).put(text);
    Arrays.fill(out.array(), PREFIX + text.length, PREFIX + length, (byte) ' ');
    return out.array();
  }

  private static StringBuilder member(StringBuilder json, String key) {
    if (json.charAt(json.length() - 1) != '{') {
      json.append(',');
    }
    return json.append(quote(key)).append(':');
  }

  /** A JSON string; escapes only what must be, as the reference implementation does. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  // ---- reading

  /**
   * Reads up to the first byte of data.
   *
   * @param file named in errors
   */
  static SafeTensorsHeader read(InputStream in, String file) throws IOException {
    byte[] prefix = in.readNBytes(PREFIX);
    if (prefix.length < PREFIX) {
      throw new DataException(
          file
              + ": truncated: expected the 8 bytes of the header's length, got "
              + prefix.length
              + "; fetch it again");
    }
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > MAX_LENGTH) {
      throw new DataException(
          file
              + ": not a safetensors file: its first 8 bytes give the header "
              + Long.toUnsignedString(length)
              + " bytes, at most "
              + MAX_LENGTH
              + " are allowed; "
              + hint(prefix));
    }
    byte[] json = in.readNBytes((int) length);
    if (json.length < length) {
      throw new DataException(
          file
              + ": truncated in its header: expected "
              + length
              + " bytes, got "
              + json.length
              + "; fetch it again");
    }
    return parse(json, file);
  }

  private static String hint(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.startsWith("PK")) {
      return "this is a zip archive, such as a .pth file of PyTorch";
    } else if (text.startsWith("<")) {
      return "this looks like a web page, did the download fail?";
    }
    return "is this the right file?";
  }

  private static SafeTensorsHeader parse(byte[] text, String file) {
    JsonReader json = new JsonReader(text, file);
    List<Item> items = new ArrayList<>();
    Map<String, String> metadata = Map.of();
    Set<String> names = new HashSet<>();
    json.begin('{');
    while (json.more('}')) {
      String name = json.key();
      if (!names.add(name)) {
        throw new DataException(file + ": the header has " + quoted(name) + " twice");
      }
      if (name.equals(METADATA)) {
        metadata = metadata(json, file);
      } else {
        items.add(item(json, name, file));
      }
    }
    json.end();
    items.sort(Comparator.comparingLong(Item::begin).thenComparingLong(Item::end));
    requireAdjacent(items, file);
    return new SafeTensorsHeader(items, metadata);
  }

  private static Map<String, String> metadata(JsonReader json, String file) {
    Map<String, String> metadata = new LinkedHashMap<>();
    json.begin('{');
    while (json.more('}')) {
      String key = json.key();
      if (metadata.put(key, json.string()) != null) {
        throw new DataException(file + ": the metadata has " + quoted(key) + " twice");
      }
    }
    return metadata;
  }

  private static Item item(JsonReader json, String name, String file) {
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    json.begin('{');
    while (json.more('}')) {
      String key = json.key();
      if (key.equals("dtype") && dtype == null) {
        dtype = json.string();
      } else if (key.equals("shape") && shape == null) {
        shape = integers(json, MAX_RANK, "dimensions", name, file);
      } else if (key.equals("data_offsets") && offsets == null) {
        offsets = integers(json, 2, "data_offsets", name, file);
      } else {
        throw fault(
            file, name, "expected dtype, shape and data_offsets once each, got " + quoted(key));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw fault(file, name, "the header gives no " + missing);
    }
    if (offsets.size() != 2) {
      throw fault(file, name, "expected two data_offsets, got " + offsets);
    }
    return checked(name, type(dtype, name, file), shape, offsets, file);
  }

  private static List<Long> integers(
      JsonReader json, int limit, String what, String name, String file) {
    List<Long> values = new ArrayList<>();
    json.begin('[');
    while (json.more(']')) {
      if (values.size() == limit) {
        throw fault(file, name, "has more than " + limit + " " + what);
      }
      values.add(json.integer());
    }
    return List.copyOf(values);
  }

  private static ElementType type(String dtype, String name, String file) {
    @Nullable ElementType type = ElementType.named(dtype);
    if (type == null) {
      throw fault(file, name, "the dtype " + quoted(dtype) + " is not one of the format");
    }
    return type;
  }

  private static Item checked(
      String name, ElementType type, List<Long> shape, List<Long> offsets, String file) {
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end) {
      throw fault(file, name, "its data_offsets " + offsets + " run backwards");
    }
    long bytes;
    try {
      bytes = type.bytes(shape);
    } catch (ArithmeticException e) {
      throw fault(file, name, "its shape " + shape + " has more elements than can be counted");
    }
    if (bytes != end - begin) {
      throw fault(
          file,
          name,
          type
              + " of shape "
              + shape
              + " takes "
              + (bytes < 0 ? "no whole number of" : bytes)
              + " bytes, its data_offsets "
              + offsets
              + " give it "
              + (end - begin));
    }
    return new Item(name, type, shape, begin, end);
  }

  private static void requireAdjacent(List<Item> items, String file) {
    long expected = 0;
    String before = "the header";
    for (Item item : items) {
      if (item.begin() != expected) {
        throw fault(
            file,
            item.name(),
            "its data begins at byte "
                + item.begin()
                + ", expected "
                + expected
                + (item.begin() < expected ? ": it overlaps " : ": a gap behind ")
                + before);
      }
      expected = item.end();
      before = quoted(item.name());
    }
  }

  /** An error about one tensor. */
  static DataException fault(String file, String name, String what) {
    return new DataException(file + ": tensor " + quoted(name) + ": " + what);
  }

  /** For messages: what a damaged file holds may be long. */
  private static String quoted(String text) {
    return quote(text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "…");
  }
}
