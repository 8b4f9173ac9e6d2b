package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaGemmTest {
  private static final DType[] TYPES = {DType.FLOAT32, DType.FLOAT64, DType.INT64};

  private final JavaBackend backend = new JavaBackend();

  private void check(Samples samples, Strided out, Strided a, Strided b, @Nullable Strided bias) {
    backend.gemm(out, a, b, bias);
    int last = a.layout().rank() - 1;
    long depth = a.layout().size(last);
    double tolerance = out.dtype() == DType.FLOAT32 ? 1e-4 : 1e-10;
    Samples.check(
        out,
        tolerance,
        "gemm of " + a + " and " + b,
        i -> {
          double sum = bias == null ? 0 : Samples.get(bias, i[last]);
          for (long k = 0; k < depth; k++) {
            long[] p = i.clone();
            long[] q = i.clone();
            p[last] = k;
            q[last - 1] = k;
            sum += Samples.get(a, p) * Samples.get(b, q);
          }
          return sum;
        });
  }

  @Test
  @DisplayName("T19 products of any strides, with and without bias and batches")
  void small() {
    Samples samples = new Samples(1);
    for (int round = 0; round < 400; round++) {
      DType type = TYPES[samples.random.nextInt(3)];
      int m = samples.between(0, 9);
      int n = samples.between(0, 9);
      int k = samples.between(0, 9);
      Strided bias = round % 2 == 0 ? samples.values(type, n) : null;
      if (round % 3 == 0) {
        int batch = samples.between(0, 3);
        Strided b = samples.values(type, 1, k, n);
        check(
            samples,
            samples.blank(type, batch, m, n),
            samples.values(type, batch, m, k),
            b.with(b.layout().expand(batch, k, n)),
            bias);
      } else {
        check(
            samples,
            samples.blank(type, m, n),
            samples.values(type, m, k),
            samples.values(type, k, n),
            bias);
      }
    }
  }

  @Test
  @DisplayName("T19 products larger than a block in rows, columns and depth")
  void blocks() {
    Samples samples = new Samples(2);
    long[][] sizes = {{67, 530, 40}, {3, 37, 700}, {200, 5, 300}, {130, 33, 257}, {1, 1, 1030}};
    for (long[] s : sizes) {
      for (DType type : TYPES) {
        for (int round = 0; round < 4; round++) {
          check(
              samples,
              samples.blank(type, s[0], s[1]),
              samples.values(type, s[0], s[2]),
              samples.values(type, s[2], s[1]),
              samples.values(type, s[1]));
        }
      }
    }
  }

  @Test
  @DisplayName("T19 no depth gives zeros, or the bias")
  void noDepth() {
    Samples samples = new Samples(3);
    Strided a = samples.values(DType.FLOAT32, 3, 0);
    Strided b = samples.values(DType.FLOAT32, 0, 4);
    Strided bias = samples.values(DType.FLOAT32, 4);
    Strided out = samples.blank(DType.FLOAT32, 3, 4);
    backend.gemm(out, a, b, null);
    Samples.check(out, 0, "zeros", i -> 0);
    backend.gemm(out, a, b, bias);
    Samples.check(out, 0, "bias", i -> Samples.get(bias, i[1]));
  }

  @Test
  @DisplayName("T19 what an earlier product left behind does not reach a later one")
  void nanDoesNotLinger() {
    Samples samples = new Samples(4);
    Strided nan =
        Samples.fill(samples.blank(DType.FLOAT32, Layout.contiguous(8, 8)), i -> Double.NaN);
    backend.gemm(samples.blank(DType.FLOAT32, 8, 8), nan, nan, null);
    check(
        samples,
        samples.blank(DType.FLOAT32, 3, 5),
        samples.values(DType.FLOAT32, 3, 5),
        samples.values(DType.FLOAT32, 5, 5),
        null);
  }
}
