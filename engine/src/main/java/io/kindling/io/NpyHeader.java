package io.kindling.io;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the data of an {@code .npy} file: a magic number, the format's version, a
 * length, and a Python dict of the keys {@code descr}, {@code fortran_order} and {@code shape}.
 *
 * @param shape as NumPy shows it, whatever the order of the elements
 * @param begin the offset of the first byte of data
 */
record NpyHeader(
    DType dtype, boolean bigEndian, boolean fortranOrder, List<Long> shape, long begin) {
  private static final byte[] MAGIC = "\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1);
  private static final int ALIGNMENT = 64;

  /** NumPy leaves room for a first size, or a last one in Fortran order, of so many digits. */
  private static final int DIGITS = 21;

  private static final int MAX_LENGTH = 1 << 20;
  private static final int MAX_RANK = 64;

  // ---- writing

  /**
   * The bytes that NumPy writes, of version 1.0.
   *
   * @throws DataException for bfloat16, or more dimensions than NumPy can have
   */
  static byte[] toBytes(DType dtype, boolean fortranOrder, long[] shape) {
    if (shape.length > MAX_RANK) {
      throw new DataException(
          "npy: NumPy has at most " + MAX_RANK + " dimensions, got " + shape.length);
    }
    String order = dtype.size() == 1 ? "|" : "<";
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String dict =
        "{'descr': '"
            + order
            + code(dtype, "npy")
            + "', 'fortran_order': "
            + (fortranOrder ? "True" : "False")
            + ", 'shape': ("
            + sizes
            + (shape.length == 1 ? ",), }" : "), }");
    if (shape.length > 0) {
      String grows = Long.toString(shape[fortranOrder ? shape.length - 1 : 0]);
      dict += " ".repeat(DIGITS - grows.length());
    }
    int before = MAGIC.length + 4 + dict.length() + 1;
    dict += " ".repeat(ALIGNMENT - before % ALIGNMENT) + "\n";
    ByteBuffer out = ByteBuffer.allocate(MAGIC.length + 4 + dict.length());
    out.order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).put((byte) 1).put((byte) 0);
    out.putShort((short) dict.length()).put(dict.getBytes(StandardCharsets.ISO_8859_1));
    return out.array();
  }

  /**
   * NumPy's name of a type behind the byte order.
   *
   * @param what named in errors
   * @throws DataException for bfloat16
   */
  static String code(DType dtype, String what) {
    return switch (dtype) {
      case BOOL -> "b1";
      case UINT8 -> "u1";
      case INT8 -> "i1";
      case INT16 -> "i2";
      case INT32 -> "i4";
      case INT64 -> "i8";
      case FLOAT16 -> "f2";
      case FLOAT32 -> "f4";
      case FLOAT64 -> "f8";
      case BFLOAT16 ->
          throw new DataException(
              what + ": NumPy has no bfloat16; convert the tensor first, such as with toFloat()");
    };
  }

  // ---- reading

  /**
   * Reads up to the first byte of data.
   *
   * @param file named in errors
   */
  static NpyHeader read(InputStream in, String file) throws IOException {
    byte[] magic = in.readNBytes(MAGIC.length);
    requireMagic(magic, file);
    byte[] version = part(in, 2, "the format's version", MAGIC.length, file);
    if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
      throw new DataException(
          file
              + ": version "
              + (version[0] & 0xFF)
              + "."
              + (version[1] & 0xFF)
              + " of the npy format at byte 6 is not known; expected 1.0, 2.0 or 3.0");
    }
    int width = version[0] == 1 ? 2 : 4;
    byte[] prefix = part(in, width, "the header's length", 8, file);
    ByteBuffer number = ByteBuffer.wrap(Arrays.copyOf(prefix, 8)).order(ByteOrder.LITTLE_ENDIAN);
    long length = number.getLong();
    if (length > MAX_LENGTH) {
      throw new DataException(
          file
              + ": the header at byte 8 has a length of "
              + length
              + " bytes, at most "
              + MAX_LENGTH
              + " are allowed; is the file damaged?");
    }
    int start = 8 + width;
    return new NpyDict(part(in, (int) length, "the header", start, file), file, start).read();
  }

  private static void requireMagic(byte[] start, String file) {
    if (Arrays.equals(start, MAGIC)) {
      return;
    }
    if (Arrays.equals(start, Arrays.copyOf(MAGIC, start.length))) {
      throw truncated(file, "the magic number", 0, MAGIC.length, start.length);
    }
    String text = new String(start, StandardCharsets.ISO_8859_1);
    String hint =
        text.startsWith("PK")
            ? "this is a zip archive, such as an .npz file"
            : text.startsWith("<")
                ? "this looks like a web page, did the download fail?"
                : "is this the right file?";
    throw new DataException(
        file + ": not an .npy file: it does not begin with \\x93NUMPY at byte 0; " + hint);
  }

  private static byte[] part(InputStream in, int n, String what, int at, String file)
      throws IOException {
    byte[] bytes = in.readNBytes(n);
    if (bytes.length < n) {
      throw truncated(file, what, at, n, bytes.length);
    }
    return bytes;
  }

  private static DataException truncated(String file, String what, int at, int expected, int got) {
    return new DataException(
        file
            + ": truncated in "
            + what
            + " at byte "
            + at
            + ": expected "
            + expected
            + " bytes, got "
            + got
            + "; fetch it again");
  }

  /** Of what the dict says. */
  static NpyHeader of(
      String descr, boolean fortranOrder, List<Long> shape, long begin, String file) {
    char order = descr.isEmpty() ? ' ' : descr.charAt(0);
    DType dtype = "<>|".indexOf(order) < 0 ? null : named(descr.substring(1));
    if (dtype == null) {
      throw new DataException(
          file
              + ": the dtype '"
              + descr
              + "' cannot be read; expected b1, u1, i1, i2, i4, i8, f2, f4 or f8 of either byte"
              + " order. "
              + remedy(descr));
    }
    if (shape.size() > MAX_RANK) {
      throw new DataException(file + ": the array has more than " + MAX_RANK + " dimensions");
    }
    try {
      ElementType.of(dtype).bytes(shape);
    } catch (ArithmeticException e) {
      throw new DataException(
          file + ": its shape " + shape + " has more elements than can be counted", e);
    }
    return new NpyHeader(dtype, order == '>', fortranOrder, shape, begin);
  }

  private static @Nullable DType named(String code) {
    for (DType dtype : DType.values()) {
      if (dtype != DType.BFLOAT16 && code(dtype, "npy").equals(code)) {
        return dtype;
      }
    }
    return null;
  }

  private static String remedy(String descr) {
    if (descr.contains("O")) {
      return "It holds pickled Python objects, which are never run; save numbers";
    }
    String type = descr.contains("u") ? "int64" : "float32";
    String what = descr.contains("V2") ? "bfloat16 is no type of NumPy. " : "";
    return what + "Convert it in Python first, such as with array.astype('" + type + "')";
  }

  /** The sizes in the order in which the elements lie, the slowest first. */
  List<Long> stored() {
    List<Long> sizes = new ArrayList<>(shape);
    if (fortranOrder) {
      Collections.reverse(sizes);
    }
    return sizes;
  }
}
