package io.kindling.tensor;

import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.FLOAT32;
import static io.kindling.core.DType.FLOAT64;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.core.ShapeException;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CreationTest {

  private static void assertTensor(DType dtype, long[] shape, double[] values, Tensor x) {
    assertEquals(dtype, x.dtype());
    assertArrayEquals(shape, x.shape());
    assertArrayEquals(values, x.toDoubleArray());
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  @Test
  @DisplayName("T01 integers give int64, floats and doubles float32, booleans bool, bytes uint8")
  void naturalTypes() {
    assertTensor(
        INT64,
        shape(2, 2),
        new double[] {1, 2, 3, 4},
        Tensors.tensor(new int[][] {{1, 2}, {3, 4}}));
    assertTensor(
        INT64, shape(1, 1, 2), new double[] {5, 6}, Tensors.tensor(new long[][][] {{{5, 6}}}));
    assertTensor(
        FLOAT32, shape(2, 1), new double[] {0.5, 2}, Tensors.tensor(new double[][] {{0.5}, {2}}));
    assertTensor(
        FLOAT32, shape(1, 2), new double[] {0.5, 2}, Tensors.tensor(new float[][] {{0.5f, 2}}));
    assertTensor(BOOL, shape(2), new double[] {1, 0}, Tensors.tensor(true, false));
    assertTensor(
        UINT8, shape(2), new double[] {1, 255}, Tensors.tensor((Object) new byte[] {1, -1}));
    assertTensor(INT64, shape(3), new double[] {1, 2, 3}, Tensors.tensor(1, 2, 3));
    assertTensor(FLOAT32, shape(2), new double[] {1, 2.5}, Tensors.tensor(1.0, 2.5));
    assertTensor(
        INT64, shape(2), new double[] {1, 2}, Tensors.tensor((Object) new Integer[] {1, 2}));
  }

  @Test
  @DisplayName("T01 a number gives a 0-D tensor")
  void scalars() {
    assertTensor(FLOAT32, shape(), new double[] {2.5}, Tensors.tensor(2.5));
    assertTensor(INT64, shape(), new double[] {3}, Tensors.tensor(3));
    assertTensor(BOOL, shape(), new double[] {1}, Tensors.tensor(true));
    assertEquals(Long.MAX_VALUE, Tensors.tensor(Long.MAX_VALUE).itemLong());
  }

  @Test
  @DisplayName("T01 float64 is exact when asked for, and large integers stay exact")
  void askedType() {
    Tensor x = Tensors.tensor(new double[][] {{0.1, 1e300}}, FLOAT64);
    assertTensor(FLOAT64, shape(1, 2), new double[] {0.1, 1e300}, x);
    long[] big = {(1L << 53) + 1, Long.MIN_VALUE};
    assertArrayEquals(big, Tensors.tensor((Object) big).toLongArray());
    assertTensor(FLOAT32, shape(2), new double[] {1, 2}, Tensors.tensor(new int[] {1, 2}, FLOAT32));
  }

  @Test
  @DisplayName("T01 empty nested arrays keep the sizes that can be known")
  void emptyNested() {
    assertTensor(FLOAT32, shape(0), new double[0], Tensors.tensor(new float[0]));
    assertTensor(INT64, shape(2, 0), new double[0], Tensors.tensor(new int[][] {{}, {}}));
  }

  @Test
  @DisplayName("T01 ragged input is an error that names the index")
  void ragged() {
    assertError(
        ShapeException.class,
        "expected sequence of length 2 at index [1] (got 3)",
        () -> Tensors.tensor(new int[][] {{1, 2}, {3, 4, 5}}));
    assertError(
        ShapeException.class,
        "expected sequence of length 2 at index [1][0] (got 1)",
        () -> Tensors.tensor(new float[][][] {{{1, 2}}, {{3}}}));
    assertError(
        ShapeException.class,
        "expected sequence of length 1 at index [1] (got a single value)",
        () -> Tensors.tensor(new Object[] {new int[] {1}, 2}));
    assertError(
        DTypeException.class,
        "cannot make a tensor of String",
        () -> Tensors.tensor((Object) "abc"));
  }

  @Test
  @DisplayName("T02 a flat array takes a shape and must fill it")
  void flat() {
    Tensor x = Tensors.fromArray(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertEquals(6, x.get(1, 2).item());
    assertError(
        ShapeException.class,
        "shape '[2, 2]' is invalid for input of size 3",
        () -> Tensors.fromArray(new long[3], 2, 2));
  }

  @Test
  @DisplayName("T04 zeros ones full eye with a type")
  void filled() {
    for (DType d : DType.values()) {
      assertTensor(d, shape(2, 1), new double[] {0, 0}, Tensors.zeros(d, 2, 1));
      assertTensor(d, shape(2), new double[] {1, 1}, Tensors.ones(d, 2));
      assertTensor(d, shape(2), new double[] {1, 1}, Tensors.full(1, d, 2));
      assertTensor(d, shape(), new double[] {1}, Tensors.full(1, d));
    }
    assertTensor(FLOAT32, shape(2, 2), new double[] {1, 0, 0, 1}, Tensors.eye(2));
    assertTensor(INT64, shape(2, 3), new double[] {1, 0, 0, 0, 1, 0}, Tensors.eye(2, 3, INT64));
    assertEquals(FLOAT32, Tensors.empty(3).dtype());
    assertError(
        ShapeException.class,
        "Trying to create tensor with negative dimension -1: [2, -1]",
        () -> Tensors.zeros(2, -1));
  }

  @Test
  @DisplayName("T04 arange is libtorch's")
  void arange() {
    long[][] ranges = {{0, 5, 1}, {2, 11, 3}, {5, 0, -2}, {3, 3, 1}, {-4, 4, 2}, {10, 1, -3}};
    for (long[] r : ranges) {
      assertArrayEquals(
          Torch.longs(torch.arange(Torch.num(r[0]), Torch.num(r[1]), Torch.num(r[2]))),
          Tensors.arange(r[0], r[1], r[2]).toLongArray(),
          Arrays.toString(r));
    }
    double[][] fractions = {{0, 1, 0.1}, {1, 0, -0.25}, {0, 0.3, 0.1}, {0, 2.5, 1}};
    for (double[] r : fractions) {
      Torch.assertClose(
          Arrays.toString(r),
          torch.arange(Torch.num(r[0]), Torch.num(r[1]), Torch.num(r[2])),
          Tensors.arange(r[0], r[1], r[2]),
          1e-6,
          1e-7);
    }
    assertEquals(INT64, Tensors.arange(4).dtype());
    assertError(KindlingException.class, "step must be nonzero", () -> Tensors.arange(0, 3, 0));
    assertError(
        KindlingException.class,
        "upper bound and lower bound inconsistent with step sign",
        () -> Tensors.arange(3, 0, 1));
  }

  @Test
  @DisplayName("T04 linspace is libtorch's and includes both ends")
  void linspace() {
    for (int steps : new int[] {0, 1, 2, 5, 10, 101}) {
      Torch.assertClose(
          "steps " + steps,
          torch.linspace(Torch.num(-1.0), Torch.num(2.0), steps),
          Tensors.linspace(-1, 2, steps),
          1e-6,
          1e-7);
    }
    assertEquals(0.3, Tensors.linspace(0.1, 0.3, 7, FLOAT64).get(-1).item());
    assertError(
        KindlingException.class,
        "number of steps must be non-negative",
        () -> Tensors.linspace(0, 1, -1));
  }

  @Test
  @DisplayName("T05 the like forms take shape and layout, and another type when asked")
  void like() {
    Tensor x = Tensors.rand(2, 3).t();
    assertArrayEquals(x.stride(), Tensors.zerosLike(x).stride());
    assertTensor(INT64, shape(3, 2), new double[6], Tensors.zerosLike(x, INT64));
    assertTensor(
        FLOAT64, shape(3, 2), new double[] {1, 1, 1, 1, 1, 1}, Tensors.onesLike(x, FLOAT64));
    assertTensor(
        UINT8, shape(3, 2), new double[] {7, 7, 7, 7, 7, 7}, Tensors.fullLike(x, 7, UINT8));
    assertEquals(FLOAT64, Tensors.randLike(x, FLOAT64).dtype());
    assertEquals(FLOAT32, Tensors.randnLike(x).dtype());
    assertFalse(Tensors.zerosLike(x.detach().requiresGrad_()).requiresGrad());
    assertArrayEquals(
        new long[] {2, 1}, Tensors.zerosLike(Tensors.ones(1, 2).expand(3, 2)).stride());
  }

  @Test
  @DisplayName("T05 the new forms take the type alone")
  void newOnes() {
    Tensor x = Tensors.ones(FLOAT64, 2, 2).requiresGrad_();
    assertTensor(FLOAT64, shape(3), new double[3], x.newZeros(3));
    assertTensor(FLOAT64, shape(1, 2), new double[] {1, 1}, x.newOnes(1, 2));
    assertTensor(FLOAT64, shape(2), new double[] {0.5, 0.5}, x.newFull(0.5, 2));
    assertTensor(INT64, shape(2), new double[] {1, 1}, Tensors.arange(4).newOnes(2));
    assertFalse(x.newOnes(2).requiresGrad());
  }

  @Test
  @DisplayName("T07 sizes, strides and counts, down to 0-D and zero-size")
  void geometry() {
    Tensor x = Tensors.zeros(2, 3, 4);
    assertArrayEquals(shape(2, 3, 4), x.shape());
    assertArrayEquals(shape(12, 4, 1), x.stride());
    assertEquals(4, x.size(-1));
    assertEquals(3, x.dim());
    assertEquals(24, x.numel());
    assertTrue(x.isContiguous());
    assertFalse(x.transpose(0, 1).isContiguous());
    Tensor empty = Tensors.zeros(2, 0, 3);
    assertEquals(0, empty.numel());
    assertArrayEquals(theirStrides(2, 0, 3), empty.stride());
    assertTrue(empty.isContiguous());
    Tensor scalar = Tensors.tensor(1.0);
    assertEquals(0, scalar.dim());
    assertEquals(1, scalar.numel());
    assertArrayEquals(shape(), scalar.stride());
    assertError(
        io.kindling.core.IndexException.class,
        "Dimension out of range (expected to be in range of [-3, 2], but got 3)",
        () -> x.size(3));
  }

  private static long[] theirStrides(long... sizes) {
    var t = torch.empty(sizes);
    long[] out = new long[sizes.length];
    for (int d = 0; d < out.length; d++) {
      out[d] = t.stride(d);
    }
    return out;
  }

  @Test
  @DisplayName("T04 rand and randn have the moments of their distributions")
  void distributions() {
    try (Generator.Guard g = Generator.use(RandomStream.of(11))) {
      Tensor u = Tensors.rand(20000);
      assertTrue(u.min().item() >= 0 && u.max().item() < 1);
      assertEquals(0.5, u.mean().item(), 0.01);
      assertEquals(1 / 12.0, u.var().item(), 0.005);
      Tensor n = Tensors.randn(20000);
      assertEquals(0, n.mean().item(), 0.03);
      assertEquals(1, n.std().item(), 0.03);
      assertEquals(3, n.pow(4).mean().item(), 0.3);
      Tensor shifted = Tensors.normal(5, 0.5, 20000);
      assertEquals(5, shifted.mean().item(), 0.02);
      assertEquals(0.5, shifted.std().item(), 0.02);
      Tensor in = Tensors.empty(20000).uniform_(-2, 6);
      assertEquals(2, in.mean().item(), 0.1);
      assertEquals(0.3, Tensors.empty(20000).bernoulli_(0.3).mean().item(), 0.02);
      assertEquals(0, Tensors.empty(100).bernoulli_(0).sum().item());
      assertEquals(100, Tensors.empty(100).bernoulli_(1).sum().item());
    }
  }

  @Test
  @DisplayName("T04 randint over more than half of int64 stays in its range, both halves alike")
  void widestRandint() {
    long high = Long.MAX_VALUE / 4 * 3;
    long[] x = Tensors.randint(-high, high, 10_000).toLongArray();
    long negative = 0;
    for (long v : x) {
      assertTrue(v >= -high && v < high, () -> "" + v);
      negative += v < 0 ? 1 : 0;
    }
    assertEquals(5000, negative, 300);
  }

  @Test
  @DisplayName("T04 randint covers its range and randperm is a permutation")
  void integers() {
    try (Generator.Guard g = Generator.use(RandomStream.of(12))) {
      Tensor i = Tensors.randint(-2, 3, 1000);
      assertEquals(INT64, i.dtype());
      assertEquals(-2, i.min().itemLong());
      assertEquals(2, i.max().itemLong());
      assertEquals(1.0 / 5, i.eq(0).toFloat().mean().item(), 0.05);
      long[] order = Tensors.randperm(100).toLongArray();
      assertFalse(Arrays.equals(order, Tensors.arange(100).toLongArray()));
      Arrays.sort(order);
      assertArrayEquals(Tensors.arange(100).toLongArray(), order);
    }
    assertError(
        KindlingException.class,
        "random_ expects 'from' to be less than 'to', but got from=3 >= to=3",
        () -> Tensors.randint(3, 3, 2));
  }

  @Test
  @DisplayName("T08 the same seed gives the same numbers, as does the same stream")
  void seeded() {
    Tensors.manualSeed(4);
    Tensor a = Tensors.randn(5);
    Tensor b = Tensors.randn(5);
    Tensors.manualSeed(4);
    assertTrue(a.equal(Tensors.randn(5)));
    assertFalse(a.equal(b));
    Tensor c;
    try (Generator.Guard g = Generator.use(RandomStream.of(9))) {
      c = Tensors.rand(4);
    }
    try (Generator.Guard g = Generator.use(RandomStream.of(9))) {
      assertTrue(c.equal(Tensors.rand(4)));
    }
  }

  @Test
  @DisplayName("T16 the parameters of distributions are checked")
  void distributionErrors() {
    Tensor x = Tensors.empty(2);
    assertError(
        KindlingException.class,
        "uniform_ expects to return a [from, to) range, but found from=1.0 > to=0.0",
        () -> x.uniform_(1, 0));
    assertError(
        KindlingException.class,
        "normal expects std >= 0.0, but found std -1.0",
        () -> x.normal_(0, -1));
    assertError(
        KindlingException.class,
        "bernoulli_ expects p to be in [0, 1], but got p=1.5",
        () -> x.bernoulli_(1.5));
  }

  @Test
  @DisplayName("T20 item and tolist give Java values")
  void values() {
    assertEquals(2.5, Tensors.tensor(new float[][] {{2.5f}}).item());
    assertEquals(Long.MAX_VALUE, Tensors.tensor(new long[] {Long.MAX_VALUE}).itemLong());
    assertEquals(
        List.of(List.of(1L, 2L), List.of(3L, 4L)),
        Tensors.tensor(new int[][] {{1, 2}, {3, 4}}).tolist());
    assertEquals(List.of(true, false), Tensors.tensor(true, false).tolist());
    assertEquals(0.5, Tensors.tensor(0.5).tolist());
    assertEquals(
        List.of(List.of(1.0), List.of(2.0)), Tensors.tensor(new float[][] {{1, 2}}).t().tolist());
    assertEquals(List.of(), Tensors.zeros(0, 2).tolist());
    assertError(
        ShapeException.class,
        "a Tensor with 2 elements cannot be converted to Scalar",
        () -> Tensors.tensor(1.0, 2.0).item());
    assertError(
        ShapeException.class,
        "a Tensor with 0 elements cannot be converted to Scalar",
        () -> Tensors.zeros(0).itemLong());
  }

  @Test
  @DisplayName("T20 arrays go in and out in row-major order whatever the strides")
  void arrays() {
    Tensor x = Tensors.zeros(2, 3).t();
    x.copyFrom(new float[] {9, 1, 2, 3, 4, 5, 6}, 1);
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, x.toFloatArray());
    float[] out = new float[8];
    x.copyTo(out, 2);
    assertArrayEquals(new float[] {0, 0, 1, 2, 3, 4, 5, 6}, out);
    assertError(
        ShapeException.class,
        "an array of 7 has no room for the 6 elements of shape [3, 2] from position 2",
        () -> x.copyTo(new float[7], 2));
  }

  @Test
  @DisplayName("T04 what cannot be drawn or counted is an error")
  void misuse() {
    assertError(
        DTypeException.class,
        "\"normal_\" not implemented for 'Long'",
        () -> Tensors.randn(INT64, 3));
    assertError(
        DTypeException.class,
        "\"uniform_\" not implemented for 'Long'",
        () -> Tensors.rand(INT64, 3));
    assertError(
        ShapeException.class,
        "has more elements than can be counted",
        () -> Tensors.zeros(1L << 40, 1L << 40));
    assertError(
        ShapeException.class, "are more than an array can hold", () -> Tensors.arange(0, 1e10, 1));
    assertError(
        ShapeException.class,
        "are more than an array can hold",
        () -> Tensors.arange(Long.MIN_VALUE, Long.MAX_VALUE));
    assertError(
        ShapeException.class,
        "3000000000 elements of shape [3000000000] are more than an array can hold",
        () -> Tensors.ones(1).expand(3_000_000_000L).toFloatArray());
    assertEquals(4, Tensors.arange(Long.MIN_VALUE, Long.MAX_VALUE, 1L << 62).numel());
    assertEquals(3, Tensors.arange(5, 0, -2).numel());
    assertEquals(0, Tensors.arange(5, 5, -2).numel());
    assertError(
        IndexException.class,
        "Dimension specified as 0 but tensor has no dimensions",
        () -> Tensors.tensor(5.0).size(0));
    long high = Long.MAX_VALUE;
    long drawn = Tensors.randint(high - 10, high, 1).itemLong();
    assertTrue(drawn >= high - 10 && drawn < high);
  }
}
