package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaReductionTest {
  private static final PointwiseKernel SUM = PointwiseKernel.of("sum", "a + b");

  private static final PointwiseKernel MAX = PointwiseKernel.of("max", "max(a, b)");

  private final JavaBackend backend = new JavaBackend();

  private void checkSum(Samples samples, DType compute, DType outType, Strided in, long[] kept) {
    Strided out = samples.blank(outType, kept);
    backend.reduce(SUM, compute, 0, out, in);
    Strided expected = Samples.fill(samples.blank(DType.FLOAT64, Layout.contiguous(kept)), i -> 0);
    Samples.each(
        in.layout().shape(),
        i -> {
          double value = Samples.as(compute, Samples.get(in, i));
          Samples.set(expected, Samples.get(expected, i) + value, Samples.at(expected, i));
        });
    Samples.check(out, 2e-5, "sum of " + in, i -> Samples.as(outType, Samples.get(expected, i)));
  }

  @Test
  @DisplayName("T17 sums over any dimensions of any strides and types")
  void sums() {
    Samples samples = new Samples(1);
    for (int round = 0; round < 600; round++) {
      long[] shape = round % 10 == 0 ? samples.shape(2, 100) : samples.shape(4, 7);
      long[] kept = shape.clone();
      for (int d = 0; d < kept.length; d++) {
        kept[d] = samples.random.nextBoolean() ? 1 : kept[d];
      }
      DType type = samples.dtype();
      DType compute = type.computeType();
      DType outType = round % 3 == 0 ? compute : DType.FLOAT64;
      checkSum(samples, compute, outType, samples.values(type, shape), kept);
    }
  }

  @Test
  @DisplayName("T17 sums with long folded and kept dimensions, inside, outside and between")
  void longDimensions() {
    Samples samples = new Samples(2);
    long[][] shapes = {
      {5000}, {64, 512}, {40, 2000}, {2000, 40}, {300, 10}, {3, 500, 20}, {12, 33, 130}, {2600, 3}
    };
    for (long[] shape : shapes) {
      for (int dims = 0; dims < 1 << shape.length; dims++) {
        for (int round = 0; round < 3; round++) {
          long[] kept = shape.clone();
          for (int d = 0; d < kept.length; d++) {
            kept[d] = (dims >> d & 1) != 0 ? 1 : kept[d];
          }
          checkSum(
              samples, DType.FLOAT32, DType.FLOAT32, samples.values(DType.FLOAT32, shape), kept);
        }
      }
    }
  }

  @Test
  @DisplayName("T17 an expanded input counts each repetition")
  void expanded() {
    Samples samples = new Samples(3);
    Strided in = samples.values(DType.FLOAT64, 3, 1, 1);
    Strided wide = in.with(in.layout().expand(3, 50, 40));
    Strided out = samples.blank(DType.FLOAT64, 3, 1, 1);
    backend.reduce(SUM, DType.FLOAT64, 0, out, wide);
    Samples.check(out, 1e-12, "sum", i -> Samples.get(in, i) * 2000);
  }

  @Test
  @DisplayName("T17 other kernels fold as well, and their identity is not needed for elements")
  void maximum() {
    Samples samples = new Samples(4);
    for (long[] shape : new long[][] {{17, 1300}, {1300, 17}, {5, 70, 3}}) {
      Strided in = samples.values(DType.FLOAT64, shape);
      Samples.fill(in, i -> Samples.get(in, i) - 1000);
      long[] kept = shape.clone();
      kept[1] = 1;
      Strided out = samples.blank(DType.FLOAT64, kept);
      backend.reduce(MAX, DType.FLOAT64, 0, out, in);
      Samples.check(
          out,
          0,
          "max",
          i -> {
            double best = Double.NEGATIVE_INFINITY;
            for (long k = 0; k < shape[1]; k++) {
              long[] at = i.clone();
              at[1] = k;
              best = Math.max(best, Samples.get(in, at));
            }
            return best;
          });
    }
  }

  @Test
  @DisplayName("T17 an empty reduction gives the identity, an empty result nothing")
  void empty() {
    Samples samples = new Samples(5);
    Strided in = samples.values(DType.FLOAT32, 3, 0, 2);
    Strided out = samples.blank(DType.FLOAT32, 3, 1, 2);
    backend.reduce(SUM, DType.FLOAT32, 7, out, in);
    Samples.check(out, 0, "identity", i -> 7);
    Strided least = samples.blank(DType.INT64, 1, 1, 1);
    backend.reduce(SUM, DType.INT64, Double.NEGATIVE_INFINITY, least, in);
    assertEquals(Long.MIN_VALUE, Raw.getLong(least.hostAddress()));
    Strided none = samples.blank(DType.FLOAT32, 1, 0, 2);
    backend.reduce(SUM, DType.FLOAT32, 0, none, in);
    Samples.check(none, 0, "nothing", i -> 0);
  }

  @Test
  @DisplayName("T17 ten million times 0.1f sums to a million within 1e-6, inside and outside")
  void accuracy() {
    int n = 10_000_000;
    Strided in = Strided.allocate(DType.FLOAT32, Layout.contiguous(n), "a test");
    for (long i = 0; i < n; i++) {
      Raw.putFloat(in.hostAddress() + 4 * i, 0.1f);
    }
    double expected = n * (double) 0.1f;
    Strided out = Strided.allocate(DType.FLOAT32, Layout.contiguous(1), "a test");
    backend.reduce(SUM, DType.FLOAT32, 0, out, in);
    assertEquals(expected, Raw.getFloat(out.hostAddress()), expected * 1e-6);
    Strided rows = in.with(Layout.contiguous(n / 4, 4));
    Strided columns = Strided.allocate(DType.FLOAT32, Layout.contiguous(1, 4), "a test");
    backend.reduce(SUM, DType.FLOAT32, 0, columns, rows);
    for (int c = 0; c < 4; c++) {
      assertEquals(expected / 4, Raw.getFloat(columns.hostAddress() + 4 * c), expected * 2.5e-7);
    }
    Strided wide = in.with(Layout.contiguous(n / 2000, 2000));
    Strided sums = Strided.allocate(DType.FLOAT32, Layout.contiguous(1, 2000), "a test");
    backend.reduce(SUM, DType.FLOAT32, 0, sums, wide);
    assertEquals(expected / 2000, Raw.getFloat(sums.hostAddress()), expected / 2000 * 1e-6);
  }
}
