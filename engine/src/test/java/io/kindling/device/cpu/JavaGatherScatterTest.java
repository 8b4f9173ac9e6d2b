package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.device.Strided;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaGatherScatterTest {
  private final JavaBackend backend = new JavaBackend();

  private static long[] with(long[] shape, int dim, long size) {
    long[] out = shape.clone();
    out[dim] = size;
    return out;
  }

  /** A dense index, or one that is repeated over the dimensions after {@code dim}. */
  private static Strided index(Samples samples, long[] shape, int dim, long limit) {
    long[] own = shape.clone();
    if (samples.random.nextBoolean()) {
      Arrays.fill(own, dim + 1, own.length, 1);
    }
    Strided index = samples.blank(DType.INT64, own);
    Samples.fill(index, i -> samples.random.nextInt((int) limit));
    return index.with(index.layout().expand(shape));
  }

  @Test
  @DisplayName("T12 gather and scatter along every dimension, in every type and layout")
  void againstLoops() {
    Samples samples = new Samples(1);
    for (int round = 0; round < 500; round++) {
      long[] shape = new long[samples.between(1, 4)];
      for (int d = 0; d < shape.length; d++) {
        shape[d] =
            samples.random.nextInt(15) == 0 ? 0 : samples.between(1, round % 9 == 0 ? 30 : 5);
      }
      int dim = samples.random.nextInt(shape.length);
      int limit = samples.between(1, 6);
      DType type = samples.dtype();
      Strided index = index(samples, shape, dim, limit);
      Strided table = samples.values(type, with(shape, dim, limit));
      Strided out = samples.blank(type, shape);
      backend.gather(out, table, index, dim);
      Samples.check(
          out, 0, "gather", i -> Samples.get(table, with(i, dim, (long) Samples.get(index, i))));
      scatter(samples, table, samples.values(type, shape), index, dim, round % 2 == 0);
    }
  }

  private void scatter(
      Samples samples, Strided table, Strided src, Strided index, int dim, boolean add) {
    Strided expected = samples.blank(DType.FLOAT64, Layout.contiguous(table.layout().shape()));
    backend.copy(expected, table);
    Samples.each(
        src.layout().shape(),
        i -> {
          long[] to = with(i, dim, (long) Samples.get(index, i));
          double sum = (add ? Samples.get(expected, to) : 0) + Samples.get(src, i);
          Samples.set(expected, Samples.as(table.dtype(), sum), to);
        });
    backend.scatter(table, src, index, dim, add);
    Samples.check(table, 0, "scatter " + add, i -> Samples.get(expected, i));
  }

  @Test
  @DisplayName("T12 whole rows are taken and added through a repeated index")
  void rows() {
    Samples samples = new Samples(2);
    Strided table = samples.blank(DType.FLOAT32, Layout.contiguous(5, 1500));
    samples.fill(table);
    Strided index = samples.blank(DType.INT64, Layout.contiguous(4, 1));
    Samples.fill(index, i -> new long[] {3, 0, 3, 4}[(int) i[0]]);
    Strided rows = index.with(index.layout().expand(4, 1500));
    Strided out = samples.blank(DType.FLOAT32, Layout.contiguous(4, 1500));
    backend.gather(out, table, rows, 0);
    Samples.check(
        out, 0, "rows", i -> Samples.get(table, (long) Samples.get(index, i[0], 0), i[1]));
    scatter(samples, table, out, rows, 0, true);
  }

  @Test
  @DisplayName("T12 0-D operands are one element")
  void scalars() {
    Samples samples = new Samples(3);
    Strided src = samples.values(DType.FLOAT32);
    Strided index = Samples.fill(samples.blank(DType.INT64), i -> 0);
    Strided out = samples.blank(DType.FLOAT32);
    backend.gather(out, src, index, 0);
    Samples.check(out, 0, "gather", i -> Samples.get(src));
  }

  @Test
  @DisplayName("T12 an index outside the dimension is PyTorch's error")
  void outOfBounds() {
    Samples samples = new Samples(4);
    Strided src = samples.values(DType.FLOAT32, 5, 3);
    for (long bad : new long[] {7, -1}) {
      for (boolean repeated : new boolean[] {true, false}) {
        Strided index = samples.blank(DType.INT64, Layout.contiguous(2, repeated ? 1 : 3));
        Samples.fill(index, i -> i[0] * bad);
        Strided all = index.with(index.layout().expand(2, 3));
        Strided out = samples.blank(DType.FLOAT32, Layout.contiguous(2, 3));
        String expected = "index " + bad + " is out of bounds for dimension 0 with size 5";
        assertEquals(
            expected,
            assertThrows(IndexException.class, () -> backend.gather(out, src, all, 0))
                .getMessage());
        assertEquals(
            expected,
            assertThrows(IndexException.class, () -> backend.scatter(src, out, all, 0, true))
                .getMessage());
      }
    }
  }

  @Test
  @DisplayName("T12 wrong types and shapes are typed errors")
  void wrongOperands() {
    Samples samples = new Samples(5);
    Strided src = samples.values(DType.FLOAT32, 5, 3);
    Strided out = samples.blank(DType.FLOAT64, 2, 3);
    Strided index = Samples.fill(samples.blank(DType.INT64, 2, 3), i -> 0);
    assertEquals(
        "gather(): Expected self.dtype to be equal to src.dtype, got torch.float64 and"
            + " torch.float32",
        assertThrows(DTypeException.class, () -> backend.gather(out, src, index, 0)).getMessage());
    assertEquals(
        "gather(): Expected dtype int64 for index, got torch.float32; convert it first",
        assertThrows(DTypeException.class, () -> backend.gather(src, src, src, 0)).getMessage());
    Strided small = samples.values(DType.FLOAT32, 2, 2);
    assertEquals(
        "scatter(): the index (shape [2, 3]) must not be larger than the operands (shapes [2, 2]"
            + " and [5, 3]) apart from dimension 0",
        assertThrows(ShapeException.class, () -> backend.scatter(src, small, index, 0, false))
            .getMessage());
  }
}
