package io.kindling.data;

import io.kindling.core.DataException;
import io.kindling.core.IndexException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * The IDX format of MNIST: a big-endian magic number (two zero bytes, the element type, the number
 * of dimensions), one 32-bit size a dimension, then the elements in row-major order. Only unsigned
 * bytes (type 08) are read and written. Gzip is recognised by content, not by name.
 *
 * <p>Every fault of a file is a {@link DataException} that names the file; an {@link IOException}
 * is a failure to read it.
 */
public final class Idx {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final int LABELS_MAGIC = 0x00000801;
  private static final int IMAGES_MAGIC = 0x00000803;
  private static final int MAX_RANK = 8;
  private static final int BUFFER = 1 << 16;
  // The first allocation: a header that lies costs no more than this.
  private static final int FIRST_CHUNK = 1 << 22;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private Idx() {}

  /**
   * Unsigned bytes in row-major order; arrays are shared with the caller, not copied.
   *
   * @param shape for MNIST's images [N, 28, 28], for its labels [N]
   * @param data as many bytes as the product of the shape
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record IdxArray(int[] shape, byte[] data) {
    public IdxArray {
      long size = 1;
      for (int dimension : shape) {
        // Once past the limit it stays there: eight factors of an int would overflow.
        size = dimension < 0 || size > MAX_BYTES ? Long.MAX_VALUE : size * dimension;
      }
      if (shape.length == 0 || shape.length > MAX_RANK || size != data.length) {
        throw new DataException(
            "IdxArray: shape "
                + Arrays.toString(shape)
                + " does not describe "
                + data.length
                + " bytes");
      }
    }

    /** The size of the first dimension: how many examples. */
    public int count() {
      return shape[0];
    }
  }

  /** Reads images, uint8 [N, H, W]; the stream is read to its end and closed. */
  public static IdxArray readImages(InputStream in, String name) throws IOException {
    return read(in, name, IMAGES_MAGIC, "image");
  }

  /** Reads labels, uint8 [N]; the stream is read to its end and closed. */
  public static IdxArray readLabels(InputStream in, String name) throws IOException {
    return read(in, name, LABELS_MAGIC, "label");
  }

  /** Writes plain IDX; the stream stays open. */
  public static void write(OutputStream out, IdxArray array) throws IOException {
    int[] shape = array.shape();
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * shape.length);
    header.putInt(UNSIGNED_BYTE << 8 | shape.length);
    for (int dimension : shape) {
      header.putInt(dimension);
    }
    out.write(header.array());
    out.write(array.data());
    out.flush();
  }

  /** Writes gzip IDX, with no time stamp inside; the stream stays open. */
  public static void writeGzip(OutputStream out, IdxArray array) throws IOException {
    GZIPOutputStream gzip = new GZIPOutputStream(out, BUFFER);
    write(gzip, array);
    gzip.finish();
    out.flush();
  }

  /** Opens images, uint8 [N, H, W], to be read in parts. */
  public static Reader openImages(InputStream in, String name) throws IOException {
    return open(in, name, IMAGES_MAGIC, "image");
  }

  /** Opens labels, uint8 [N], to be read in parts. */
  public static Reader openLabels(InputStream in, String name) throws IOException {
    return open(in, name, LABELS_MAGIC, "label");
  }

  private static IdxArray read(InputStream in, String name, int magic, String kind)
      throws IOException {
    try (Reader reader = open(in, name, magic, kind)) {
      byte[] data = reader.next(reader.count());
      reader.finish();
      return new IdxArray(reader.shape(), data);
    }
  }

  private static Reader open(InputStream in, String name, int magic, String kind)
      throws IOException {
    InputStream content = inflate(in, name);
    try {
      return new Reader(content, name, magic, kind);
    } catch (IOException | RuntimeException e) {
      content.close();
      throw e;
    }
  }

  /** A file whose header was read and checked; its elements follow front to back. */
  public static final class Reader implements Closeable {
    private final InputStream in;
    private final Source source;
    private final String name;
    private final int[] shape;
    private final int itemSize;
    private int position;

    private Reader(InputStream in, String name, int magic, String kind) throws IOException {
      this.in = in;
      this.name = name;
      this.source = new Source(in, name);
      byte[] start = source.upTo(4);
      if (start.length == 0) {
        throw new DataException(name + ": the file is empty; expected an IDX " + kind + " file");
      }
      requireMagic(start, magic, kind, name);
      int rank = magic & 0xFF;
      this.shape = Idx.shape(source.upTo(4 * rank), rank, name);
      this.itemSize = size() / shape[0];
    }

    /** All sizes, of the items first: [N, H, W] or [N]; a copy. */
    public int[] shape() {
      return shape.clone();
    }

    /** How many items the file says that it has. */
    public int count() {
      return shape[0];
    }

    /** How many items were read or skipped. */
    public int position() {
      return position;
    }

    /**
     * The next {@code count} items.
     *
     * @throws DataException if the file ends before
     */
    public byte[] next(int count) throws IOException {
      int expected = requireLeft(count) * itemSize;
      byte[] data = source.upTo(expected);
      if (data.length < expected) {
        throw truncated((long) position * itemSize + data.length);
      }
      position += count;
      return data;
    }

    /**
     * Passes over {@code count} items; a plain file is not read for it.
     *
     * @throws DataException if the file ends before
     */
    public void skip(int count) throws IOException {
      long expected = (long) requireLeft(count) * itemSize;
      long skipped = source.skip(expected);
      if (skipped < expected) {
        throw truncated((long) position * itemSize + skipped);
      }
      position += count;
    }

    /**
     * Reads what is left, to its end.
     *
     * @throws DataException if the file ends early, if more follows than the header says, or if a
     *     gzip file's checksum is missing or wrong
     */
    public void finish() throws IOException {
      skip(shape[0] - position);
      long excess = source.drain();
      if (source.cutOff) {
        throw new DataException(name + ": truncated gzip: its checksum is missing; fetch it again");
      }
      if (excess > 0) {
        throw new DataException(
            String.format(
                "%s: the shape %s needs %d bytes of data, and more follow: got %d; is the header"
                    + " damaged?",
                name, Arrays.toString(shape), size(), size() + excess));
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }

    private int size() {
      return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    private int requireLeft(int count) {
      if (count < 0 || count > shape[0] - position) {
        throw new IndexException(
            name + ": items " + position + " to " + ((long) position + count) + " of " + shape[0]);
      }
      return count;
    }

    private DataException truncated(long got) {
      return new DataException(
          String.format(
              "%s: %s: its shape %s needs %d bytes of data, got %d; fetch it again",
              name,
              source.cutOff ? "truncated gzip" : "truncated",
              Arrays.toString(shape),
              size(),
              got));
    }
  }

  private static InputStream inflate(InputStream in, String name) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    buffered.mark(2);
    boolean gzip = buffered.read() == 0x1F && buffered.read() == 0x8B;
    buffered.reset();
    if (!gzip) {
      return buffered;
    }
    try {
      return new GZIPInputStream(buffered, BUFFER);
    } catch (EOFException | ZipException e) {
      buffered.close();
      throw new DataException(name + ": the gzip header is damaged or cut off; fetch it again", e);
    }
  }

  private static void requireMagic(byte[] start, int magic, String kind, String name) {
    int got = start.length == 4 ? ByteBuffer.wrap(start).getInt() : ~magic;
    if (got != magic) {
      throw new DataException(
          String.format(
              "%s: not an IDX %s file: magic number %s, expected %08x; %s",
              name, kind, hex(start), magic, hint(start, got)));
    }
  }

  private static String hint(byte[] start, int got) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (got == LABELS_MAGIC) {
      return "this is a label file, are images and labels exchanged?";
    } else if (got == IMAGES_MAGIC) {
      return "this is an image file, are images and labels exchanged?";
    } else if (text.startsWith("<")) {
      return "this looks like a web page, did the download fail?";
    } else if (text.startsWith("PK")) {
      return "this is a zip archive, unpack it first";
    } else if (start.length == 4 && got >>> 16 == 0 && got >>> 8 != UNSIGNED_BYTE) {
      return "only element type 08 (unsigned byte) is read";
    }
    return "is this the right file, and fetched whole?";
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(String.format("%02x", b));
    }
    return text.toString();
  }

  private static int[] shape(byte[] bytes, int rank, String name) {
    if (bytes.length < 4 * rank) {
      throw new DataException(
          String.format(
              "%s: truncated in its header: expected %d bytes, got %d; fetch it again",
              name, 4 + 4 * rank, 4 + bytes.length));
    }
    long[] sizes = new long[rank];
    ByteBuffer header = ByteBuffer.wrap(bytes);
    // Sizes are unsigned; the product stays below 2^63 because it is checked at every step.
    long product = 1;
    for (int i = 0; i < rank; i++) {
      sizes[i] = header.getInt() & 0xFFFFFFFFL;
    }
    for (long size : sizes) {
      if (size == 0) {
        throw new DataException(
            name + ": holds nothing: its shape is " + Arrays.toString(sizes) + "; is it empty?");
      }
      product *= size;
      if (product > MAX_BYTES) {
        throw new DataException(
            String.format(
                "%s: the header asks for the shape %s, more than the %d bytes that one file may"
                    + " hold; is the file damaged?",
                name, Arrays.toString(sizes), MAX_BYTES));
      }
    }
    return Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
  }

  /** Reads as much as there is, and remembers if a gzip stream stopped before its end. */
  private static final class Source {
    private final InputStream in;
    private final String name;
    private boolean cutOff;

    Source(InputStream in, String name) {
      this.in = in;
      this.name = name;
    }

    /** Grows with what arrives, so that a false size in a header allocates little. */
    byte[] upTo(int count) throws IOException {
      byte[] data = new byte[Math.min(count, FIRST_CHUNK)];
      int filled = 0;
      while (filled < count) {
        if (filled == data.length) {
          data = Arrays.copyOf(data, (int) Math.min(count, 4L * filled));
        }
        int read = read(data, filled, data.length - filled);
        if (read < 0) {
          break;
        }
        filled += read;
      }
      return filled == data.length ? data : Arrays.copyOf(data, filled);
    }

    /** Passes over {@code count} bytes, or as many as there are. */
    long skip(long count) throws IOException {
      long skipped = 0;
      byte[] one = new byte[1];
      try {
        // All but the last byte: skipping beyond the end of a file is not told, reading is.
        while (skipped < count - 1) {
          long step = in.skip(count - 1 - skipped);
          if (step <= 0) {
            break;
          }
          skipped += step;
        }
      } catch (EOFException e) {
        cutOff = true;
      } catch (ZipException e) {
        throw damaged(e);
      }
      while (skipped < count && read(one, 0, 1) == 1) {
        skipped++;
      }
      return skipped;
    }

    /** How many bytes follow. */
    long drain() throws IOException {
      byte[] buffer = new byte[BUFFER];
      long total = 0;
      for (int read = read(buffer, 0, BUFFER); read >= 0; read = read(buffer, 0, BUFFER)) {
        total += read;
      }
      return total;
    }

    private int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        return cutOff ? -1 : in.read(buffer, offset, length);
      } catch (EOFException e) {
        cutOff = true;
        return -1;
      } catch (ZipException e) {
        throw damaged(e);
      }
    }

    private DataException damaged(ZipException e) {
      return new DataException(name + ": damaged gzip (" + e.getMessage() + "); fetch it again", e);
    }
  }
}
