package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.core.DType;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Logic of bools")
class LogicTest {
  private interface Truth {
    boolean of(boolean a, boolean b);
  }

  private static void check(boolean[] a, boolean[] b, BinaryOperator<Tensor> op, Truth truth) {
    Tensor x = Tensors.fromArray(a, a.length);
    Tensor y = Tensors.fromArray(b, b.length);
    boolean[] want = new boolean[a.length];
    for (int i = 0; i < want.length; i++) {
      want[i] = truth.of(a[i], b[i]);
    }
    Tensor out = op.apply(x, y);
    assertEquals(DType.BOOL, out.dtype());
    assertArrayEquals(want, out.toBooleanArray());
    // The same through strides, and with numbers: other loops.
    Tensor wide = Tensors.stack(java.util.List.of(x, y), 1);
    assertArrayEquals(want, op.apply(wide.select(1, 0), wide.select(1, 1)).toBooleanArray());
    assertArrayEquals(want, op.apply(x.toInt().mul(3), y.toDouble()).toBooleanArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 64, 1001})
  @DisplayName("T15 and, or, xor and not hold at every length, whatever the memory and the types")
  void everyLength(int n) {
    Random random = new Random(n);
    boolean[] a = new boolean[n];
    boolean[] b = new boolean[n];
    for (int i = 0; i < n; i++) {
      a[i] = random.nextBoolean();
      b[i] = random.nextBoolean();
    }
    check(a, b, Tensor::logicalAnd, (x, y) -> x && y);
    check(a, b, Tensor::logicalOr, (x, y) -> x || y);
    check(a, b, Tensor::logicalXor, (x, y) -> x ^ y);
    check(a, b, (x, y) -> x.logicalNot(), (x, y) -> !x);
  }
}
