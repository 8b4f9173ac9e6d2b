package io.kindling.reduce;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** float32 arrays as their length and little-endian bytes, converted in bulk. */
public final class FloatWire {
  private static final int CHUNK = 1 << 14;

  private FloatWire() {}

  public static void write(DataOutput out, float[] values) throws IOException {
    out.writeInt(values.length);
    byte[] bytes = buffer(values.length);
    FloatBuffer floats = view(bytes);
    for (int done = 0; done < values.length; done += CHUNK) {
      int count = Math.min(CHUNK, values.length - done);
      floats.clear().put(values, done, count);
      out.write(bytes, 0, Float.BYTES * count);
    }
  }

  public static float[] read(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      throw new StreamCorruptedException("TreeSum: an array of " + length + " elements");
    }
    float[] values = new float[length];
    byte[] bytes = buffer(length);
    FloatBuffer floats = view(bytes);
    for (int done = 0; done < length; done += CHUNK) {
      int count = Math.min(CHUNK, length - done);
      in.readFully(bytes, 0, Float.BYTES * count);
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
