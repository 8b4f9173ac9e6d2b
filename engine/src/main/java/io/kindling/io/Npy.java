package io.kindling.io;

import io.kindling.core.DataException;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * NumPy's {@code .npy} format: one array of any data type but bfloat16, which NumPy has not. Read
 * are the versions 1.0, 2.0 and 3.0, both byte orders, C and Fortran order; what is written has the
 * bytes of {@code numpy.save}. {@link Npz} has several arrays by name.
 *
 * <p>Every fault of a file is a {@link DataException} that names the file and the byte; an {@link
 * IOException} is a failure to read it. Data passes through in small pieces, so a file may be much
 * larger than the heap.
 */
public final class Npy {
  private Npy() {}

  /**
   * Writes the values of a tensor of any shape and strides; the stream stays open. One whose
   * transpose is contiguous is written in Fortran order, as NumPy does.
   *
   * @throws DataException for bfloat16
   */
  public static void write(OutputStream out, Tensor tensor) throws IOException {
    Tensor x = tensor.detach();
    Tensor reversed = reversed(x);
    boolean fortran = !x.isContiguous() && reversed.isContiguous();
    out.write(NpyHeader.toBytes(x.dtype(), fortran, x.shape()));
    try (Scope copies = Scope.temporaries()) {
      TensorData.write(out, fortran ? reversed : x.contiguous());
    }
    out.flush();
  }

  /** As {@link #write(OutputStream, Tensor)}, over a file that may exist. */
  public static void write(Path file, Tensor tensor) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      write(out, tensor);
    }
  }

  /**
   * Reads a whole file; the stream is read to its end and closed. The tensor belongs to the open
   * {@link Scope} if there is one.
   *
   * @param name of the file, for errors
   * @return contiguous, or in Fortran order with a contiguous transpose
   * @throws DataException also for a dtype that the engine does not have
   */
  public static Tensor read(InputStream in, String name) throws IOException {
    try (in) {
      return readOpen(in, name);
    }
  }

  /** As {@link #read(InputStream, String)}. */
  public static Tensor read(Path file) throws IOException {
    return read(new BufferedInputStream(Files.newInputStream(file)), file.toString());
  }

  /** Reads to the end and leaves the stream open. */
  static Tensor readOpen(InputStream in, String name) throws IOException {
    NpyHeader header = NpyHeader.read(in, name);
    Function<String, DataException> fault =
        what -> new DataException(name + ": data from byte " + header.begin() + ": " + what);
    Tensor tensor =
        new TensorData(in, header.dtype(), header.stored(), header.bigEndian(), fault).read();
    boolean complete = false;
    try {
      long more = TensorData.drain(in);
      if (more > 0) {
        long bytes = tensor.numel() * tensor.dtype().size();
        throw fault.apply(
            "the header describes "
                + bytes
                + " bytes, and more follow: got "
                + (bytes + more)
                + "; is the file damaged?");
      }
      complete = true;
    } finally {
      if (!complete) {
        tensor.strided().storage().close();
      }
    }
    return header.fortranOrder() ? reversed(tensor) : tensor;
  }

  /** The transpose of all dimensions. */
  private static Tensor reversed(Tensor x) {
    int rank = x.dim();
    return x.permute(IntStream.range(0, rank).map(d -> rank - 1 - d).toArray());
  }
}
