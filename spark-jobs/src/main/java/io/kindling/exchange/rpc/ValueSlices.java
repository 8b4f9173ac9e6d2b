package io.kindling.exchange.rpc;

import io.kindling.replica.StepParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Parameters, then buffers, in slices of little-endian float32. */
final class ValueSlices {
  private ValueSlices() {}

  static byte[] bytes(StepParameters values, int slice, int sliceLength) {
    float[] parameters = values.parameters();
    float[] buffers = values.buffers();
    long from = (long) slice * sliceLength;
    long to = Math.min(from + sliceLength, parameters.length + (long) buffers.length);
    byte[] bytes = new byte[Math.toIntExact(Float.BYTES * (to - from))];
    FloatBuffer out = view(bytes);
    int split = parameters.length;
    out.put(
        parameters,
        (int) Math.min(from, split),
        (int) (Math.min(to, split) - Math.min(from, split)));
    out.put(
        buffers,
        (int) Math.max(0, from - split),
        (int) (Math.max(split, to) - Math.max(split, from)));
    return bytes;
  }

  /** Takes up what {@link #bytes} gave. */
  static void read(byte[] bytes, int slice, int sliceLength, float[] parameters, float[] buffers) {
    FloatBuffer in = view(bytes);
    long from = (long) slice * sliceLength;
    int split = parameters.length;
    int first = (int) Math.min(in.remaining(), Math.max(0, split - from));
    in.get(parameters, (int) Math.min(from, split), first);
    in.get(buffers, (int) Math.max(0, from - split), in.remaining());
  }

  private static FloatBuffer view(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
