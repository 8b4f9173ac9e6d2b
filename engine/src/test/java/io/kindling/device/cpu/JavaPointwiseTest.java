package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import io.kindling.device.formula.Formula;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JavaPointwiseTest {
  private static final PointwiseKernel ADD = PointwiseKernel.of("add", "a + b");

  /** out0 = (a - b) s0, out1 = a > b. */
  private static final PointwiseKernel TWO =
      PointwiseKernel.floating("two", Formula.of("a b", "x y", "s", "x = (a - b) * s; y = a > b"));

  private final JavaBackend backend = new JavaBackend();

  private static Strided[] of(Strided... s) {
    return s;
  }

  private void add(DType compute, Strided out, Strided a, Strided b) {
    backend.pointwise(ADD, compute, of(out), of(a, b));
  }

  @Test
  @DisplayName("T15 broadcast, strided and zero-size operands of every data type mix")
  void mixedOperands() {
    mixedOperands(1, 600);
  }

  private void mixedOperands(int seed, int rounds) {
    Samples samples = new Samples(seed);
    for (int round = 0; round < rounds; round++) {
      long[] shape = round % 10 == 0 ? samples.shape(2, 100) : samples.shape(4, 7);
      DType compute =
          List.of(DType.FLOAT32, DType.FLOAT64, DType.INT64).get(samples.random.nextInt(3));
      Strided a = samples.broadcastable(samples.dtype(), shape);
      Strided b = samples.broadcastable(samples.dtype(), shape);
      Strided out = samples.blank(samples.dtype(), shape);
      add(compute, out, a, b);
      Samples.check(
          out,
          1e-6,
          "round " + round,
          i -> {
            double x = Samples.as(compute, Samples.get(a, i));
            double y = Samples.as(compute, Samples.get(b, i));
            return Samples.as(out.dtype(), Samples.as(compute, x + y));
          });
    }
  }

  @Test
  @DisplayName("T15 long runs, long rows of short runs and crossed strides cross tile borders")
  void tileBorders() {
    Samples samples = new Samples(2);
    long[][] shapes = {{5000}, {3, 1500}, {700, 3}, {40, 90}, {33, 65, 2}, {1025}, {2, 1024}};
    for (long[] shape : shapes) {
      for (int round = 0; round < 12; round++) {
        Strided a = samples.broadcastable(DType.FLOAT32, shape);
        Strided b = samples.broadcastable(DType.FLOAT32, shape);
        Strided out = samples.blank(DType.FLOAT32, shape);
        add(DType.FLOAT32, out, a, b);
        Samples.check(out, 0, "add", i -> (float) Samples.get(a, i) + (float) Samples.get(b, i));
      }
    }
  }

  @Test
  @DisplayName("T15 several outputs of several types, with scalars")
  void severalOutputs() {
    Samples samples = new Samples(3);
    Strided a = samples.values(DType.FLOAT64, 5, 300);
    Strided b = samples.values(DType.FLOAT64, 300);
    Strided difference = samples.blank(DType.FLOAT64, 5, 300);
    Strided greater = samples.blank(DType.BOOL, 5, 300);
    backend.pointwise(TWO, DType.FLOAT64, of(difference, greater), of(a, b), 0.5);
    Samples.check(difference, 0, "difference", i -> (Samples.get(a, i) - Samples.get(b, i)) * 0.5);
    Samples.check(greater, 0, "greater", i -> Samples.get(a, i) > Samples.get(b, i) ? 1 : 0);
  }

  @Test
  @DisplayName("T16 an output may be an input")
  void inPlace() {
    Samples samples = new Samples(4);
    for (int round = 0; round < 50; round++) {
      long[] shape = {samples.between(1, 60), samples.between(1, 60)};
      DType dtype = samples.dtype();
      Strided a = samples.values(dtype, shape);
      Strided before = samples.blank(dtype, Layout.contiguous(shape));
      backend.copy(before, a);
      Strided b = samples.broadcastable(dtype, shape);
      add(DType.INT64, a, a, b);
      Samples.check(
          a,
          0,
          "add_",
          i ->
              Samples.as(dtype, (long) Samples.get(before, i) + (double) (long) Samples.get(b, i)));
      add(DType.INT64, before, before, before);
    }
  }

  @Test
  @DisplayName("T13 copies between any two layouts")
  void copies() {
    Samples samples = new Samples(5);
    for (int round = 0; round < 400; round++) {
      long[] shape = round % 10 == 0 ? samples.shape(2, 100) : samples.shape(4, 9);
      Strided in = samples.values(samples.dtype(), shape);
      Strided out =
          samples.blank(round % 2 == 0 ? in.dtype() : samples.dtype(), samples.layout(shape));
      backend.copy(out, in);
      Samples.check(out, 0, "copy of " + in, i -> Samples.as(out.dtype(), Samples.get(in, i)));
    }
  }

  @Test
  @DisplayName("T06 conversions truncate, wrap, and take every non-zero as true")
  void conversions() {
    Samples samples = new Samples(6);
    double[] from = {0, -0.0, 1.9, -1.9, 0.3, 255, 256, 300.5, -1, Double.NaN, 1e10};
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT64)) {
      Strided in =
          Samples.fill(samples.blank(type, Layout.contiguous(from.length)), i -> from[(int) i[0]]);
      assertConverts(in, DType.INT64, 0, 0, 1, -1, 0, 255, 256, 300, -1, 0, 10_000_000_000L);
      assertConverts(in, DType.UINT8, 0, 0, 1, 255, 0, 255, 0, 44, 255, 0, 0);
      assertConverts(in, DType.BOOL, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    }
  }

  private void assertConverts(Strided in, DType to, double... expected) {
    Strided out = new Samples(0).blank(to, Layout.contiguous(expected.length));
    backend.copy(out, in);
    Samples.check(out, 0, in.dtype() + " to " + to, i -> expected[(int) i[0]]);
  }

  @Test
  @DisplayName("T06 int64 passes through copies and integer arithmetic exactly")
  void largeIntegers() {
    Samples samples = new Samples(7);
    long large = (1L << 62) + 1;
    Strided a = samples.blank(DType.INT64, Layout.contiguous(1));
    Raw.putLong(a.hostAddress(), large);
    Strided copy = samples.blank(DType.INT64, Layout.of(new long[] {1}, new long[] {1}, 2));
    backend.copy(copy, a);
    assertEquals(large, Raw.getLong(copy.hostAddress()));
    add(DType.INT64, copy, a, a);
    assertEquals(2 * large, Raw.getLong(copy.hostAddress()));
  }

  @Test
  @DisplayName("T15 a kernel without a loop for the compute type is a typed error")
  void missingLoop() {
    Samples samples = new Samples(8);
    Strided a = samples.values(DType.INT64, 3);
    DTypeException e =
        assertThrows(
            DTypeException.class, () -> backend.pointwise(TWO, DType.INT64, of(a, a), of(a, a), 1));
    assertEquals(
        "\"two\" not implemented for 'int64': it takes floating point; convert with"
            + " .to(DType.FLOAT32)",
        e.getMessage());
  }

  @Test
  @DisplayName("T15 an operand that does not broadcast is refused before memory is touched")
  void wrongShape() {
    Samples samples = new Samples(9);
    Strided out = samples.blank(DType.FLOAT32, Layout.contiguous(2, 3));
    Strided a = samples.values(DType.FLOAT32, 2, 3);
    Strided b = samples.blank(DType.FLOAT32, Layout.contiguous(4));
    ShapeException e = assertThrows(ShapeException.class, () -> add(DType.FLOAT32, out, a, b));
    assertEquals(
        "an operand of shape [4], strides [1] does not broadcast to the output of shape [2, 3],"
            + " strides [3, 1]",
        e.getMessage());
  }

  @Test
  @DisplayName("One backend serves several threads")
  void threads() throws Exception {
    var pool = Executors.newFixedThreadPool(3);
    try {
      List<Callable<Void>> work =
          IntStream.range(20, 23)
              .<Callable<Void>>mapToObj(
                  seed ->
                      () -> {
                        mixedOperands(seed, 200);
                        return null;
                      })
              .toList();
      for (Future<Void> done : pool.invokeAll(work)) {
        done.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
