package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaRowsTest {
  private static final RowKernel SHIFTED = RowKernel.of("shifted", "a - rowmax(b) + rowsum(a * b)");

  private static final RowKernel LARGEST =
      RowKernel.position("largest", RowKernel.Position.LARGEST);
  private static final RowKernel SUMS = RowKernel.of("sums", "cumsum_reversed(a)");

  private final JavaBackend backend = new JavaBackend();

  private static long[] last(long[] shape, long size) {
    long[] out = shape.clone();
    out[out.length - 1] = size;
    return out;
  }

  @Test
  @DisplayName("T17 rows of any strides, with numbers of a row, and positions")
  void rows() {
    Samples samples = new Samples(1);
    for (int round = 0; round < 200; round++) {
      long[] shape = new long[samples.between(1, 4)];
      for (int d = 0; d < shape.length; d++) {
        shape[d] = samples.between(d == shape.length - 1 ? 1 : 0, 6);
      }
      Strided a = samples.values(DType.FLOAT64, shape);
      Strided b = samples.values(DType.FLOAT32, shape);
      Strided out = samples.blank(DType.FLOAT64, shape);
      Strided position = samples.blank(DType.INT64, last(shape, 1));
      long n = shape[shape.length - 1];
      backend.rows(SHIFTED, new Strided[] {out}, null, new Strided[] {a, b});
      backend.rows(LARGEST, new Strided[0], position, new Strided[] {a});
      Samples.check(
          out,
          1e-12,
          "rows",
          i -> {
            double max = Double.NEGATIVE_INFINITY;
            double dot = 0;
            for (long j = 0; j < n; j++) {
              max = Math.max(max, Samples.get(b, last(i, j)));
              dot += Samples.get(a, last(i, j)) * Samples.get(b, last(i, j));
            }
            return Samples.get(a, i) - max + dot;
          });
      Samples.each(
          shape,
          i -> {
            long at = (long) Samples.get(position, last(i, 0));
            assertTrue(Samples.get(a, i) <= Samples.get(a, last(i, at)));
          });
    }
  }

  @Test
  @DisplayName("T17 rows in place, of integers that wrap")
  void inPlace() {
    Samples samples = new Samples(2);
    Strided a = samples.values(DType.UINT8, 3, 40);
    Strided before = samples.blank(DType.UINT8, 3, 40);
    backend.copy(before, a);
    backend.rows(SUMS, new Strided[] {a}, null, new Strided[] {a});
    Samples.check(
        a,
        0,
        "sums",
        i -> {
          double sum = 0;
          for (long j = i[1]; j < 40; j++) {
            sum += Samples.get(before, i[0], j);
          }
          return Samples.as(DType.UINT8, sum);
        });
  }

  @Test
  @DisplayName("T17 a 0-D tensor is a row of one; an empty batch is no row")
  void zeroDimensions() {
    Samples samples = new Samples(3);
    Strided a = samples.values(DType.INT64);
    Strided out = samples.blank(DType.INT64);
    backend.rows(SUMS, new Strided[] {out}, null, new Strided[] {a});
    Samples.check(out, 0, "scalar", i -> Samples.get(a));
    Strided none = samples.values(DType.INT64, 0, 5);
    Strided same = samples.blank(DType.INT64, 0, 5);
    backend.rows(SUMS, new Strided[] {same}, null, new Strided[] {none});
    Samples.check(same, 0, "nothing", i -> 0);
  }

  @Test
  @DisplayName("T17 a row kernel that integers have not is a typed error")
  void missingLoop() {
    RowKernel kernel = RowKernel.of("softmax", "exp(a) / rowsum(exp(a))");
    Strided a = new Samples(4).values(DType.INT64, 2, 2);
    DTypeException e =
        assertThrows(
            DTypeException.class,
            () -> backend.rows(kernel, new Strided[] {a}, null, new Strided[] {a}));
    assertEquals(
        "\"softmax\" not implemented for 'int64': it takes floating point; convert with"
            + " .to(DType.FLOAT32)",
        e.getMessage());
  }
}
