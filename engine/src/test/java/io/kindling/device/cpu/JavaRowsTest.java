package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaRowsTest {
  /** out0 = a - b, out1 = the largest of a, index = its position. */
  private static final RowKernel KERNEL =
      new RowKernel(
          "shifted",
          null,
          (in, out, index, n) -> {
            index[0] = 0;
            for (int i = 0; i < n; i++) {
              out[0][i] = in[0][i] - in[1][i];
              index[0] = in[0][i] > in[0][(int) index[0]] ? i : index[0];
            }
            out[1][0] = in[0][(int) index[0]];
          },
          null);

  private static final RowKernel ORDER =
      new RowKernel(
          "order",
          null,
          null,
          (in, out, index, n) -> {
            for (int i = 0; i < n; i++) {
              out[0][i] = in[0][n - 1 - i];
              index[i] = n - 1 - i;
            }
          });

  private final JavaBackend backend = new JavaBackend();

  private static long[] last(long[] shape, long size) {
    long[] out = shape.clone();
    out[out.length - 1] = size;
    return out;
  }

  @Test
  @DisplayName("T17 rows of any strides, with outputs as long as a row or of one, and positions")
  void rows() {
    Samples samples = new Samples(1);
    for (int round = 0; round < 200; round++) {
      long[] shape = new long[samples.between(1, 4)];
      for (int d = 0; d < shape.length; d++) {
        shape[d] = samples.between(d == shape.length - 1 ? 1 : 0, 6);
      }
      Strided a = samples.values(DType.FLOAT64, shape);
      Strided b = samples.values(DType.FLOAT32, shape);
      Strided difference = samples.blank(DType.FLOAT64, shape);
      Strided largest = samples.blank(DType.FLOAT64, last(shape, 1));
      Strided position = samples.blank(DType.INT64, last(shape, 1));
      backend.rows(KERNEL, new Strided[] {difference, largest}, position, new Strided[] {a, b});
      Samples.check(difference, 0, "rows", i -> Samples.get(a, i) - Samples.get(b, i));
      Samples.check(
          largest, 0, "largest", i -> Samples.get(a, last(i, (long) Samples.get(position, i))));
      Samples.each(shape, i -> assertEquals(true, Samples.get(a, i) <= Samples.get(largest, i)));
    }
  }

  @Test
  @DisplayName("T18 rows in place, with a whole row of positions")
  void inPlace() {
    Samples samples = new Samples(2);
    Strided a = samples.values(DType.UINT8, 3, 40);
    Strided before = samples.blank(DType.UINT8, 3, 40);
    backend.copy(before, a);
    Strided index = samples.blank(DType.INT64, 3, 40);
    backend.rows(ORDER, new Strided[] {a}, index, new Strided[] {a});
    Samples.check(a, 0, "reversed", i -> Samples.get(before, i[0], 39 - i[1]));
    Samples.check(index, 0, "positions", i -> 39 - i[1]);
  }

  @Test
  @DisplayName("T17 a 0-D tensor is a row of one; an empty batch is no row")
  void zeroDimensions() {
    Samples samples = new Samples(3);
    Strided a = samples.values(DType.INT64);
    Strided out = samples.blank(DType.INT64);
    backend.rows(ORDER, new Strided[] {out}, null, new Strided[] {a});
    Samples.check(out, 0, "scalar", i -> Samples.get(a));
    Strided none = samples.values(DType.INT64, 0, 5);
    Strided same = samples.blank(DType.INT64, 0, 5);
    backend.rows(ORDER, new Strided[] {same}, null, new Strided[] {none});
    Samples.check(same, 0, "nothing", i -> 0);
  }

  @Test
  @DisplayName("T17 a row kernel without a loop for the type is a typed error")
  void missingLoop() {
    Strided a = new Samples(4).values(DType.FLOAT64, 2, 2);
    DTypeException e =
        assertThrows(
            DTypeException.class,
            () -> backend.rows(ORDER, new Strided[] {a}, null, new Strided[] {a}));
    assertEquals(
        "\"order\" not implemented for 'float64': it takes integers; convert with"
            + " .to(DType.INT64)",
        e.getMessage());
  }
}
