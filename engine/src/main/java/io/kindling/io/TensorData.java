package io.kindling.io;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Function;

/** Moves the elements of one tensor from and to a stream, in small pieces. */
final class TensorData {
  /** A multiple of every element's size. */
  static final int PIECE = 1 << 16;

  // Larger tensors grow with what arrives: a header that lies costs no more than this.
  private static final long FIRST_ALLOCATION = 64L << 20;

  private final InputStream in;
  private final DType dtype;
  private final long[] shape;
  private final boolean bigEndian;
  private final Function<String, DataException> fault;
  private final long bytes;
  private final byte[] piece;
  private long filled;

  /**
   * @param shape whose elements can be counted in bytes
   * @param fault makes an error of what is wrong with the data
   */
  TensorData(
      InputStream in,
      DType dtype,
      List<Long> shape,
      boolean bigEndian,
      Function<String, DataException> fault) {
    this.in = in;
    this.dtype = dtype;
    this.shape = shape.stream().mapToLong(Long::longValue).toArray();
    this.bigEndian = bigEndian;
    this.fault = fault;
    this.bytes = ElementType.of(dtype).bytes(shape);
    this.piece = new byte[(int) Math.min(PIECE, bytes)];
  }

  /**
   * @throws DataException where the data ends too early, or has a bool that is neither 0 nor 1
   */
  Tensor read() throws IOException {
    Tensor tensor = allocate(Math.min(bytes, FIRST_ALLOCATION));
    boolean complete = false;
    try {
      fill(tensor);
      while (filled < bytes) {
        Tensor larger = allocate(filled > bytes / 4 ? bytes : 4 * filled);
        tensor.strided().transfer(larger.strided(), filled);
        tensor.strided().storage().close();
        tensor = larger;
        fill(tensor);
      }
      complete = true;
      return tensor;
    } finally {
      if (!complete) {
        tensor.strided().storage().close();
      }
    }
  }

  /** The tensor itself, or room for the beginning of its data. */
  private Tensor allocate(long room) {
    return room == bytes ? Tensors.empty(dtype, shape) : Tensors.empty(DType.UINT8, room);
  }

  private void fill(Tensor tensor) throws IOException {
    long room = tensor.numel() * tensor.dtype().size();
    while (filled < room) {
      int n = in.readNBytes(piece, 0, (int) Math.min(piece.length, room - filled));
      requirePiece(n);
      if (bigEndian) {
        reverseElements(n);
      }
      tensor.strided().upload(piece, 0, n, filled);
      filled += n;
    }
  }

  private void requirePiece(int n) {
    if (n == 0) {
      throw fault.apply(
          "truncated: expected " + bytes + " bytes of data, got " + filled + "; fetch it again");
    }
    if (dtype == DType.BOOL) {
      requireBools(n);
    }
  }

  private void requireBools(int n) {
    for (int i = 0; i < n; i++) {
      if (piece[i] != 0 && piece[i] != 1) {
        throw fault.apply(
            "element "
                + (filled + i)
                + " of its BOOL data is "
                + (piece[i] & 0xFF)
                + ", expected 0 or 1");
      }
    }
  }

  private void reverseElements(int n) {
    int size = dtype.size();
    for (int from = 0; from + size <= n; from += size) {
      for (int low = from, high = from + size - 1; low < high; low++, high--) {
        byte b = piece[low];
        piece[low] = piece[high];
        piece[high] = b;
      }
    }
  }

  /** Reads {@code in} to its end; returns how many bytes were left. */
  static long drain(InputStream in) throws IOException {
    return in.transferTo(OutputStream.nullOutputStream());
  }

  /** Writes the elements of a contiguous tensor. */
  static void write(OutputStream out, Tensor dense) throws IOException {
    long bytes = dense.numel() * dense.dtype().size();
    byte[] piece = new byte[(int) Math.min(PIECE, bytes)];
    for (long at = 0; at < bytes; at += piece.length) {
      int n = (int) Math.min(piece.length, bytes - at);
      dense.strided().download(at, piece, 0, n);
      out.write(piece, 0, n);
    }
  }
}
