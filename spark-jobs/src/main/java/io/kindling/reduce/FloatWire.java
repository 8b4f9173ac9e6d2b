package io.kindling.reduce;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** float32 arrays as their length and little-endian bytes, converted in bulk. */
public final class FloatWire {
  private static final int CHUNK = 1 << 14;

  // A length that is damaged must not cost more memory than what follows it.
  private static final int UNCHECKED = 1 << 20;

  private FloatWire() {}

  public static void write(DataOutput out, float[] values) throws IOException {
    write(out, values, 0, values.length);
  }

  /** Those from {@code from} to before {@code to}, with their number before them. */
  public static void write(DataOutput out, float[] values, int from, int to) throws IOException {
    out.writeInt(to - from);
    byte[] bytes = buffer(to - from);
    FloatBuffer floats = view(bytes);
    for (int done = from; done < to; done += CHUNK) {
      int count = Math.min(CHUNK, to - done);
      floats.clear().put(values, done, count);
      out.write(bytes, 0, Float.BYTES * count);
    }
  }

  public static float[] read(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      throw new StreamCorruptedException("TreeSum: an array of " + length + " elements");
    }
    float[] values = Vectors.take(Math.min(length, UNCHECKED));
    byte[] bytes = buffer(length);
    FloatBuffer floats = view(bytes);
    for (int done = 0; done < length; done += CHUNK) {
      int count = Math.min(CHUNK, length - done);
      in.readFully(bytes, 0, Float.BYTES * count);
      if (done + count > values.length) {
        values = Arrays.copyOf(values, (int) Math.min(length, 2L * values.length));
      }
      floats.clear().get(values, done, count);
    }
    return values;
  }

  private static byte[] buffer(int length) {
    return new byte[Float.BYTES * Math.min(CHUNK, length)];
  }

  private static FloatBuffer view(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
