package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.kindling.core.DType;
import io.kindling.core.Half;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.HostMemory;
import io.kindling.device.Raw;
import io.kindling.device.Storage;
import io.kindling.device.Strided;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** Random operands in random layouts, and slow element access to check against. */
final class Samples {
  private static final byte UNTOUCHED = 0x5a;

  final Random random;

  Samples(long seed) {
    random = new Random(seed);
  }

  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  DType dtype() {
    return DType.values()[random.nextInt(DType.values().length)];
  }

  long[] shape(int maxRank, int maxSize) {
    long[] shape = new long[between(0, maxRank)];
    for (int d = 0; d < shape.length; d++) {
      shape[d] = random.nextInt(12) == 0 ? 0 : between(1, maxSize);
    }
    return shape;
  }

  /** Permuted dimensions, gaps between and after them, an offset; or plain row-major. */
  Layout layout(long... shape) {
    if (random.nextInt(3) == 0) {
      return Layout.contiguous(shape);
    }
    int[] order = random.ints(0, 1000).distinct().limit(shape.length).toArray();
    long[] strides = new long[shape.length];
    long step = random.nextInt(3) == 0 ? 2 : 1;
    for (int n = 0; n < shape.length; n++) {
      int next = 0;
      for (int d = 0; d < shape.length; d++) {
        boolean later = strides[d] == 0;
        if (later && (strides[next] != 0 || order[d] < order[next])) {
          next = d;
        }
      }
      strides[next] = step;
      step = step * Math.max(1, shape[next]) + (random.nextInt(4) == 0 ? 3 : 0);
    }
    return Layout.of(shape, strides, between(0, 5));
  }

  /** Memory of which every byte is known, so that writes outside the layout are seen. */
  Strided blank(DType dtype, long... shape) {
    return blank(dtype, layout(shape));
  }

  Strided blank(DType dtype, Layout layout) {
    long extent = layout.offset() + 1;
    for (int d = 0; d < layout.rank(); d++) {
      extent += Math.max(0, layout.size(d) - 1) * layout.stride(d);
    }
    Storage storage = Storage.allocate(HostMemory.INSTANCE, (extent + 4) * dtype.size(), "a test");
    for (long i = 0; i < storage.bytes(); i++) {
      Raw.putByte(storage.address() + i, UNTOUCHED);
    }
    return new Strided(storage, dtype, layout);
  }

  /** Small integers for integral types, otherwise numbers in [-3, 3). */
  Strided values(DType dtype, long... shape) {
    return fill(blank(dtype, shape));
  }

  Strided fill(Strided s) {
    return fill(s, index -> value(s.dtype()));
  }

  static Strided fill(Strided s, ToDoubleFunction<long[]> value) {
    each(s.layout().shape(), index -> set(s, value.applyAsDouble(index), index));
    return s;
  }

  private double value(DType dtype) {
    return switch (dtype) {
      case BOOL -> random.nextInt(2);
      case UINT8 -> random.nextInt(256);
      case INT64 -> random.nextInt(41) - 20;
      case INT8, INT16, INT32 -> random.nextInt(41) - 20;
      case FLOAT16, BFLOAT16 -> random.nextInt(49) / 8.0 - 3;
      case FLOAT32 -> random.nextFloat() * 6 - 3;
      case FLOAT64 -> random.nextDouble() * 6 - 3;
    };
  }

  /** As {@link #values} with some sizes made one or left out at the front. */
  Strided broadcastable(DType dtype, long... shape) {
    int from = random.nextInt(3) == 0 && shape.length > 0 ? between(0, shape.length) : 0;
    long[] own = java.util.Arrays.copyOfRange(shape, from, shape.length);
    for (int d = 0; d < own.length; d++) {
      if (random.nextInt(3) == 0) {
        own[d] = 1;
      }
    }
    return values(dtype, own);
  }

  static long place(Strided s, long... index) {
    Layout l = s.layout();
    long at = 0;
    int extra = index.length - l.rank();
    for (int d = 0; d < l.rank(); d++) {
      at += l.size(d) == 1 ? 0 : index[d + extra] * l.stride(d);
    }
    return s.hostAddress() + at * s.dtype().size();
  }

