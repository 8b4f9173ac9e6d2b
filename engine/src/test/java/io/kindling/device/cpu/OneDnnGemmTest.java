package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.JAVA;
import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OneDnnGemmTest {
  private final OneDnnOperands operands = new OneDnnOperands(7);

  private static void check(
      Layout outLayout, Strided a, Strided b, @Nullable Strided bias, String what) {
    Strided expected = OneDnnOperands.filled(outLayout, Float.NaN);
    Strided actual = OneDnnOperands.filled(outLayout, Float.NaN);
    JAVA.gemm(expected, a, b, bias);
    ONEDNN.gemm(actual, a, b, bias);
    OneDnnOperands.assertClose(expected, actual, 1e-4, what);
  }

  /** Row-major, column-major, with gaps, or neither, of the given sizes. */
  private Layout matrix(int how, long rows, long cols) {
    return switch (how) {
      case 0 -> Layout.contiguous(rows, cols);
      case 1 -> Layout.contiguous(cols, rows).transpose(0, 1);
      case 2 -> Layout.of(new long[] {rows, cols}, new long[] {cols + 3, 1}, 5);
      case 3 -> Layout.of(new long[] {rows, cols}, new long[] {1, rows + 2}, 1);
      case 4 -> Layout.of(new long[] {rows, cols}, new long[] {2 * cols, 2}, 0);
      default -> Layout.contiguous(1, cols).expand(rows, cols);
    };
  }

  @Test
  @DisplayName("products of matrices in all layouts, with and without bias, agree with plain Java")
  void layouts() {
    int[][] sizes = {{1, 1, 1}, {1, 7, 5}, {5, 1, 3}, {3, 4, 1}, {17, 9, 33}, {64, 48, 80}};
    for (int[] s : sizes) {
      for (int how = 0; how < 6 * 6 * 5; how++) {
        Strided a = operands.normal(matrix(how % 6, s[0], s[2]));
        Strided b = operands.normal(matrix(how / 6 % 6, s[2], s[1]));
        Strided bias = operands.coin() ? operands.normal(s[1]) : null;
        String what = s[0] + "x" + s[1] + "x" + s[2] + " layouts " + how;
        check(matrix(how / 36, s[0], s[1]), a, b, bias, what);
      }
    }
  }

  @Test
  @DisplayName("sampled sizes agree with plain Java")
  void sampled() {
    for (int n = 0; n < 60; n++) {
      long m = 1 + operands.below(120);
      long k = 1 + operands.below(150);
      long cols = 1 + operands.below(150);
      Strided a = operands.normal(matrix(operands.below(2), m, k));
      Strided b = operands.normal(matrix(operands.below(2), k, cols));
      Strided bias = operands.coin() ? operands.normal(cols) : null;
      check(Layout.contiguous(m, cols), a, b, bias, m + "x" + cols + "x" + k);
    }
  }

  @ParameterizedTest(name = "{0} x {1} x {2}")
  @CsvSource({"0,3,2", "3,0,2", "3,2,0", "0,0,0"})
  @DisplayName("sizes of zero give nothing, or zeros, or the bias")
  void empty(long m, long n, long k) {
    for (boolean withBias : new boolean[] {false, true}) {
      Strided bias = withBias ? operands.normal(n) : null;
      check(Layout.contiguous(m, n), operands.normal(m, k), operands.normal(k, n), bias, "empty");
    }
  }

  @Test
  @DisplayName("batches agree with plain Java: dense, transposed, shared, with gaps")
  void batches() {
    long[][] sizes = {{1, 4, 5, 6}, {5, 3, 2, 7}, {12, 16, 8, 32}, {3, 130, 120, 90}};
    for (long[] s : sizes) {
      for (int how = 0; how < 16; how++) {
        Layout a =
            how % 2 == 0
                ? Layout.contiguous(s[0], s[1], s[3])
                : Layout.contiguous(s[0], s[3], s[1]).transpose(1, 2);
        Layout b =
            how / 2 % 2 == 0
                ? Layout.contiguous(s[0], s[3], s[2])
                : Layout.contiguous(s[0], s[2], s[3]).transpose(1, 2);
        if (how / 4 % 2 == 1) {
          b = b.select(0, 0).unsqueeze(0).expand(s[0], s[3], s[2]);
        }
        Strided bias = how / 8 == 1 ? operands.normal(s[2]) : null;
        Layout out = Layout.contiguous(s[0], s[1], s[2]);
        check(out, operands.normal(a), operands.normal(b), bias, "batch " + how);
      }
    }
  }

  @Test
  @DisplayName("a result that is a transposed or strided view of a batch is written in place")
  void batchOutputs() {
    Strided a = operands.normal(4, 6, 8);
    Strided b = operands.normal(4, 8, 5);
    check(Layout.contiguous(4, 5, 6).transpose(1, 2), a, b, null, "transposed");
    check(Layout.contiguous(4, 5, 6).transpose(1, 2), a, b, operands.normal(5), "with bias");
    check(Layout.contiguous(6, 4, 5).transpose(0, 1), a, b, null, "interleaved");
  }

  /** Whether no two elements share memory and oneDNN's or our own kernels may write them. */
  private static Layout result(int how, long batch, long m, long n) {
    return switch (how % 4) {
      case 0 -> Layout.contiguous(batch, m, n);
      case 1 -> Layout.contiguous(batch, n, m).transpose(1, 2);
      case 2 -> Layout.contiguous(m, batch, n).transpose(0, 1);
      default -> Layout.contiguous(n, m, batch).transpose(0, 2);
    };
  }

  private Strided integers(Layout layout) {
    Strided s = OneDnnOperands.filled(layout, 0);
    OneDnnOperands.each(s, i -> OneDnnOperands.put(s, i, operands.below(9) - 4));
    return s;
  }

  private static void checkExactly(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    ONEDNN.gemm(out, a, b, bias);
    long m = out.layout().size(1);
    long n = out.layout().size(2);
    long k = a.layout().size(2);
    for (long i = 0; i < out.numel(); i++) {
      long batch = i / n / m;
      float sum = bias == null ? 0 : OneDnnOperands.get(bias, i % n);
      for (long j = 0; j < k; j++) {
        float left = OneDnnOperands.get(a, (batch * m + i / n % m) * k + j);
        sum += left * OneDnnOperands.get(b, (batch * k + j) * n + i % n);
      }
      String what = out.layout() + " = " + a.layout() + " times " + b.layout();
      assertEquals(sum, OneDnnOperands.get(out, i), what);
    }
  }

  @Test
  @DisplayName(
      "batches with any strides, overlapping and repeated ones too, are as plain loops say")
  void anyStrides() {
    long[] strides = {0, 1, 2, 3, 4, 6, 9};
    for (int i = 0; i < 27 * 343; i++) {
      long[] size = {1 + i % 3, 1 + i / 3 % 3, 1 + i / 9 % 3};
      long[] by = {strides[i / 27 % 7], strides[i / 189 % 7], strides[i / 1323]};
      long n = 1 + operands.below(3);
      long[] other = new long[3];
      for (int d = 0; d < 3; d++) {
        other[d] = strides[operands.below(7)];
      }
      Strided a = integers(Layout.of(size, by, 0));
      Strided b = integers(Layout.of(new long[] {size[0], size[2], n}, other, 0));
      Strided out =
          OneDnnOperands.filled(result(operands.below(4), size[0], size[1], n), Float.NaN);
      checkExactly(out, a, b, operands.coin() ? integers(Layout.contiguous(n)) : null);
    }
  }

  @Test
  @DisplayName("float64 goes to plain Java")
  void float64() {
    Strided a = Strided.allocate(DType.FLOAT64, Layout.contiguous(1, 1), "test");
    Strided b = Strided.allocate(DType.FLOAT64, Layout.contiguous(1, 1), "test");
    Strided out = Strided.allocate(DType.FLOAT64, Layout.contiguous(1, 1), "test");
    io.kindling.device.Raw.putDouble(a.hostAddress(), 1e-9 + 1);
    io.kindling.device.Raw.putDouble(b.hostAddress(), 1);
    ONEDNN.gemm(out, a, b, null);
    assertEquals(1e-9 + 1, io.kindling.device.Raw.getDouble(out.hostAddress()));
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 64, 200})
  @DisplayName("the same product has the same bits at every call")
  void deterministic(int batch) {
    Strided x = operands.normal(batch, 300);
    Strided w = operands.normal(Layout.contiguous(70, 300).transpose(0, 1));
    Strided first = OneDnnOperands.filled(Layout.contiguous(batch, 70), 0);
    ONEDNN.gemm(first, x, w, null);
    for (int n = 0; n < 5; n++) {
      Strided again = OneDnnOperands.filled(Layout.contiguous(batch, 70), 0);
      ONEDNN.gemm(again, OneDnnOperands.copy(x), OneDnnOperands.copy(w), null);
      OneDnnOperands.assertClose(first, again, 0, "call " + n);
    }
  }

  @Test
  @DisplayName("which way a product is computed is a function of its shape")
  void rule() {
    assertTrue(MatmulPrimitives.prefersSgemm(Product.dense(64, 784, 512, 512, 784)));
    assertTrue(MatmulPrimitives.prefersSgemm(Product.dense(8, 512, 784, 784, -784)));
    assertTrue(!MatmulPrimitives.prefersSgemm(Product.dense(64, 512, 784, 784, -784)));
    assertTrue(!MatmulPrimitives.prefersSgemm(new Product(9, 8, 8, 8, 8, 8, 8, 64, 64, 64)));
  }
}
