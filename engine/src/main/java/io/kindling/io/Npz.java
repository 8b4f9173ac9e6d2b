package io.kindling.io;

import io.kindling.core.DataException;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * NumPy's {@code .npz} format: a zip archive of {@link Npy} arrays by name, stored or deflated.
 *
 * <p>Every fault of a file is a {@link DataException} that names the file and the array; an {@link
 * IOException} is a failure to read it. Data passes through in small pieces, so a file may be much
 * larger than the heap.
 */
public final class Npz {
  private static final String SUFFIX = ".npy";

  /** The same tensors give the same bytes; the first of January would bring the time zone in. */
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 2, 1, 0, 0);

  private Npz() {}

  /**
   * Writes tensors in the order of the map, as {@code numpy.savez} does; the stream stays open.
   *
   * @param tensors any type but bfloat16, any shape and strides, by name
   * @throws DataException for bfloat16
   */
  public static void write(OutputStream out, Map<String, Tensor> tensors) throws IOException {
    write(out, tensors, ZipEntry.STORED);
  }

  /** As {@link #write(OutputStream, Map)}, over a file that may exist. */
  public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      write(out, tensors);
    }
  }

  /** As {@link #write(OutputStream, Map)}, compressed as {@code numpy.savez_compressed} does. */
  public static void writeCompressed(OutputStream out, Map<String, Tensor> tensors)
      throws IOException {
    write(out, tensors, ZipEntry.DEFLATED);
  }

  private static void write(OutputStream out, Map<String, Tensor> tensors, int method)
      throws IOException {
    tensors.forEach((name, x) -> NpyHeader.code(x.dtype(), "npz: " + name));
    ZipOutputStream zip = new ZipOutputStream(out);
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      try (Scope copies = Scope.temporaries()) {
        ZipEntry file = new ZipEntry(entry.getKey() + SUFFIX);
        file.setTimeLocal(EPOCH);
        file.setMethod(method);
        if (method == ZipEntry.STORED) {
          measure(file, entry.getValue());
        }
        zip.putNextEntry(file);
        Npy.write(zip, entry.getValue());
        zip.closeEntry();
      }
    }
    zip.finish();
    out.flush();
  }

  /** What is stored has its size and checksum in front. */
  private static void measure(ZipEntry file, Tensor tensor) throws IOException {
    long[] size = new long[1];
    CheckedOutputStream sum =
        new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32()) {
          @Override
          public void write(byte[] b, int off, int len) throws IOException {
            super.write(b, off, len);
            size[0] += len;
          }
        };
    Npy.write(sum, tensor);
    file.setSize(size[0]);
    file.setCompressedSize(size[0]);
    file.setCrc(sum.getChecksum().getValue());
  }

  /**
   * Reads all arrays; the stream is read to its end and closed. The tensors belong to the open
   * {@link Scope} if there is one.
   *
   * @param name of the file, for errors
   * @return the tensors by name, in the order of the file
   * @throws DataException also for a dtype that the engine does not have
   */
  public static Map<String, Tensor> read(InputStream in, String name) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    boolean complete = false;
    try (in) {
      ZipTail tail = new ZipTail(in);
      int entries = readAll(new ZipInputStream(tail), tensors, name);
      tail.requireDirectory(entries, name);
      complete = true;
    } catch (EOFException | ZipException | IllegalArgumentException e) {
      throw new DataException(
          name
              + ": cannot be read as a zip archive after "
              + last(tensors)
              + ": "
              + e.getMessage()
              + "; fetch it again, or save it with numpy.savez_compressed",
          e);
    } finally {
      if (!complete) {
        tensors.values().forEach(tensor -> tensor.strided().storage().close());
      }
    }
    return tensors;
  }

  /** As {@link #read(InputStream, String)}. */
  public static Map<String, Tensor> read(Path file) throws IOException {
    return read(new BufferedInputStream(Files.newInputStream(file)), file.toString());
  }

  private static int readAll(ZipInputStream zip, Map<String, Tensor> tensors, String name)
      throws IOException {
    int entries = 0;
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      String file = entry.getName();
      String array = name + ": " + file;
      if (!file.endsWith(SUFFIX)) {
        throw new DataException(array + ": an .npz file holds .npy arrays only");
      }
      Tensor tensor = Npy.readOpen(zip, array);
      String key = file.substring(0, file.length() - SUFFIX.length());
      Tensor before = tensors.put(key, tensor);
      if (before != null) {
        before.strided().storage().close();
        throw new DataException(array + ": the archive holds it twice");
      }
      entries++;
    }
    return entries;
  }

  private static String last(Map<String, Tensor> tensors) {
    String last = "the beginning";
    for (String key : tensors.keySet()) {
      last = key + SUFFIX;
    }
    return last;
  }
}
