package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaConvolutionTest {
  private final JavaBackend backend = new JavaBackend();

  /** Operands of one convolution. */
  private record Case(Window window, Strided x, Strided w, Strided grad, @Nullable Strided bias) {}

  private interface Visitor {
    void visit(long[] out, long[] in, long[] weight);
  }

  /** Every product that a convolution adds up. */
  private static void products(Case c, Visitor visitor) {
    Window v = c.window;
    long perGroup = c.w.layout().size(0) / v.groups();
    Samples.each(
        c.grad.layout().shape(),
        o ->
            Samples.each(
                java.util.Arrays.copyOfRange(c.w.layout().shape(), 1, 4),
                t -> {
                  long channel = o[1] / perGroup * c.w.layout().size(1) + t[0];
                  long y = o[2] * v.strideH() - v.padH() + t[1] * v.dilationH();
                  long x = o[3] * v.strideW() - v.padW() + t[2] * v.dilationW();
                  if (y >= 0 && y < c.x.layout().size(2) && x >= 0 && x < c.x.layout().size(3)) {
                    visitor.visit(
                        o, new long[] {o[0], channel, y, x}, new long[] {o[1], t[0], t[1], t[2]});
                  }
                }));
  }

  private static void addTo(Strided sum, long[] at, double product) {
    Samples.set(sum, Samples.get(sum, at) + product, at);
  }

  private void check(Samples samples, Case c) {
    double tolerance = c.x.dtype() == DType.FLOAT32 ? 1e-4 : 1e-10;
    Strided out = zeros(samples, c.grad);
    Strided dx = zeros(samples, c.x);
    Strided dw = zeros(samples, c.w);
    products(
        c,
        (o, i, w) -> {
          addTo(out, o, Samples.get(c.x, i) * Samples.get(c.w, w));
          addTo(dx, i, Samples.get(c.grad, o) * Samples.get(c.w, w));
          addTo(dw, w, Samples.get(c.grad, o) * Samples.get(c.x, i));
        });
    String what = c.window + " on " + c.x + ": ";
    Strided result = samples.blank(c.x.dtype(), c.grad.layout().shape());
    backend.convolution(c.window, result, c.x, c.w, c.bias);
    Samples.check(
        result,
        tolerance,
        what + "forward",
        i -> Samples.get(out, i) + (c.bias == null ? 0 : Samples.get(c.bias, i[1])));
    Strided input = samples.blank(c.x.dtype(), c.x.layout().shape());
    backend.convolutionInput(c.window, input, c.grad, c.w);
    Samples.check(input, tolerance, what + "input", i -> Samples.get(dx, i));
    Strided weight = samples.blank(c.x.dtype(), c.w.layout().shape());
    backend.convolutionWeight(c.window, weight, c.grad, c.x);
    Samples.check(weight, tolerance, what + "weight", i -> Samples.get(dw, i));
  }

  private static Strided zeros(Samples samples, Strided like) {
    Layout layout = Layout.contiguous(like.layout().shape());
    return Samples.fill(samples.blank(DType.FLOAT64, layout), i -> 0);
  }

  private static Case random(Samples s, int round) {
    DType type = round % 2 == 0 ? DType.FLOAT32 : DType.FLOAT64;
    int groups = s.between(1, 3);
    Window window =
        new Window(
            s.between(1, 3),
            s.between(1, 3),
            s.between(1, 3),
            s.between(1, 3),
            s.between(0, 2),
            s.between(0, 2),
            s.between(1, 2),
            s.between(1, 2),
            groups);
    long h = Math.max(window.dilationH() * (window.kernelH() - 1) + 1, s.between(1, 8));
    long w = Math.max(window.dilationW() * (window.kernelW() - 1) + 1, s.between(1, 8));
    return of(
        s, type, window, new long[] {s.between(0, 3), s.between(1, 3), h, w}, s.between(1, 3));
  }

  /** {@code x}: images, channels of a group, height, width; {@code k}: outputs of a group. */
  private static Case of(Samples s, DType type, Window v, long[] x, long k) {
    long channels = x[1] * v.groups();
    long outs = k * v.groups();
    return new Case(
        v,
        s.values(type, x[0], channels, x[2], x[3]),
        s.values(type, outs, x[1], v.kernelH(), v.kernelW()),
        s.values(type, x[0], outs, v.outHeight(x[2]), v.outWidth(x[3])),
        s.random.nextBoolean() ? s.values(type, outs) : null);
  }

  @Test
  @DisplayName("N05 convolutions and both gradients for any window, groups, strides and batch")
  void anyWindow() {
    Samples samples = new Samples(1);
    for (int round = 0; round < 300; round++) {
      check(samples, random(samples, round));
    }
  }

  @Test
  @DisplayName("N05 windows with the largest steps")
  void largestSteps() {
    Samples samples = new Samples(3);
    int most = Integer.MAX_VALUE;
    Window one = new Window(7, 7, most, most, 3, 3, 1, 1, 1);
    check(samples, of(samples, DType.FLOAT32, one, new long[] {2, 2, 6, 6}, 2));
    Window apart = new Window(1, 1, 1, 1, 0, 0, most, most, 1);
    check(samples, of(samples, DType.FLOAT32, apart, new long[] {2, 2, 6, 6}, 2));
  }

  @Test
  @DisplayName("N05 an axis that no table of positions holds is an error that names the shape")
  void tooLong() {
    Samples samples = new Samples(4);
    Window v = new Window(1, 1, 1, Integer.MAX_VALUE, 0, 0, 1, 1, 1);
    Strided w = samples.values(DType.FLOAT32, 1, 1, 1, 1);
    Strided x = w.with(w.layout().expand(1, 1, 1, 1L << 33));
    Strided out = samples.blank(DType.FLOAT32, 1, 1, 1, 5);
    ShapeException e =
        assertThrows(ShapeException.class, () -> backend.convolution(v, out, x, w, null));
    assertEquals(
        "8589934592 elements of shape [1, 1, 1, 8589934592] are more than an array can hold",
        e.getMessage());
  }

  @Test
  @DisplayName("N05 convolutions larger than a block, dense, channels-last and depthwise")
  void blocks() {
    Samples samples = new Samples(2);
    Window same = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
    check(samples, of(samples, DType.FLOAT32, same, new long[] {2, 30, 17, 18}, 9));
    Window halving = new Window(5, 5, 2, 2, 2, 2, 1, 1, 1);
    check(samples, of(samples, DType.FLOAT64, halving, new long[] {3, 2, 28, 28}, 6));
    Window depthwise = new Window(3, 3, 1, 1, 1, 1, 1, 1, 8);
    check(samples, of(samples, DType.FLOAT32, depthwise, new long[] {2, 1, 14, 14}, 1));
    Window shrinking = new Window(1, 1, 2, 2, 0, 0, 1, 1, 1);
    Case c = of(samples, DType.FLOAT32, shrinking, new long[] {2, 8, 9, 9}, 5);
    Strided nhwc = samples.fill(samples.blank(DType.FLOAT32, Layout.channelsLast(2, 8, 9, 9)));
    check(samples, new Case(shrinking, nhwc, c.w, c.grad, c.bias));
  }
}
