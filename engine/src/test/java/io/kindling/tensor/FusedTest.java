package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.ShapeException;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.formula.Formula;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FusedTest {
  /** Swaps two tensors, the second scaled. */
  private static final PointwiseKernel SWAP =
      PointwiseKernel.floating(
          "swap", Formula.of("a b", "a b", "s", "old = a; a = b; b = old * s"));

  private static void swap(Tensor a, Tensor b, double scale) {
    Fused.update(SWAP, new Tensor[] {a, b}, new Tensor[] {a, b}, scale);
  }

  @Test
  @DisplayName("O01 several tensors are updated in one pass, in place, in both float types")
  void inPlace() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      Tensor a = Tensors.arange(0, 6, 1, dtype).view(2, 3);
      Tensor b = Tensors.full(9, dtype, 3, 2).t();
      swap(a, b, 10);
      assertArrayEquals(new double[] {9, 9, 9, 9, 9, 9}, a.toDoubleArray());
      assertArrayEquals(new double[] {0, 10, 20, 30, 40, 50}, b.toDoubleArray());
    }
  }

  @Test
  @DisplayName(
      "O01 a leaf that asks for gradients is updated without recording, and is seen changed")
  void leaves() {
    Tensor a = Tensors.tensor(1.0, 2.0).requiresGrad_();
    Tensor b = Tensors.tensor(3.0, 4.0);
    Tensor product = a.mul(a).sum();
    int version = a.version();
    swap(a, b, 1);
    assertNull(a.gradFn());
    assertTrue(a.requiresGrad());
    assertEquals(version + 1, a.version());
    AutogradException e = assertThrows(AutogradException.class, product::backward);
    assertTrue(e.getMessage().contains("modified by an inplace operation"), e.getMessage());
  }

  @Test
  @DisplayName("O01 operands that overlap in another arrangement are read before they are written")
  void overlapping() {
    Tensor base = Tensors.arange(0, 4, 1, DType.FLOAT64);
    Tensor first = base.narrow(0, 0, 3);
    Tensor last = base.narrow(0, 1, 3);
    Tensor other = Tensors.zeros(DType.FLOAT64, 3);
    Fused.update(SWAP, new Tensor[] {first, other}, new Tensor[] {other, last}, 1);
    assertArrayEquals(new double[] {1, 2, 3, 3}, base.toDoubleArray());
  }

  @Test
  @DisplayName("O01 shapes and types that differ, integers and results are refused")
  void misuse() {
    Tensor a = Tensors.zeros(2);
    ShapeException shape = assertThrows(ShapeException.class, () -> swap(a, Tensors.zeros(3), 1));
    assertEquals("swap: expected tensors of one shape, got [2] and [3]", shape.getMessage());
    DTypeException type =
        assertThrows(DTypeException.class, () -> swap(a, Tensors.zeros(DType.FLOAT64, 2), 1));
    assertEquals(
        "swap: expected tensors of one type, got torch.float32 and torch.float64",
        type.getMessage());
    Tensor integers = Tensors.arange(2);
    type = assertThrows(DTypeException.class, () -> swap(integers, integers, 1));
    assertEquals("\"swap\" not implemented for 'Long'", type.getMessage());
    Tensor result = Tensors.ones(2).requiresGrad_().mul(2);
    AutogradException e = assertThrows(AutogradException.class, () -> swap(result, a, 1));
    assertTrue(e.getMessage().startsWith("swap: cannot update the result of"), e.getMessage());
  }
}
