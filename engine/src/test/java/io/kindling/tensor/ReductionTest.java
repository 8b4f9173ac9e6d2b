package io.kindling.tensor;

import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.FLOAT32;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReductionTest {

  @Test
  @DisplayName("T17 keepdim leaves sizes of one, dims may be negative and many")
  void shapes() {
    Tensor x = Tensors.ones(2, 3, 4);
    assertArrayEquals(new long[] {}, x.sum().shape());
    assertArrayEquals(new long[] {2, 4}, x.sum(1).shape());
    assertArrayEquals(new long[] {3}, x.sum(0, -1).shape());
    assertArrayEquals(new long[] {1, 3, 1}, x.sum(true, 0, 2).shape());
    assertArrayEquals(new long[] {1, 1, 1}, x.mean(true).shape());
    assertArrayEquals(new long[] {2, 1, 4}, x.max(1, true).values().shape());
    assertArrayEquals(new long[] {2, 3, 1}, x.argmax(2, true).shape());
    assertError(
        ShapeException.class,
        "dim 1 appears multiple times in the list of dims",
        () -> x.sum(1, -2));
    assertError(
        IndexException.class,
        "Dimension out of range (expected to be in range of [-3, 2], but got 3)",
        () -> x.sum(3));
  }

  @Test
  @DisplayName("T17 a norm that has no identity is refused of nothing, whatever the others are")
  void normOfNothing() {
    Tensor e = Tensors.zeros(0, 3);
    String empty =
        "linalg.vector_norm cannot compute the %s norm on an empty tensor because the operation"
            + " does not have an identity";
    assertError(ShapeException.class, empty.formatted("-1"), () -> e.norm(-1, false));
    assertError(ShapeException.class, empty.formatted("-2.5"), () -> e.norm(-2.5, false));
    assertError(
        ShapeException.class,
        empty.formatted("inf"),
        () -> e.norm(Double.POSITIVE_INFINITY, false));
    assertError(
        ShapeException.class,
        "linalg.vector_norm cannot compute the -inf norm on the dimension 0 because this dimension"
            + " is empty and the operation does not have an identity",
        () -> e.norm(Double.NEGATIVE_INFINITY, false, 0));
    assertArrayEquals(new long[] {0}, e.norm(-1, false, 1).shape());
    assertEquals(0, e.norm(0.5, false).item());
  }

  @Test
  @DisplayName("T17 the slope of a variance without freedom is infinite, and no number at the mean")
  void varianceWithoutFreedom() {
    for (int correction : new int[] {3, 5}) {
      Tensor x = Tensors.tensor(0f, 1f, 3f).requiresGrad_();
      Tensor y = Tensors.tensor(0f, 1f, 2f).requiresGrad_();
      y.var(correction, false).backward();
      assertEquals("[Infinity, NaN, Infinity]", y.grad().tolist().toString());
      x.var(correction, false).backward();
      assertEquals("[Infinity, Infinity, Infinity]", x.grad().tolist().toString());
    }
  }

  @Test
  @DisplayName("T17 reductions of nothing: 0, 1, NaN, or an error where no value exists")
  void empty() {
    Tensor e = Tensors.zeros(0);
    assertEquals(0, e.sum().item());
    assertEquals(1, e.prod().item());
    assertTrue(Double.isNaN(e.mean().item()));
    assertTrue(Double.isNaN(e.var().item()));
    assertEquals(Double.NEGATIVE_INFINITY, e.logsumexp(false, 0).item());
    assertEquals(0, e.any().itemLong());
    assertEquals(1, e.all().itemLong());
    assertError(
        IndexException.class,
        "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the"
            + " reduction dim with the 'dim' argument.",
        () -> e.max());
    assertError(
        IndexException.class,
        "argmin(): Expected reduction dim to be specified for input.numel() == 0.",
        () -> e.argmin());
    Tensor hollow = Tensors.zeros(2, 0, 3);
    assertError(
        IndexException.class,
        "max(): Expected reduction dim 1 to have non-zero size.",
        () -> hollow.max(1));
    assertError(
        IndexException.class,
        "amax(): Expected reduction dim 1 to have non-zero size.",
        () -> hollow.amax(false, 1));
    assertArrayEquals(new long[] {0, 3}, hollow.max(0).values().shape());
    assertArrayEquals(new float[6], hollow.sum(1).toFloatArray());
  }

  @Test
  @DisplayName("T17 sums of integers are int64, and means of them an error")
  void integers() {
    Tensor u = Tensors.full(200, UINT8, 3);
    assertEquals(INT64, u.sum().dtype());
    assertEquals(600, u.sum().itemLong());
    assertEquals(8_000_000, u.prod().itemLong());
    assertEquals(2, Tensors.tensor(true, false, true).sum().itemLong());
    assertEquals(INT64, Tensors.tensor(true, false).cumsum(0).dtype());
    assertEquals(UINT8, u.max().dtype());
    assertEquals(Long.MAX_VALUE, Tensors.tensor(Long.MAX_VALUE, 1L).max().itemLong());
    assertEquals(Long.MIN_VALUE, Tensors.tensor(Long.MIN_VALUE, 1L).min().itemLong());
    assertError(
        DTypeException.class,
        "mean(): could not infer output dtype. Input dtype must be either a floating point or"
            + " complex dtype. Got: Long",
        () -> Tensors.arange(3).mean());
    assertError(DTypeException.class, "var(): only supports floating", () -> u.var());
  }

  @Test
  @DisplayName("T17 argmax of the whole, of axis 0 and of axis 1; the first of equals wins")
  void positions() {
    Tensor x = Tensors.tensor(new float[][] {{1, 5, 2}, {5, 0, 3}});
    assertEquals(1, x.argmax().itemLong());
    assertArrayEquals(new long[] {1, 0, 1}, x.argmax(0).toLongArray());
    assertArrayEquals(new long[] {1, 0}, x.argmax(1).toLongArray());
    assertEquals(4, x.argmin().itemLong());
    assertArrayEquals(new long[] {0, 1}, x.argmin(1).toLongArray());
    assertEquals(INT64, x.argmax().dtype());
    assertEquals(0, Tensors.zeros(4).argmax().itemLong());
    assertError(
        DTypeException.class,
        "argmax(): does not support bool input",
        () -> Tensors.ones(BOOL, 2).argmax());
  }

  @Test
  @DisplayName("T17 a deviation of many numbers whose squares are beyond float32 is finite")
  void largeDeviation() {
    Tensor x = Tensors.ones(100_000);
    x.narrow(0, 0, 50_000).fill_(-1);
    assertEquals(1e30, x.mul(1e30).std(0, false).item(), 1e25);
    assertEquals(1, x.std(0, false).item(), 1e-6);
    x.narrow(0, 7, 1).fill_(Float.NaN);
    assertTrue(Double.isNaN(x.var().item()));
  }

  @Test
  @DisplayName("T17 a variance of many numbers is float64's where float32 would show")
  void exactVariance() {
    Tensors.manualSeed(4);
    Tensor small = Tensors.randn(300, 300);
    for (Tensor x :
        new Tensor[] {
          small.mul(1e-23), small.mul(1e-3).add(1e4), Tensors.full(0.1, FLOAT32, 300, 300)
        }) {
      Tensor wide = x.toDouble();
      double[] want = wide.sub(wide.mean(true, 1)).pow(2).sum(1).div(299).sqrt().toDoubleArray();
      double[] got = x.std(1).toDoubleArray();
      for (int i = 0; i < want.length; i++) {
        assertEquals(want[i], got[i], 1e-5 * want[i] + 1e-30, "row " + i);
      }
    }
  }

  @Test
  @DisplayName("T17 sums of equal numbers are exact to a few units at every length")
  void sumsOfEqualNumbers() {
    for (int n : new int[] {65, 255, 257, 1000, 2047, 4095, 4096, 4097, 9001}) {
      for (int m : new int[] {1, 5, 64}) {
        Tensor x = Tensors.full(0.1, FLOAT32, m, n);
        double want = n * (double) 0.1f;
        for (double sum : x.sum(1).toDoubleArray()) {
          assertEquals(want, sum, 1.2e-6 * want, m + " rows of " + n);
        }
      }
    }
  }

  @Test
  @DisplayName("T17 NaN spreads through every reduction")
  void nan() {
    Tensor x = Tensors.tensor(1.0, Double.NaN, 3.0, Double.POSITIVE_INFINITY);
    for (Tensor r :
        new Tensor[] {
          x.sum(),
          x.mean(),
          x.prod(),
          x.var(),
          x.std(),
          x.max(),
          x.min(),
          x.norm(),
          x.logsumexp(false, 0),
          x.amax(false, 0),
          x.max(0).values(),
          x.min(0).values()
        }) {
      assertTrue(Double.isNaN(r.item()), r.toString());
    }
    assertEquals(1, x.argmax().itemLong());
    assertEquals(1, x.argmin().itemLong());
    assertEquals(1, x.max(0).indices().itemLong());
    assertEquals(1, x.any().itemLong());
  }

  @Test
  @DisplayName("T17 a long sum of float32 keeps its accuracy")
  void accuracy() {
    Tensor x = Tensors.full(0.1, io.kindling.core.DType.FLOAT32, 1_000_000);
    assertEquals(100_000, x.sum().item(), 0.5);
    assertEquals(0.1, x.mean().item(), 1e-6);
    Tensor columns = Tensors.full(0.1, io.kindling.core.DType.FLOAT32, 100_000, 3);
    assertEquals(10_000, columns.sum(0).get(1).item(), 0.5);
  }

  @Test
  @DisplayName("T19 shapes that do not multiply are PyTorch's errors")
  void products() {
    Tensor a = Tensors.zeros(2, 3);
    assertError(
        ShapeException.class,
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        () -> a.mm(a));
    assertError(
        ShapeException.class,
        "both arguments to matmul need to be at least 1D, but they are 0D and 2D",
        () -> Tensors.tensor(1.0).matmul(a));
    assertError(
        ShapeException.class,
        "1D tensors expected, but got 2D and 1D tensors",
        () -> a.dot(Tensors.zeros(3)));
    assertError(
        ShapeException.class,
        "inconsistent tensor size, expected tensor [2] and src [3] to have the same number of"
            + " elements, but got 2 and 3 elements respectively",
        () -> Tensors.zeros(2).dot(Tensors.zeros(3)));
    assertError(
        DTypeException.class,
        "expected m1 and m2 to have the same dtype, but got: Float != Double",
        () -> a.mm(a.t().toDouble()));
    assertError(
        ShapeException.class,
        "einsum(): subscript j has size 2 for operand 1 which does not broadcast with previously"
            + " seen size 3",
        () -> Tensors.einsum("ij,jk->ik", a, a));
    assertError(
        ShapeException.class,
        "einsum(): the number of subscripts in the equation \"ijk->i\" (3) does not match the"
            + " number of dimensions (2) for operand 0",
        () -> Tensors.einsum("ijk->i", a));
    assertError(
        ShapeException.class,
        "einsum(): output subscript q does not appear in the equation for any input operand",
        () -> Tensors.einsum("ij->q", a));
    assertError(ShapeException.class, "einsum(): invalid subscript", () -> Tensors.einsum("i?", a));
  }
}
