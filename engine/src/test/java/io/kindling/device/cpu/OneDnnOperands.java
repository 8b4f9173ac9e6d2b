package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import java.util.Random;

/** Operands of the comparisons between oneDNN and plain Java. */
final class OneDnnOperands {
  static final OneDnnBackend ONEDNN = new OneDnnBackend();
  static final JavaBackend JAVA = new JavaBackend();

  private final Random random;

  OneDnnOperands(long seed) {
    random = new Random(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean coin() {
    return random.nextBoolean();
  }

  /** Normally distributed, through any layout whose elements fit behind its offset. */
  Strided normal(Layout layout) {
    Strided s = room(layout);
    each(s, i -> put(s, i, (float) random.nextGaussian()));
    return s;
  }

  Strided normal(long... shape) {
    return normal(Layout.contiguous(shape));
  }

  static Strided filled(Layout layout, float value) {
    Strided s = room(layout);
    each(s, i -> put(s, i, value));
    return s;
  }

  static Strided of(float... values) {
    Strided s = room(Layout.contiguous(values.length));
    Raw.put(values, 0, s.hostAddress(), values.length);
    return s;
  }

  /** Memory that reaches as far as the layout does. */
  private static Strided room(Layout layout) {
    long last = layout.offset();
    for (int d = 0; d < layout.rank(); d++) {
      last += Math.max(0, layout.size(d) - 1) * layout.stride(d);
    }
    Strided whole = Strided.allocate(DType.FLOAT32, Layout.contiguous(last + 1), "test");
    return whole.with(layout);
  }

  /** A copy with the same layout in other memory. */
  static Strided copy(Strided s) {
    Strided copy = room(s.layout());
    each(s, i -> put(copy, i, get(s, i)));
    return copy;
  }

  interface Visit {
    void at(long linear);
  }

  static void each(Strided s, Visit visit) {
    for (long i = 0; i < s.numel(); i++) {
      visit.at(i);
    }
  }

  private static long place(Strided s, long linear) {
    long at = 0;
    long rest = linear;
    for (int d = s.layout().rank() - 1; d >= 0; d--) {
      at += rest % s.layout().size(d) * s.layout().stride(d);
      rest /= s.layout().size(d);
    }
    return s.hostAddress() + Float.BYTES * at;
  }

  /** The element at a row-major position. */
  static float get(Strided s, long linear) {
    return Raw.getFloat(place(s, linear));
  }

  static void put(Strided s, long linear, float value) {
    Raw.putFloat(place(s, linear), value);
  }

  /** Equal within {@code tolerance} of the larger of 1 and the expected magnitude. */
  static void assertClose(Strided expected, Strided actual, double tolerance, String what) {
    assertEquals(expected.numel(), actual.numel(), what);
    each(
        expected,
        i -> {
          float want = get(expected, i);
          float got = get(actual, i);
          boolean close =
              Float.compare(want, got) == 0
                  || Math.abs(want - got) <= tolerance * Math.max(1, Math.abs(want));
          if (!close) {
            assertEquals(want, got, what + ", element " + i + " of " + expected.layout());
          }
        });
  }
}
