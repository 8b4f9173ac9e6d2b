package io.kindling.tensor;

import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.FLOAT32;
import static io.kindling.core.DType.FLOAT64;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PromotionTest {

  @Test
  @DisplayName("T15 the result type of every pair is libtorch's, with and without dimensions")
  void pairs() {
    for (DType a : DType.values()) {
      for (DType b : DType.values()) {
        for (long[][] shapes :
            new long[][][] {{{2}, {2}}, {{2}, {}}, {{}, {2}}, {{}, {}}, {{1, 2}, {0, 1}}}) {
          Tensor x = Tensors.ones(a, shapes[0]);
          Tensor y = Tensors.ones(b, shapes[1]);
          DType expected = Torch.type(torch.result_type(Torch.of(x), Torch.of(y)));
          assertEquals(expected, TypeRule.promote(x, y), a + " " + b);
          assertEquals(expected, x.add(y).dtype(), a + " + " + b);
        }
      }
    }
  }

  @Test
  @DisplayName("T15 the result type with a Java number is libtorch's with a Python number")
  void numbers() {
    for (DType a : DType.values()) {
      for (long[] shape : new long[][] {{2}, {}}) {
        Tensor x = Tensors.ones(a, shape);
        DType whole = Torch.type(torch.result_type(Torch.of(x), Torch.num(1L)));
        DType fraction = Torch.type(torch.result_type(Torch.of(x), Torch.num(0.5)));
        assertEquals(whole, x.add(1).dtype(), a + " + 1");
        assertEquals(whole, x.add(1L).dtype(), a + " + 1L");
        assertEquals(fraction, x.add(0.5).dtype(), a + " + 0.5");
        assertEquals(fraction, x.mul(0.5f).dtype(), a + " * 0.5f");
      }
    }
    assertEquals(FLOAT32, Tensors.ones(INT64, 2).div(2).dtype());
    assertEquals(FLOAT64, Tensors.ones(FLOAT64, 2).div(2).dtype());
    assertEquals(BOOL, Tensors.ones(INT64, 2).lt(0.5).dtype());
  }

  @Test
  @DisplayName("T15 integer division and remainder round down and follow the divisor's sign")
  void divisionSigns() {
    Tensor a = Tensors.tensor(7L, -7L, 7L, -7L);
    Tensor b = Tensors.tensor(2L, 2L, -2L, -2L);
    assertArrayEquals(new long[] {3, -4, -4, 3}, a.floorDivide(b).toLongArray());
    assertArrayEquals(new long[] {1, 1, -1, -1}, a.remainder(b).toLongArray());
    assertArrayEquals(
        new double[] {3, -4, -4, 3}, a.toDouble().floorDivide(b.toDouble()).toDoubleArray());
    assertArrayEquals(
        new double[] {1, 1, -1, -1}, a.toDouble().remainder(b.toDouble()).toDoubleArray());
    assertArrayEquals(new float[] {3.5f, -3.5f, -3.5f, 3.5f}, a.div(b).toFloatArray());
    assertEquals(9, Tensors.tensor(new double[] {1}, FLOAT64).floorDivide(0.1).item());
  }

  @Test
  @DisplayName("T15 integers divided by zero are an error, floats are infinite")
  void divisionByZero() {
    Tensor a = Tensors.tensor(1L, -1L, 0L);
    assertError(ArithmeticException.class, "ZeroDivisionError", () -> a.floorDivide(0));
    assertError(ArithmeticException.class, "ZeroDivisionError", () -> a.remainder(0));
    assertArrayEquals(
        new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN},
        a.div(0).toFloatArray());
  }

  @Test
  @DisplayName("T15 uint8 wraps around at 256, int64 keeps every bit")
  void wrapping() {
    Tensor u = Tensors.fromArray(new byte[] {(byte) 250, 5}, 2);
    assertArrayEquals(new long[] {4, 15}, u.add(10).toLongArray());
    assertArrayEquals(new long[] {255, 10}, u.sub(251).toLongArray());
    assertArrayEquals(new long[] {244, 10}, u.mul(2).toLongArray());
    assertArrayEquals(new long[] {6, 251}, u.neg().toLongArray());
    long big = (1L << 60) + 1;
    assertEquals(big + 2, Tensors.tensor(big).add(2).itemLong());
    assertEquals(big * 3, Tensors.tensor(big).mul(3).itemLong());
    assertEquals(1, Tensors.tensor(big).eq(big).itemLong());
    assertEquals(0, Tensors.tensor(big).eq(big - 1).itemLong());
  }

  @Test
  @DisplayName("T15 shapes that do not broadcast are PyTorch's error with both shapes")
  void broadcastError() {
    assertError(
        ShapeException.class,
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1;"
            + " shapes [2, 3] and [2, 4]",
        () -> Tensors.zeros(2, 3).add(Tensors.zeros(2, 4)));
  }

  @Test
  @DisplayName("T15 operators without meaning for bool say so")
  void boolErrors() {
    Tensor b = Tensors.tensor(true, false);
    assertError(
        DTypeException.class,
        "Subtraction, the `-` operator, with two bool tensors is not supported.",
        () -> b.sub(b));
    assertError(
        DTypeException.class,
        "Subtraction, the `-` operator, with a bool tensor is not supported.",
        () -> Tensors.zeros(2).sub_(b));
    assertError(
        DTypeException.class,
        "Negation, the `-` operator, on a bool tensor is not supported.",
        () -> b.neg_());
    assertError(
        DTypeException.class,
        "Integers to negative integer powers are not allowed.",
        () -> Tensors.tensor(2L).pow(-1));
    assertError(
        DTypeException.class,
        "For integral input tensors, argument alpha must not be a floating point number.",
        () -> Tensors.tensor(2L).add(Tensors.tensor(1L), 0.5));
    assertError(
        DTypeException.class,
        "where expected condition to be a boolean tensor",
        () -> Tensors.where(Tensors.zeros(2), Tensors.zeros(2), Tensors.zeros(2)));
  }

  @Test
  @DisplayName("T16 in place the type stays, and a result of a higher category is refused")
  void inPlaceCasting() {
    Tensor i = Tensors.tensor(1L, 2L);
    assertError(
        DTypeException.class,
        "result type Float can't be cast to the desired output type Long",
        () -> i.add_(0.5));
    assertError(
        DTypeException.class,
        "result type Float can't be cast to the desired output type Long",
        () -> i.div_(2));
    assertError(
        DTypeException.class,
        "result type Long can't be cast to the desired output type Bool",
        () -> Tensors.tensor(true, false).add_(1));
    assertArrayEquals(new long[] {1, 2}, i.toLongArray());
    Tensor f = Tensors.ones(2);
    assertSame(f, f.add_(Tensors.ones(FLOAT64, 2)));
    assertEquals(FLOAT32, f.dtype());
    Tensor u = Tensors.ones(UINT8, 2);
    u.add_(Tensors.tensor(300L, 1L));
    assertArrayEquals(new long[] {45, 2}, u.toLongArray());
  }

  @Test
  @DisplayName("T16 in place the shape stays")
  void inPlaceShape() {
    assertError(
        ShapeException.class,
        "output with shape [3] doesn't match the broadcast shape [2, 3]",
        () -> Tensors.zeros(3).add_(Tensors.zeros(2, 3)));
  }

  @Test
  @DisplayName("T16 an operand that shares memory with the target is read before it is written")
  void aliasing() {
    Tensor x = Tensors.arange(9).view(3, 3).clone_();
    x.add_(x.t());
    assertArrayEquals(new long[] {0, 4, 8, 4, 8, 12, 8, 12, 16}, x.toLongArray());
    Tensor y = Tensors.arange(5).clone_();
    y.narrow(0, 1, 4).copy_(y.narrow(0, 0, 4));
    assertArrayEquals(new long[] {0, 0, 1, 2, 3}, y.toLongArray());
    Tensor z = Tensors.arange(4).clone_();
    z.mul_(z.select(0, 3));
    assertArrayEquals(new long[] {0, 3, 6, 9}, z.toLongArray());
  }

  @Test
  @DisplayName("T15 out= writes into a tensor of the right shape")
  void out() {
    Tensor out = Tensors.zeros(2, 3);
    Tensor a = Tensors.rand(2, 3);
    assertSame(out, Tensors.out("add", out, a, Tensors.tensor(1.0, 2.0, 3.0)));
    assertArrayEquals(a.add(Tensors.tensor(1.0, 2.0, 3.0)).toFloatArray(), out.toFloatArray());
    Tensor wide = Tensors.zeros(FLOAT64, 2, 3);
    Tensors.out("mul", wide, a, a);
    assertArrayEquals(a.mul(a).toDoubleArray(), wide.toDoubleArray());
    Tensors.out("add", out, out, out.t().t());
    Tensor square = Tensors.arange(4).view(2, 2).clone_();
    Tensors.out("add", square, square.t(), square);
    assertArrayEquals(new long[] {0, 3, 3, 6}, square.toLongArray());
    Tensor strided = Tensors.zeros(3, 2).t();
    Tensors.out("sqrt", strided, a);
    assertArrayEquals(a.sqrt().toFloatArray(), strided.toFloatArray());
  }

  @Test
  @DisplayName("T15 out= refuses a wrong shape, a lower category and gradients")
  void outErrors() {
    Tensor a = Tensors.rand(2, 3);
    assertError(
        ShapeException.class,
        "output with shape [3] doesn't match the broadcast shape [2, 3]",
        () -> Tensors.out("add", Tensors.zeros(3), a, a));
    assertError(
        DTypeException.class,
        "result type Float can't be cast to the desired output type Long",
        () -> Tensors.out("add", Tensors.zeros(INT64, 2, 3), a, a));
    assertError(
        AutogradException.class,
        "functions with out=... arguments don't support automatic differentiation, but one of the"
            + " arguments requires grad.",
        () -> Tensors.out("add", Tensors.zeros(2, 3), a, Tensors.rand(3).requiresGrad_()));
    assertError(
        KindlingException.class,
        "no elementwise operator 'plus' of tensors alone; there are: abs, add,",
        () -> Tensors.out("plus", Tensors.zeros(2), a, a));
    assertError(
        KindlingException.class,
        "no elementwise operator 'leaky_relu' of tensors alone; there are: abs, add,",
        () -> Tensors.out("leaky_relu", Tensors.zeros(2), a));
    assertError(
        KindlingException.class,
        "clamp takes 3 tensors, got 1",
        () -> Tensors.out("clamp", Tensors.zeros(2), a));
  }

  @Test
  @DisplayName("T06 conversions truncate and wrap as libtorch's do")
  void conversions() {
    Tensor f = Tensors.tensor(new double[] {1.9, -1.9, 255, 0.3, -0.0}, FLOAT64);
    for (DType d : DType.values()) {
      if (d != UINT8) {
        Torch.assertClose(d.toString(), Torch.of(f).to(Torch.type(d)), f.to(d), 1e-7, 0);
      }
    }
    Tensor i = Tensors.tensor(0L, 1L, 256L, -1L, 1000L);
    for (DType d : DType.values()) {
      Torch.assertClose(d.toString(), Torch.of(i).to(Torch.type(d)), i.to(d), 0, 0);
    }
    assertSame(i, i.to(INT64));
  }
}
