package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.JAVA;
import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneDnnRowsTest {
  private static final PointwiseKernel ADD = PointwiseKernel.of("add", "a + b");

  private static final Map<String, RowKernel> KERNELS =
      Map.of(
          "softmax", RowKernel.of("softmax", "e = exp(a - rowmax(a)); e / rowsum(e)"),
          "log_softmax", RowKernel.of("log_softmax", "z = a - rowmax(a); z - rowlogsum(exp(z))"),
          "softmax_backward", RowKernel.of("softmax_backward", "b * (a - rowsum(a * b))"),
          "log_softmax_backward", RowKernel.of("log_softmax_backward", "a - exp(b) * rowsum(a)"));

  private final OneDnnOperands operands = new OneDnnOperands(13);

  private static void check(String name, Layout out, Strided... in) {
    Strided expected = OneDnnOperands.filled(out, 7);
    Strided actual = OneDnnOperands.filled(out, 7);
    JAVA.rows(KERNELS.get(name), new Strided[] {expected}, null, in);
    ONEDNN.rows(KERNELS.get(name), new Strided[] {actual}, null, in);
    OneDnnOperands.assertClose(expected, actual, 3e-6, name + " " + out);
  }

  @ParameterizedTest
  @CsvSource({"softmax", "log_softmax"})
  @DisplayName("softmax and its gradient agree with loops on dense and strided rows")
  void softmax(String name) {
    Layout[] layouts = {
      Layout.contiguous(64, 10),
      Layout.contiguous(1),
      Layout.contiguous(5, 1),
      Layout.contiguous(0, 4),
      Layout.contiguous(3, 5, 33),
      Layout.contiguous(2, 5000),
      Layout.contiguous(20, 7).transpose(0, 1),
      Layout.contiguous(9, 12).narrow(1, 2, 5)
    };
    for (Layout layout : layouts) {
      Strided x = operands.normal(layout);
      check(name, layout, x);
      Strided y = OneDnnOperands.filled(Layout.contiguous(layout.shape()), 0);
      JAVA.rows(KERNELS.get(name), new Strided[] {y}, null, new Strided[] {x});
      check(name + "_backward", layout, operands.normal(layout), y);
    }
  }

  @ParameterizedTest
  @CsvSource({"softmax", "log_softmax"})
  @DisplayName("softmax over its input, and its gradient over either of its inputs")
  void inPlace(String name) {
    Strided x = operands.normal(40, 12);
    Strided y = OneDnnOperands.filled(x.layout(), 0);
    JAVA.rows(KERNELS.get(name), new Strided[] {y}, null, new Strided[] {x});
    ONEDNN.rows(KERNELS.get(name), new Strided[] {x}, null, new Strided[] {x});
    OneDnnOperands.assertClose(y, x, 3e-6, "forward");
    RowKernel backward = KERNELS.get(name + "_backward");
    for (int replaced = 0; replaced < 2; replaced++) {
      Strided[] in = {operands.normal(40, 12), OneDnnOperands.copy(y)};
      Strided expected = OneDnnOperands.filled(x.layout(), 0);
      JAVA.rows(backward, new Strided[] {expected}, null, in);
      ONEDNN.rows(backward, new Strided[] {in[replaced]}, null, in);
      OneDnnOperands.assertClose(expected, in[replaced], 3e-6, "backward over " + replaced);
    }
  }

  @ParameterizedTest
  @CsvSource({"softmax", "log_softmax"})
  @DisplayName("a row with NaN or plus infinity is NaN everywhere, and no other row is")
  void notANumber(String name) {
    for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Strided x = operands.normal(6, 9);
      OneDnnOperands.put(x, 2 * 9 + 4, poison);
      OneDnnOperands.put(x, 5 * 9, poison);
      check(name, x.layout(), x);
      Strided y = OneDnnOperands.filled(x.layout(), 0);
      ONEDNN.rows(KERNELS.get(name), new Strided[] {y}, null, new Strided[] {x});
      check(name + "_backward", x.layout(), operands.normal(6, 9), y);
    }
    Strided x = operands.normal(3, 4);
    for (int i = 0; i < 4; i++) {
      OneDnnOperands.put(x, 4 + i, Float.NEGATIVE_INFINITY);
    }
    OneDnnOperands.put(x, 2, Float.NEGATIVE_INFINITY);
    check(name, x.layout(), x);
  }

  @Test
  @DisplayName("the logarithm of a probability close to 1 keeps its relative accuracy")
  void smallLoss() {
    for (float lead : new float[] {4, 7, 9, 11}) {
      Strided x = OneDnnOperands.filled(Layout.contiguous(64, 10), 0);
      for (int row = 0; row < 64; row++) {
        OneDnnOperands.put(x, row * 10 + row % 10, lead + row / 64f);
      }
      Strided y = OneDnnOperands.filled(x.layout(), 0);
      ONEDNN.rows(KERNELS.get("log_softmax"), new Strided[] {y}, null, new Strided[] {x});
      for (int row = 0; row < 64; row++) {
        double expected = -Math.log1p(9 * Math.exp(-(lead + row / 64f)));
        double actual = OneDnnOperands.get(y, row * 10 + row % 10);
        assertEquals(expected, actual, 3e-7, "lead " + (lead + row / 64f));
      }
    }
  }

  @Test
  @DisplayName("sums over leading dimensions agree with plain Java in all layouts")
  void columnSums() {
    long[][] shapes = {
      {64, 512}, {1, 40}, {300, 16}, {300, 3}, {9000, 20}, {0, 20}, {7, 5}, {513, 17}
    };
    for (long[] s : shapes) {
      checkSum(Layout.contiguous(s), Layout.contiguous(1, s[1]));
      checkSum(Layout.contiguous(s), Layout.contiguous(s[0], 1));
      checkSum(Layout.contiguous(s), Layout.contiguous(1, 1));
      checkSum(Layout.contiguous(s[1], s[0]).transpose(0, 1), Layout.contiguous(1, s[1]));
    }
    Layout nhwc = Layout.channelsLast(3, 32, 5, 6);
    checkSum(nhwc, Layout.contiguous(1, 32, 1, 1));
    checkSum(Layout.contiguous(3, 32, 5, 6), Layout.contiguous(1, 32, 1, 1));
    checkSum(Layout.contiguous(3, 32, 5, 6), Layout.contiguous(1, 1, 5, 6));
    checkSum(Layout.contiguous(3, 32, 5, 6), Layout.contiguous(1, 32, 5, 6));
    checkSum(Layout.contiguous(3, 32, 5, 6), Layout.contiguous(3, 1, 5, 6));
  }

  private void checkSum(Layout from, Layout to) {
    Strided in = operands.normal(from);
    Strided expected = OneDnnOperands.filled(to, Float.NaN);
    Strided actual = OneDnnOperands.filled(to, Float.NaN);
    JAVA.reduce(ADD, DType.FLOAT32, 0, expected, in);
    ONEDNN.reduce(ADD, DType.FLOAT32, 0, actual, in);
    double tolerance = 1e-6 * Math.max(16, Math.sqrt(in.numel()));
    OneDnnOperands.assertClose(expected, actual, tolerance, from + " to " + to);
  }

  @Test
  @DisplayName("the bias gradients of linear layers and of channels-last convolutions are columns")
  void columns() {
    assertEquals(512, Sums.columns(Layout.contiguous(64, 512), Layout.contiguous(1, 512)));
    Layout nhwc = Layout.channelsLast(8, 32, 4, 4);
    assertEquals(32, Sums.columns(nhwc, Layout.contiguous(1, 32, 1, 1)));
    assertEquals(0, Sums.columns(Layout.contiguous(64, 512), Layout.contiguous(64, 1)));
    assertEquals(0, Sums.columns(Layout.contiguous(64, 4), Layout.contiguous(1, 4)));
  }

  @Test
  @DisplayName("a long sum of columns keeps its accuracy")
  void accuracy() {
    long rows = 300_000;
    Strided in = OneDnnOperands.filled(Layout.contiguous(rows, 16), 0.1f);
    Strided out = OneDnnOperands.filled(Layout.contiguous(1, 16), 0);
    ONEDNN.reduce(ADD, DType.FLOAT32, 0, out, in);
    assertEquals(rows * (double) 0.1f, OneDnnOperands.get(out, 3), rows * 0.1 * 1e-5);
  }

  @Test
  @DisplayName("copies between memory orders agree with plain Java")
  void copies() {
    Layout[][] pairs = {
      {Layout.contiguous(4, 3, 9, 8), Layout.channelsLast(4, 3, 9, 8)},
      {Layout.channelsLast(4, 16, 5, 5), Layout.contiguous(4, 16, 5, 5)},
      {Layout.contiguous(2, 1, 20, 20), Layout.channelsLast(2, 1, 20, 20)},
      {Layout.contiguous(30, 40), Layout.contiguous(40, 30).transpose(0, 1)},
      {Layout.contiguous(4, 30, 40), Layout.contiguous(30, 40, 4).permute(2, 0, 1)},
      {Layout.contiguous(50, 40).narrow(1, 3, 20), Layout.contiguous(20, 50).transpose(0, 1)},
      {Layout.contiguous(30, 40), Layout.contiguous(1, 40).expand(30, 40)},
      {Layout.contiguous(0, 4), Layout.contiguous(4, 0).transpose(0, 1)}
    };
    for (Layout[] pair : pairs) {
      Strided in = operands.normal(pair[1]);
      Strided expected = OneDnnOperands.filled(pair[0], 0);
      Strided actual = OneDnnOperands.filled(pair[0], 0);
      JAVA.copy(expected, in);
      ONEDNN.copy(actual, in);
      OneDnnOperands.assertClose(expected, actual, 0, pair[1] + " to " + pair[0]);
    }
  }

  @Test
  @DisplayName("only copies that cross memory orders are worth a reorder")
  void crosses() {
    Layout rows = Layout.contiguous(30, 40);
    Layout columns = Layout.contiguous(40, 30).transpose(0, 1);
    assertTrue(Reorders.crosses(rows, columns));
    assertFalse(Reorders.crosses(rows, rows));
    assertFalse(Reorders.crosses(rows, Layout.contiguous(30, 50).narrow(1, 0, 40)));
    Layout heads = Layout.contiguous(2, 8, 4, 16).transpose(1, 2);
    assertFalse(Reorders.crosses(Layout.contiguous(2, 4, 8, 16), heads));
  }
}
