package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.JAVA;
import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Operand;
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
    kernel("leaky_relu", "max(a, 0) + s * min(a, 0)");
    kernel("exp", "exp(a)");
    kernel("sigmoid", "1 / (1 + exp(-a))");
    kernel("tanh", "tanh(a)");
    kernel("sqrt", "sqrt(a)");
    kernel("rsqrt", "1 / sqrt(a)");
    kernel("abs", "abs(a)");
    kernel("neg", "-a");
    kernel("sign", "sign(a)");
    kernel("reciprocal", "1 / a");
    kernel("pow_scalar", "pow(a, s)");
    kernel("clamp", "min(max(a, b), c)");
    kernel("relu_backward", "b <= 0 ? 0 : a");
    kernel("sigmoid_backward", "a * (b * (1 - b))");
    kernel("tanh_backward", "a * (1 - b * b)");
    kernel("add", "a + b");
    kernel("sub", "a - b");
    kernel("mul", "a * b");
    kernel("div", "a / b");
    kernel("maximum", "max(a, b)");
    kernel("minimum", "min(a, b)");
    kernel("eq", "a == b");
    kernel("ne", "a != b");
    kernel("lt", "a < b");
    kernel("le", "a <= b");
    kernel("gt", "a > b");
    kernel("ge", "a >= b");
    kernel("isnan", "a != a");
  }

  private final OneDnnOperands operands = new OneDnnOperands(11);

  static Iterable<String> kernels() {
    return ElementwisePrimitives.TABLE.keySet();
  }

  static Iterable<String> binaries() {
    return KERNELS.keySet().stream().filter(name -> arity(name) == 2).toList();
  }

  private static PointwiseKernel kernel(String name) {
    return KERNELS.get(name);
  }

  /** Of the operands that are tensors. */
  private static int arity(String name) {
    return Math.min(2, kernel(name).formula().inputs()) - (name.equals("clamp") ? 1 : 0);
  }

  private static double[] numbers(String name) {
    double[] number = {name.equals("pow_scalar") ? 2 : 0.01};
    return kernel(name).formula().scalars() > 0 ? number : new double[0];
  }

  private static Operand[] withLimits(String name, Operand... in) {
    return name.equals("clamp")
        ? new Operand[] {in[0], new Operand.Scalar(-0.5), new Operand.Scalar(0.75)}
        : in;
  }

  private static boolean givesBool(String name) {
    return kernel(name).formula().givesTruth(0);
  }

  private static Strided result(String name, Layout layout) {
    return givesBool(name)
        ? Strided.allocate(DType.BOOL, Layout.contiguous(layout.numel()), "test").with(layout)
        : OneDnnOperands.filled(layout, 7);
  }

  private static Strided run(JavaBackend backend, String name, Strided out, Operand... in) {
    Operand[] all = withLimits(name, in);
    backend.pointwise(kernel(name), DType.FLOAT32, new Strided[] {out}, all, numbers(name));
    if (!givesBool(name)) {
      return out;
    }
    Strided floats = OneDnnOperands.filled(Layout.contiguous(out.layout().shape()), 7);
    JAVA.copy(floats, out);
    return floats;
  }

  private static void check(String name, Layout out, Operand... in) {
    boolean dense = !givesBool(name) || out.isDense();
    Layout layout = dense ? out : Layout.contiguous(out.shape());
    Strided expected = run(JAVA, name, result(name, layout), in);
    Strided actual = run(ONEDNN, name, result(name, layout), in);
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
      if (!givesBool(name)) {
        Strided expected = run(JAVA, name, result(name, Layout.contiguous(200, 100)), in);
        Strided actual = run(ONEDNN, name, in[replaced], in);
        OneDnnOperands.assertClose(expected, actual, 2e-6, name + " over input " + replaced);
      }
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
      boolean ran =
          Elementwise.run(name, result(name, layout), withLimits(name, in), numbers(name));
      assertTrue(ran, name + " " + layout);
    }
  }

  @ParameterizedTest
  @MethodSource("binaries")
  @DisplayName("a number may stand for the second input")
  void withNumber(String name) {
    for (long n : new long[] {100, 5000, 70001}) {
      Strided first = operands.normal(n);
      OneDnnOperands.put(first, n / 2, Float.NaN);
      OneDnnOperands.put(first, n / 3, 0.5f);
      for (double number : new double[] {0.5, 0, -3, Double.NaN, Double.NEGATIVE_INFINITY}) {
        if (!name.endsWith("_backward")) {
          check(name, first.layout(), first, new Operand.Scalar(number));
        }
      }
    }
  }

  @Test
  @DisplayName("limits that are NaN or out of order are left to Java")
  void limits() {
    Strided x = operands.normal(5000);
    double[][] limits = {{1, -1}, {Double.NaN, 1}, {-1, Double.NaN}, {0, 0}};
    for (double[] pair : limits) {
      Operand[] in = {x, new Operand.Scalar(pair[0]), new Operand.Scalar(pair[1])};
      Strided out = OneDnnOperands.filled(x.layout(), 7);
      assertEquals(pair[0] == 0, Elementwise.run("clamp", out, in));
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
