package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Pool;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaPoolingTest {
  private final JavaBackend backend = new JavaBackend();

  /** PyTorch's own loop, in doubles. */
  private static long winner(Window v, Strided x, long[] o) {
    long h = x.layout().size(2);
    long w = x.layout().size(3);
    double best = Double.NEGATIVE_INFINITY;
    long at = -1;
    for (int r = 0; r < v.kernelH(); r++) {
      for (int s = 0; s < v.kernelW(); s++) {
        long i = o[2] * v.strideH() - v.padH() + (long) r * v.dilationH();
        long j = o[3] * v.strideW() - v.padW() + (long) s * v.dilationW();
        if (i >= 0 && i < h && j >= 0 && j < w) {
          double value = Samples.get(x, o[0], o[1], i, j);
          if (at < 0 || value > best || Double.isNaN(value)) {
            best = value;
            at = i * w + j;
          }
        }
      }
    }
    return at;
  }

  private void check(Samples samples, Window v, Strided x) {
    long[] shape = x.layout().shape();
    long w = shape[3];
    shape[2] = v.outHeight(shape[2]);
    shape[3] = v.outWidth(shape[3]);
    Strided indices = samples.blank(DType.INT64, shape);
    backend.maxPoolIndices(v, indices, x);
    Samples.check(indices, 0, v + " on " + x, o -> winner(v, x, o));
    Strided out = samples.blank(x.dtype(), shape);
    Strided winners = backend.pool(Pool.MAX, v, out, x, true);
    Samples.check(
        out,
        0,
        v + " on " + x,
        o -> {
          long at = winner(v, x, o);
          return at < 0 ? Double.NEGATIVE_INFINITY : Samples.get(x, o[0], o[1], at / w, at % w);
        });
    Strided grad = samples.values(x.dtype(), shape);
    Strided expected = samples.blank(DType.FLOAT64, Layout.contiguous(x.layout().shape()));
    Samples.fill(expected, i -> 0);
    Samples.each(
        shape,
        o -> {
          long at = winner(v, x, o);
          if (at >= 0) {
            long[] to = {o[0], o[1], at / w, at % w};
            Samples.set(expected, Samples.get(expected, to) + Samples.get(grad, o), to);
          }
        });
    Strided dx = samples.blank(x.dtype(), x.layout().shape());
    backend.poolInput(Pool.MAX, v, dx, grad, winners);
    Samples.check(dx, 1e-6, v + " on " + x, i -> Samples.get(expected, i));
  }

  @Test
  @DisplayName("N05 max-pools and their gradients for any window, strides and batch")
  void anyWindow() {
    Samples s = new Samples(1);
    for (int round = 0; round < 300; round++) {
      Window v =
          new Window(
              s.between(1, 3),
              s.between(1, 3),
              s.between(1, 3),
              s.between(1, 3),
              s.between(0, 1),
              s.between(0, 1),
              s.between(1, 2),
              s.between(1, 2),
              1);
      long h = Math.max(v.dilationH() * (v.kernelH() - 1) + 1, s.between(1, 9));
      long w = Math.max(v.dilationW() * (v.kernelW() - 1) + 1, s.between(1, 9));
      DType type = round % 2 == 0 ? DType.FLOAT32 : DType.FLOAT64;
      Strided x = s.values(type, s.between(0, 3), s.between(1, 3), h, w);
      if (round % 3 == 0) {
        // Many ties, zeros of both signs and NaN.
        double[] few = {0, -0.0, 1, -2, Double.NaN, Double.NEGATIVE_INFINITY};
        Samples.fill(x, i -> few[s.random.nextInt(few.length)]);
      }
      check(s, v, x);
    }
  }

  @Test
  @DisplayName("N05 the first maximum of a tie wins, NaN wins over numbers")
  void ties() {
    Samples samples = new Samples(2);
    Window v = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
    double[] values = {5, 5, 1, Double.NaN, 5, 2, 9, 3};
    Strided x = samples.blank(DType.FLOAT32, Layout.contiguous(1, 1, 2, 4));
    Samples.fill(x, i -> values[(int) (i[2] * 4 + i[3])]);
    Strided indices = samples.blank(DType.INT64, Layout.contiguous(1, 1, 1, 2));
    backend.maxPoolIndices(v, indices, x);
    assertEquals(0, Samples.get(indices, 0, 0, 0, 0));
    assertEquals(3, Samples.get(indices, 0, 0, 0, 1));
  }

  @Test
  @DisplayName("N05 integers pool exactly")
  void integers() {
    Samples samples = new Samples(3);
    Window v = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
    check(samples, v, samples.values(DType.INT64, 2, 2, 6, 6));
    check(samples, v, samples.values(DType.UINT8, 2, 2, 6, 6));
  }

  @Test
  @DisplayName(
      "N05 a plane of more elements than an array can hold is an error that names its shape")
  void tooLarge() {
    Samples samples = new Samples(4);
    Strided one = samples.values(DType.FLOAT32, 1, 1, 1, 1);
    Strided indices = samples.blank(DType.INT64, Layout.contiguous(1, 1, 1, 5));
    Window v = new Window(1, 1, Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0, 1, 1, 1);
    for (long[] shape : new long[][] {{1, 1, 1, 1L << 33}, {1, 1, 1 << 16, 1 << 16}}) {
      Strided x = one.with(one.layout().expand(shape));
      ShapeException e =
          assertThrows(ShapeException.class, () -> backend.maxPoolIndices(v, indices, x));
      assertEquals(
          (shape[2] * shape[3])
              + " elements of shape "
              + Shapes.text(shape)
              + " are more than an array can hold",
          e.getMessage());
    }
  }

  @Test
  @DisplayName("N05 windows with the largest steps")
  void largestWindows() {
    Samples samples = new Samples(5);
    int most = Integer.MAX_VALUE;
    check(
        samples,
        new Window(3, 3, most, most, 1, 1, 1, 1, 1),
        samples.values(DType.FLOAT32, 2, 2, 6, 6));
    check(
        samples,
        new Window(1, 1, 1, 1, 0, 0, most, most, 1),
        samples.values(DType.FLOAT32, 2, 2, 6, 6));
  }
}