  /** An element; {@code index} may be that of a shape that {@code s} broadcasts to. */
  static double get(Strided s, long... index) {
    long at = place(s, index);
    return switch (s.dtype()) {
      case BOOL, UINT8 -> Raw.getByte(at) & 0xff;
      case INT8 -> Raw.getByte(at);
      case INT16 -> Raw.getShort(at);
      case INT32 -> Raw.getInt(at);
      case FLOAT16 -> Half.fromFloat16(Raw.getShort(at));
      case BFLOAT16 -> Half.fromBfloat16(Raw.getShort(at));
      case INT64 -> Raw.getLong(at);
      case FLOAT32 -> Raw.getFloat(at);
      case FLOAT64 -> Raw.getDouble(at);
    };
  }

  /** {@code index} with 0 where {@code s} has size one. */
  static long[] at(Strided s, long... index) {
    long[] at = index.clone();
    for (int d = 0; d < at.length; d++) {
      at[d] = s.layout().size(d) == 1 ? 0 : at[d];
    }
    return at;
  }

  static void set(Strided s, double value, long... index) {
    long at = place(s, index);
    switch (s.dtype()) {
      case BOOL -> Raw.putByte(at, (byte) (value != 0 ? 1 : 0));
      case UINT8, INT8 -> Raw.putByte(at, (byte) (long) value);
      case INT16 -> Raw.putShort(at, (short) (long) value);
      case INT32 -> Raw.putInt(at, (int) (long) value);
      case FLOAT16 -> Raw.putShort(at, Half.toFloat16((float) value));
      case BFLOAT16 -> Raw.putShort(at, Half.toBfloat16((float) value));
      case INT64 -> Raw.putLong(at, (long) value);
      case FLOAT32 -> Raw.putFloat(at, (float) value);
      case FLOAT64 -> Raw.putDouble(at, value);
    }
  }

  /** What {@code value} reads as after a store as {@code dtype}. */
  static double as(DType dtype, double value) {
    return switch (dtype) {
      case BOOL -> value != 0 ? 1 : 0;
      case UINT8 -> (long) value & 0xff;
      case INT8 -> (byte) (long) value;
      case INT16 -> (short) (long) value;
      case INT32 -> (int) (long) value;
      case FLOAT16 -> Half.fromFloat16(Half.toFloat16((float) value));
      case BFLOAT16 -> Half.fromBfloat16(Half.toBfloat16((float) value));
      case INT64 -> (long) value;
      case FLOAT32 -> (float) value;
      case FLOAT64 -> value;
    };
  }

  static void each(long[] shape, Consumer<long[]> body) {
    long numel = Shapes.numel(shape);
    for (long i = 0; i < numel; i++) {
      long[] index = new long[shape.length];
      long rest = i;
      for (int d = shape.length - 1; d >= 0; d--) {
        index[d] = rest % shape[d];
        rest /= shape[d];
      }
      body.accept(index);
    }
  }

  /** Every element as expected within a relative tolerance, and nothing written around them. */
  static void check(Strided actual, double tolerance, String what, ToDoubleFunction<long[]> value) {
    each(
        actual.layout().shape(),
        index -> {
          double expected = value.applyAsDouble(index);
          double got = get(actual, index);
          double slack = tolerance * Math.max(1, Math.abs(expected));
          boolean close = Math.abs(expected) < 1e300 && Math.abs(expected - got) <= slack;
          if (expected != got && !close) {
            assertEquals(expected, got, what + " " + actual + " at " + Shapes.text(index));
          }
        });
    checkSurroundings(actual, what);
  }

  private static void checkSurroundings(Strided s, String what) {
    int size = s.dtype().size();
    boolean[] inside = new boolean[Math.toIntExact(s.storage().bytes() / size)];
    long base = s.storage().address();
    each(s.layout().shape(), index -> inside[(int) ((place(s, index) - base) / size)] = true);
    for (int i = 0; i < inside.length; i++) {
      for (int b = 0; b < size && !inside[i]; b++) {
        if (Raw.getByte(base + (long) i * size + b) != UNTOUCHED) {
          fail(what + " wrote outside its output " + s);
        }
      }
    }
  }
}
