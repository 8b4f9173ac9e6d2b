package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.JAVA;
import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Pool;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneDnnConvolutionTest {
  private final OneDnnOperands operands = new OneDnnOperands(17);

  private static Window window(int kernel, int stride, int pad, int dilation, int groups) {
    return new Window(kernel, kernel, stride, stride, pad, pad, dilation, dilation, groups);
  }

  private static long[] outShape(Window w, long[] x, long channels) {
    return new long[] {x[0], channels, w.outHeight(x[2]), w.outWidth(x[3])};
  }

  /** Row-major, channels-last, or channels-last with a gap after each image. */
  private static Layout activations(int how, long... shape) {
    return switch (how) {
      case 0 -> Layout.contiguous(shape);
      case 1 -> Layout.channelsLast(shape);
      default ->
          Layout.channelsLast(shape[0], shape[1], shape[2] + 1, shape[3]).narrow(2, 0, shape[2]);
    };
  }

  @ParameterizedTest(name = "{0} images, {1} channels of {2}x{3} to {4}, kernel {5}/{6}+{7}")
  @CsvSource({
    "2, 1, 28, 28, 6, 5, 1, 2, 1, 1",
    "3, 6, 14, 14, 16, 5, 1, 0, 1, 1",
    "2, 3, 9, 11, 8, 3, 2, 1, 1, 1",
    "2, 16, 8, 8, 16, 1, 1, 0, 1, 1",
    "1, 8, 9, 9, 12, 3, 1, 2, 2, 1",
    "2, 8, 7, 7, 12, 3, 1, 1, 1, 4",
    "2, 16, 7, 7, 16, 3, 1, 1, 1, 16",
    "2, 5, 7, 6, 7, 3, 1, 0, 1, 1",
    "1, 4, 3, 3, 2, 3, 1, 0, 1, 1",
    "0, 4, 5, 5, 2, 3, 1, 0, 1, 1"
  })
  @DisplayName("a convolution and its gradients agree with plain Java in all memory orders")
  void agrees(
      long n,
      long c,
      long h,
      long w,
      long k,
      int kernel,
      int stride,
      int pad,
      int dilation,
      int groups) {
    Window window = window(kernel, stride, pad, dilation, groups);
    long[] in = {n, c, h, w};
    long[] out = outShape(window, in, k);
    long[] weight = {k, c / groups, kernel, kernel};
    for (int how = 0; how < 9; how++) {
      Strided x = operands.normal(activations(how % 3, in));
      Strided grad = operands.normal(activations(how / 3, out));
      Layout weights = how % 2 == 0 ? Layout.contiguous(weight) : Layout.channelsLast(weight);
      Strided wt = operands.normal(weights);
      Strided bias = how < 5 ? operands.normal(k) : null;
      double tolerance = 1e-5 * Math.sqrt(n * h * w + c * kernel * kernel);

      Strided expected = OneDnnOperands.filled(grad.layout(), Float.NaN);
      Strided actual = OneDnnOperands.filled(grad.layout(), Float.NaN);
      JAVA.convolution(window, expected, x, wt, bias);
      ONEDNN.convolution(window, actual, x, wt, bias);
      OneDnnOperands.assertClose(expected, actual, tolerance, "forward " + how);

      expected = OneDnnOperands.filled(x.layout(), Float.NaN);
      actual = OneDnnOperands.filled(x.layout(), Float.NaN);
      JAVA.convolutionInput(window, expected, grad, wt);
      ONEDNN.convolutionInput(window, actual, grad, wt);
      OneDnnOperands.assertClose(expected, actual, tolerance, "input " + how);

      expected = OneDnnOperands.filled(weights, Float.NaN);
      actual = OneDnnOperands.filled(weights, Float.NaN);
      JAVA.convolutionWeight(window, expected, grad, x);
      ONEDNN.convolutionWeight(window, actual, grad, x);
      OneDnnOperands.assertClose(expected, actual, tolerance, "weight " + how);
    }
  }

  @ParameterizedTest(name = "{0} images, {1} channels of {2}x{2} to {3}, kernel {4}/{5}+{6}")
  @CsvSource({
    "64, 1, 28, 6, 5, 1, 2, 1",
    "64, 6, 14, 16, 5, 1, 0, 1",
    "16, 3, 64, 64, 7, 2, 3, 1",
    "16, 64, 16, 64, 3, 1, 1, 1",
    "16, 64, 16, 128, 3, 2, 1, 1",
    "16, 64, 16, 128, 1, 2, 0, 1",
    "16, 256, 8, 64, 1, 1, 0, 1",
    "16, 32, 16, 32, 3, 1, 1, 32",
    "16, 64, 16, 64, 3, 1, 1, 4"
  })
  @DisplayName("LeNet's, ResNet's and grouped shapes never get a reference implementation")
  void noReference(long n, long c, long size, long k, int kernel, int stride, int pad, int groups) {
    Window window = window(kernel, stride, pad, 1, groups);
    Layout x = Layout.channelsLast(n, c, size, size);
    Layout out = Layout.channelsLast(outShape(window, x.shape(), k));
    Layout w = Layout.contiguous(k, c / groups, kernel, kernel);
    Primitives local = Primitives.local();
    for (Plan plan :
        new Plan[] {
          ConvPrimitives.forward(local, window, x, w, out, true),
          ConvPrimitives.input(local, window, x, w, out),
          ConvPrimitives.weight(local, window, x, w, out)
        }) {
      assertNotNull(plan, "oneDNN has only a reference implementation");
      assertFalse(plan.name().contains("[ref"), plan.name());
    }
  }

  @ParameterizedTest(name = "{0} images, {1} channels of {2}x{3}, window {4}/{5}+{6}")
  @CsvSource({
    "3, 6, 28, 28, 2, 2, 0, 1",
    "2, 16, 10, 10, 2, 2, 0, 1",
    "2, 8, 9, 7, 3, 2, 1, 1",
    "2, 5, 8, 8, 3, 1, 1, 1",
    "1, 1, 6, 6, 2, 2, 0, 1",
    "2, 3, 9, 9, 3, 1, 0, 2",
    "2, 3, 20, 21, 17, 1, 0, 1",
    "0, 3, 9, 9, 3, 1, 0, 1"
  })
  @DisplayName("max-pooling and its gradient agree with plain Java in all memory orders")
  void maxPool(long n, long c, long h, long w, int kernel, int stride, int pad, int dilation) {
    Window window = window(kernel, stride, pad, dilation, 1);
    long[] in = {n, c, h, w};
    long[] out = outShape(window, in, c);
    for (int how = 0; how < 9; how++) {
      Strided x = operands.normal(activations(how % 3, in));
      Strided grad = operands.normal(activations(how / 3, out));
      checkPool(window, x, grad, "pool " + how);
    }
  }

  private static void checkPool(Window window, Strided x, Strided grad, String what) {
    for (Pool kind : Pool.values()) {
      if (kind == Pool.MAX || window.dilationH() == 1) {
        checkPool(kind, window, x, grad, kind + " " + what);
      }
    }
  }

  private static void checkPool(Pool kind, Window window, Strided x, Strided grad, String what) {
    Strided expected = OneDnnOperands.filled(grad.layout(), Float.NaN);
    Strided actual = OneDnnOperands.filled(grad.layout(), Float.NaN);
    Strided javaWinners = JAVA.pool(kind, window, expected, x, true);
    Strided winners = ONEDNN.pool(kind, window, actual, x, true);
    OneDnnOperands.assertClose(expected, actual, kind == Pool.MAX ? 0 : 1e-6, what);
    if (kind == Pool.MAX) {
      Strided inferred = OneDnnOperands.filled(grad.layout(), Float.NaN);
      ONEDNN.pool(kind, window, inferred, x, false);
      OneDnnOperands.assertClose(expected, inferred, 0, what + " without winners");
    }

    expected = OneDnnOperands.filled(x.layout(), Float.NaN);
    actual = OneDnnOperands.filled(x.layout(), Float.NaN);
    JAVA.poolInput(kind, window, expected, grad, javaWinners);
    ONEDNN.poolInput(kind, window, actual, grad, winners);
    OneDnnOperands.assertClose(expected, actual, 1e-6, what + " gradient");
  }

  @Test
  @DisplayName("the first of equal elements wins, as in PyTorch")
  void ties() {
    Window window = window(2, 2, 0, 1, 1);
    Strided x = OneDnnOperands.filled(Layout.channelsLast(1, 16, 8, 8), 3);
    checkPool(window, x, operands.normal(Layout.channelsLast(1, 16, 4, 4)), "ties");
  }

  @Test
  @DisplayName("a NaN wins its windows")
  void notANumber() {
    Window window = window(2, 2, 0, 1, 1);
    Strided x = operands.normal(Layout.channelsLast(2, 16, 8, 8));
    OneDnnOperands.put(x, 333, Float.NaN);
    checkPool(window, x, operands.normal(Layout.channelsLast(2, 16, 4, 4)), "NaN");
  }

  @Test
  @DisplayName("a window of minus infinity gives it, and its first element has the gradient")
  void minusInfinity() {
    Window window = window(2, 2, 0, 1, 1);
    Strided x = operands.normal(Layout.channelsLast(2, 16, 8, 8));
    for (int i : new int[] {16, 17, 24, 25, 300, 700}) {
      OneDnnOperands.put(x, i, Float.NEGATIVE_INFINITY);
    }
    checkPool(window, x, operands.normal(Layout.channelsLast(2, 16, 4, 4)), "infinity");
  }

  @Test
  @DisplayName("the winners of a channels-last pool are oneDNN's bytes")
  void winners() {
    Window window = window(2, 2, 0, 1, 1);
    Strided x = operands.normal(Layout.channelsLast(2, 16, 8, 8));
    Strided out = OneDnnOperands.filled(Layout.channelsLast(2, 16, 4, 4), 0);
    Strided winners = ONEDNN.pool(Pool.MAX, window, out, x, true);
    assertEquals(DType.UINT8, winners.dtype());
    assertTrue(winners.numel() >= out.numel());
    for (String name : Primitives.local().names()) {
      assertFalse(name.contains("[ref"), name);
    }
  }
}
