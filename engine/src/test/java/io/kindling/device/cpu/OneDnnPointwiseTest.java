package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.JAVA;
import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Strided;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OneDnnPointwiseTest {
  private static final Map<String, PointwiseKernel> KERNELS = new TreeMap<>();

  private static void kernel(String name, String formula) {
    KERNELS.put(name, PointwiseKernel.floating(name, formula));
  }

  static {
    kernel("relu", "max(a, 0)");
    kernel("exp", "exp(a)");
    kernel("sigmoid", "1 / (1 + exp(-a))");
    kernel("tanh", "tanh(a)");
    kernel("sqrt", "sqrt(a)");
    kernel("abs", "abs(a)");
    kernel("relu_backward", "b <= 0 ? 0 : a");
    kernel("sigmoid_backward", "a * (b * (1 - b))");
    kernel("tanh_backward", "a * (1 - b * b)");
    kernel("add", "a + b");
    kernel("sub", "a - b");
    kernel("mul", "a * b");
    kernel("div", "a / b");
  }

  private final OneDnnOperands operands = new OneDnnOperands(11);

  static Iterable<String> kernels() {
    return ElementwisePrimitives.TABLE.keySet();
  }

  private static int arity(String name) {
    boolean unary =
        ElementwisePrimitives.TABLE.get(name).form() == ElementwisePrimitives.Form.UNARY;
    return unary ? 1 : 2;
  }

  private static void check(String name, Layout out, Strided... in) {
    PointwiseKernel kernel = KERNELS.get(name);
    Strided expected = OneDnnOperands.filled(out, Float.NaN);
    Strided actual = OneDnnOperands.filled(out, Float.NaN);
    JAVA.pointwise(kernel, DType.FLOAT32, new Strided[] {expected}, in);
    ONEDNN.pointwise(kernel, DType.FLOAT32, new Strided[] {actual}, in);
    OneDnnOperands.assertClose(expected, actual, 2e-6, name + " " + out);
  }

  private void check(String name, Layout out, Layout second) {
    Strided first = operands.normal(out);
    if (arity(name) == 1) {
      check(name, out, first);
    } else {
      check(name, out, first, operands.normal(second));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("every kernel of the table agrees with its loop, whatever the layouts")
  void agrees(String name) {
    Layout nchw = Layout.contiguous(4, 16, 20, 20);
    Layout nhwc = Layout.channelsLast(4, 16, 20, 20);
    check(name, Layout.contiguous(20000), Layout.contiguous(20000));
    check(name, Layout.contiguous(), Layout.contiguous());
    check(name, Layout.contiguous(0, 3), Layout.contiguous(0, 3));
    check(name, Layout.contiguous(33), Layout.contiguous(33));
    check(name, nhwc, nhwc);
    check(name, nhwc, nchw);
    check(name, nchw, Layout.contiguous(16, 1, 1));
    check(name, nhwc, Layout.contiguous(16, 1, 1));
    check(name, nhwc, Layout.contiguous(1, 16, 1, 1));
    check(name, nhwc, Layout.contiguous(20, 1));
    check(name, Layout.contiguous(300, 70), Layout.contiguous(70));
    check(name, Layout.contiguous(300, 70), Layout.contiguous(300, 1));
    check(name, Layout.contiguous(300, 70), Layout.contiguous(1).expand(300, 70));
    check(name, Layout.contiguous(300, 70), Layout.contiguous(70).expand(300, 70));
    check(name, Layout.contiguous(70, 300).transpose(0, 1), Layout.contiguous(70));
    check(name, Layout.contiguous(300, 80).narrow(1, 3, 70), Layout.contiguous(70));
    check(name, Layout.contiguous(10, 30, 70), Layout.contiguous(30, 70));
    check(name, Layout.contiguous(10, 30, 70), Layout.contiguous(10, 1, 70));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("the result may replace any input of its layout")
  void inPlace(String name) {
    for (int replaced = 0; replaced < arity(name); replaced++) {
      Strided[] in = new Strided[arity(name)];
      for (int i = 0; i < in.length; i++) {
        in[i] = operands.normal(200, 100);
      }
      Strided expected = OneDnnOperands.filled(Layout.contiguous(200, 100), 0);
      JAVA.pointwise(KERNELS.get(name), DType.FLOAT32, new Strided[] {expected}, in);
      Strided[] out = {in[replaced]};
      ONEDNN.pointwise(KERNELS.get(name), DType.FLOAT32, out, in);
      OneDnnOperands.assertClose(expected, in[replaced], 2e-6, name + " over input " + replaced);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("NaN, infinities and zeros come out as from the loop")
  void special(String name) {
    float inf = Float.POSITIVE_INFINITY;
    float[] values = {Float.NaN, inf, -inf, 0, -0f, 1, -1, 85, -85, 1e30f, -1e30f, 1e-30f};
    Strided first = operands.normal(200, 144);
    Strided second = operands.normal(200, 144);
    for (int i = 0; i < 144; i++) {
      OneDnnOperands.put(first, 17 * 144 + i, values[i / 12]);
      OneDnnOperands.put(second, 17 * 144 + i, values[i % 12]);
    }
    if (arity(name) == 1) {
      check(name, first.layout(), first);
    } else {
      check(name, first.layout(), first, second);
      check(name, first.layout(), operands.normal(200, 144), second);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("a dense tensor of 64K elements runs on oneDNN, in any memory order")
  void accelerated(String name) {
    for (Layout layout :
        new Layout[] {
          Layout.contiguous(65536),
          Layout.channelsLast(4, 16, 32, 32),
          Layout.contiguous(256, 256).transpose(0, 1)
        }) {
      Strided[] in = new Strided[arity(name)];
      for (int i = 0; i < in.length; i++) {
        in[i] = operands.normal(layout);
      }
      assertTrue(Elementwise.run(name, OneDnnOperands.filled(layout, 0), in), name + " " + layout);
    }
  }

  @Test
  @DisplayName("a second input repeats after its inner dense run, or not at all")
  void period() {
    Layout matrix = Layout.contiguous(6, 4);
    assertEquals(24, ElementwisePrimitives.period(matrix, matrix));
    assertEquals(4, ElementwisePrimitives.period(matrix, Layout.contiguous(4)));
    assertEquals(1, ElementwisePrimitives.period(matrix, Layout.contiguous(1, 1)));
    assertEquals(1, ElementwisePrimitives.period(matrix, Layout.contiguous()));
    assertEquals(0, ElementwisePrimitives.period(matrix, Layout.contiguous(6, 1)));
    assertEquals(0, ElementwisePrimitives.period(matrix, Layout.contiguous(8).slice(0, 0, 8, 2)));
    Layout nhwc = Layout.channelsLast(2, 3, 4, 5);
    assertEquals(3, ElementwisePrimitives.period(nhwc, Layout.contiguous(3, 1, 1)));
    assertEquals(0, ElementwisePrimitives.period(nhwc, Layout.contiguous(5)));
    assertEquals(0, ElementwisePrimitives.period(nhwc, Layout.contiguous(2, 3, 4, 5)));
  }
}
