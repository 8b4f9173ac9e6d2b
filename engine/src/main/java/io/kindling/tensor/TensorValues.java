package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Storage;
import io.kindling.device.Strided;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Values in and out: Java arrays, numbers, nested lists, bytes. */
final class TensorValues {
  /** Bytes moved at a time when a tensor is written to a stream. */
  private static final int CHUNK = 1 << 16;

  private TensorValues() {}

  static double item(Tensor x) {
    return array(only(x), DType.FLOAT64, double[]::new)[0];
  }

  static long itemLong(Tensor x) {
    return array(only(x), DType.INT64, long[]::new)[0];
  }

  private static Tensor only(Tensor x) {
    if (x.numel() != 1) {
      throw new ShapeException(
          "a Tensor with "
              + x.numel()
              + " elements cannot be converted to Scalar; its shape is "
              + Shapes.text(x.shape()));
    }
    return x;
  }

  /** The values as a dense tensor of the type, without history. */
  private static Tensor dense(Tensor x, DType dtype) {
    return x.detach().to(dtype).contiguous();
  }

  /** The values as {@code dtype}, in an array of as many bytes an element. */
  static <A> A array(Tensor x, DType dtype, IntFunction<A> make) {
    int n = Shapes.arrayLength(x.numel(), x.shape());
    A out = make.apply(n);
    dense(x, dtype).strided().download(0, out, 0, n);
    return out;
  }

  static void get(Tensor x, float[] to, int offset) {
    Tensor d = dense(x, DType.FLOAT32);
    d.strided().download(0, to, offset, checkedCount(x, to.length, offset));
  }

  static void put(Tensor x, float[] from, int offset) {
    int n = checkedCount(x, from.length, offset);
    x.checkInPlace(Autograd.records(x));
    if (x.dtype() == DType.FLOAT32 && x.isContiguous()) {
      x.strided().upload(from, offset, n, 0);
      x.bumpVersion();
    } else {
      x.copy_(Tensors.fromArray(java.util.Arrays.copyOfRange(from, offset, offset + n), x.shape()));
    }
  }

  private static int checkedCount(Tensor x, int length, int offset) {
    int n = Shapes.arrayLength(x.numel(), x.shape());
    if (offset < 0 || n > length - offset) {
      throw new ShapeException(
          "an array of "
              + length
              + " has no room for the "
              + n
              + " elements of shape "
              + Shapes.text(x.shape())
              + " from position "
              + offset);
    }
    return n;
  }

  static Tensor over(ByteBuffer buffer, DType dtype, long... shape) {
    String fault = unshareable(buffer, dtype.size());
    if (fault != null) {
      throw new KindlingException("fromBuffer: cannot share the memory of " + fault);
    }
    Layout layout = Layout.contiguous(shape);
    int bytes = buffer.remaining();
    if (bytes % dtype.size() != 0 || layout.numel() != bytes / dtype.size()) {
      throw new ShapeException(
          "fromBuffer: shape '"
              + Shapes.text(shape)
              + "' of "
              + dtype
              + " is invalid for a buffer of "
              + bytes
              + " bytes");
    }
    return new Tensor(new Strided(Storage.over(buffer), dtype, layout));
  }

  private static @Nullable String unshareable(ByteBuffer buffer, int size) {
    if (!buffer.isDirect()) {
      return "a heap buffer; use ByteBuffer.allocateDirect, or fromArray, which copies";
    }
    if (buffer.isReadOnly()) {
      return "a read-only buffer";
    }
    if (size > 1 && buffer.order() != ByteOrder.nativeOrder()) {
      return "a buffer in " + buffer.order() + " order; call order(ByteOrder.nativeOrder()) first";
    }
    if (buffer.alignmentOffset(buffer.position(), size) != 0) {
      return "a buffer whose address is no multiple of " + size + " bytes";
    }
    return null;
  }

  static Object tolist(Tensor x) {
    if (x.dim() > 0) {
      List<Object> out = new ArrayList<>();
      for (long i = 0; i < x.size(0); i++) {
        out.add(tolist(x.detach().select(0, i)));
      }
      return out;
    }
    if (x.dtype() == DType.BOOL) {
      return itemLong(x) != 0;
    }
    return x.isFloatingPoint() ? (Object) item(x) : (Object) itemLong(x);
  }

  /** Type, shape, {@code requires_grad} of a leaf, then the elements in row-major order. */
  static void write(Tensor x, DataOutput out) throws IOException {
    out.writeUTF(x.dtype().torchName());
    out.writeBoolean(x.isLeaf() && x.requiresGrad());
    out.writeInt(x.dim());
    for (long s : x.shape()) {
      out.writeLong(s);
    }
    Tensor d = x.detach().contiguous();
    long bytes = d.numel() * d.dtype().size();
    byte[] chunk = new byte[(int) Math.min(CHUNK, bytes)];
    for (long at = 0; at < bytes; at += chunk.length) {
      int n = (int) Math.min(chunk.length, bytes - at);
      d.strided().download(at, chunk, 0, n);
      out.write(chunk, 0, n);
    }
  }

  static Tensor read(DataInput in) throws IOException {
    DType dtype = DType.valueOf(in.readUTF().toUpperCase(java.util.Locale.ROOT));
    boolean requiresGrad = in.readBoolean();
    long[] shape = new long[in.readInt()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = in.readLong();
    }
    Tensor x = Tensors.empty(dtype, shape);
    long bytes = x.numel() * dtype.size();
    byte[] chunk = new byte[(int) Math.min(CHUNK, bytes)];
    for (long at = 0; at < bytes; at += chunk.length) {
      int n = (int) Math.min(chunk.length, bytes - at);
      in.readFully(chunk, 0, n);
      x.strided().upload(chunk, 0, n, at);
    }
    return requiresGrad ? x.requiresGrad_() : x;
  }
}
