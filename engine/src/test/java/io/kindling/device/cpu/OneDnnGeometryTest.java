package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Raw;
import io.kindling.device.Scope;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Convolutions of every small geometry against plain loops, exactly: all values are small integers.
 * NaN lies around each operand, so that an element read from outside shows, and so does one
 * written.
 *
 * <p>{@code -Dkindling.test.geometries=1000000} draws more of them than a build has time for.
 */
class OneDnnGeometryTest {
  private static final int COUNT = Integer.getInteger("kindling.test.geometries", 3000);

  /** Elements of NaN before and after an operand. */
  private static final int MARGIN = 64;

  private final Random random = new Random(11);

  private record Geometry(Window v, long n, int c, int k, long h, long w, boolean bias) {
    boolean isPossible() {
      return v.outHeight(h) > 0 && v.outWidth(w) > 0;
    }

    long[] x() {
      return new long[] {n, (long) c * v.groups(), h, w};
    }

    long[] weight() {
      return new long[] {(long) k * v.groups(), c, v.kernelH(), v.kernelW()};
    }

    long[] out() {
      return new long[] {n, (long) k * v.groups(), v.outHeight(h), v.outWidth(w)};
    }
  }

  private int upTo(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  /** Three of four at most as large as all that matters; the others reach into the blocks. */
  private Geometry draw() {
    boolean wide = random.nextInt(4) == 0;
    int k = wide ? 5 : 3;
    int dilation = wide ? 3 : 2;
    int size = wide ? 11 : 5;
    Geometry g;
    do {
      int groups = random.nextInt(3) == 0 ? upTo(2, k) : 1;
      int channels = wide && groups == 1 ? 33 : 3;
      Window v =
          new Window(
              upTo(1, k),
              upTo(1, k),
              upTo(1, k),
              upTo(1, k),
              upTo(0, k - 1),
              upTo(0, k - 1),
              upTo(1, dilation),
              upTo(1, dilation),
              groups);
      g =
          new Geometry(
              v,
              upTo(1, 2),
              upTo(1, random.nextInt(2) == 0 ? 3 : channels),
              upTo(1, random.nextInt(2) == 0 ? 3 : channels),
              upTo(1, size),
              upTo(1, size),
              random.nextBoolean());
    } while (!g.isPossible());
    return g;
  }

  /** Small integers between two margins of NaN. */
  private Strided operand(boolean channelsLast, boolean filled, long... shape) {
    Layout l = channelsLast ? Layout.channelsLast(shape) : Layout.contiguous(shape);
    Strided whole =
        Strided.allocate(DType.FLOAT32, Layout.contiguous(l.numel() + 2 * MARGIN), "test");
    for (long i = 0; i < whole.numel(); i++) {
      boolean inside = i >= MARGIN && i < MARGIN + l.numel();
      float value = filled && inside ? random.nextInt(9) - 4 : Float.NaN;
      Raw.putFloat(whole.hostAddress() + Float.BYTES * i, value);
    }
    return whole.with(l.withOffset(MARGIN));
  }

  /** What each output, input gradient and weight gradient adds up. */
  private static void products(Geometry g, Strided x, Strided w, Strided grad, double[][] sums) {
    Window v = g.v;
    long[] o = g.out();
    for (long i = 0; i < grad.numel(); i++) {
      long ow = i % o[3];
      long oh = i / o[3] % o[2];
      long channel = i / o[3] / o[2] % o[1];
      long n = i / o[3] / o[2] / o[1];
      for (int t = 0; t < g.c * v.kernelH() * v.kernelW(); t++) {
        long xw = ow * v.strideW() - v.padW() + (long) t % v.kernelW() * v.dilationW();
        long xh =
            oh * v.strideH() - v.padH() + (long) t / v.kernelW() % v.kernelH() * v.dilationH();
        if (xw >= 0 && xw < g.w && xh >= 0 && xh < g.h) {
          long c = channel / g.k * g.c + t / v.kernelW() / v.kernelH();
          int atX = (int) (((n * g.c * v.groups() + c) * g.h + xh) * g.w + xw);
          int atW = (int) (channel * g.c * v.kernelH() * v.kernelW() + t);
          sums[0][(int) i] += OneDnnOperands.get(x, atX) * OneDnnOperands.get(w, atW);
          sums[1][atX] += OneDnnOperands.get(grad, i) * OneDnnOperands.get(w, atW);
          sums[2][atW] += OneDnnOperands.get(grad, i) * OneDnnOperands.get(x, atX);
        }
      }
    }
  }

  private void check(Geometry g, List<String> wrong) {
    Strided x = operand(random.nextBoolean(), true, g.x());
    Strided w = operand(random.nextBoolean(), true, g.weight());
    Strided grad = operand(random.nextBoolean(), true, g.out());
    Strided bias = g.bias ? operand(false, true, g.weight()[0]) : null;
    double[][] sums = {
      new double[(int) grad.numel()], new double[(int) x.numel()], new double[(int) w.numel()]
    };
    products(g, x, w, grad, sums);
    Strided out = operand(random.nextBoolean(), false, g.out());
    ONEDNN.convolution(g.v, out, x, w, bias);
    compare("forward", g, sums[0], out, bias, wrong);
    Strided dx = operand(random.nextBoolean(), false, g.x());
    ONEDNN.convolutionInput(g.v, dx, grad, w);
    compare("input", g, sums[1], dx, null, wrong);
    Strided dw = operand(random.nextBoolean(), false, g.weight());
    ONEDNN.convolutionWeight(g.v, dw, grad, x);
    compare("weight", g, sums[2], dw, null, wrong);
  }

  private static void compare(
      String what,
      Geometry g,
      double[] expected,
      Strided actual,
      @Nullable Strided bias,
      List<String> wrong) {
    double[] got = new double[expected.length];
    long plane = actual.layout().size(2) * actual.layout().size(3);
    for (int i = 0; i < got.length; i++) {
      long channel = i / plane % actual.layout().size(1);
      got[i] =
          OneDnnOperands.get(actual, i) - (bias == null ? 0 : OneDnnOperands.get(bias, channel));
      got[i] += 0.0;
      expected[i] += 0.0;
    }
    if (!Arrays.equals(expected, got)) {
      wrong.add(
          what
              + " of "
              + g
              + " should be "
              + Arrays.toString(expected)
              + ", is "
              + Arrays.toString(got));
    }
    for (long i = 1; i <= MARGIN; i++) {
      long before = actual.hostAddress() - Float.BYTES * i;
      long after = actual.hostAddress() + Float.BYTES * (actual.numel() + i - 1);
      if (!Float.isNaN(Raw.getFloat(before)) || !Float.isNaN(Raw.getFloat(after))) {
        wrong.add(what + " " + g + " writes outside");
      }
    }
  }

  @Test
  @DisplayName("N05 every small convolution and its gradients are exactly what plain loops give")
  void geometries() {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      try (Scope scope = Scope.open()) {
        check(draw(), wrong);
      }
    }
    int shown = Math.min(5, wrong.size());
    assertEquals(0, wrong.size(), () -> String.join("\n", wrong.subList(0, shown)));
  }

  @Test
  @DisplayName("N05 a column of outputs whose windows step over columns reads its own rows")
  void neverTakenStep() {
    Strided x = Strided.allocate(DType.FLOAT32, Layout.contiguous(1, 1, 3, 3), "test");
    OneDnnOperands.each(x, i -> OneDnnOperands.put(x, i, i + 1));
    Strided w = Strided.allocate(DType.FLOAT32, Layout.contiguous(1, 1, 1, 2), "test");
    OneDnnOperands.each(w, i -> OneDnnOperands.put(w, i, 1 - i));
    Strided out = OneDnnOperands.filled(Layout.contiguous(1, 1, 3, 1), Float.NaN);
    ONEDNN.convolution(new Window(1, 2, 1, 2, 0, 0, 1, 1, 1), out, x, w, null);
    for (int i = 0; i < 3; i++) {
      assertEquals(1 + 3 * i, OneDnnOperands.get(out, i));
    }
  }
}
