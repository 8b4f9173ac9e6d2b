package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.core.DType;
import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.MemoryException;
import io.kindling.core.ShapeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("T07 sizes beyond counting are errors")
class SizesTest {
  private static final long HUGE = 1L << 62;

  @Test
  @DisplayName("when a tensor is made, with shape, type and bytes")
  void factories() {
    String text =
        "a tensor of shape [4611686018427387904] and type torch.float32 has 4611686018427387904 x"
            + " 4 bytes, more than can be counted";
    assertError(MemoryException.class, text, () -> Tensors.zeros(HUGE));
    assertError(MemoryException.class, text, () -> Tensors.empty(HUGE));
    assertError(MemoryException.class, text, () -> Tensors.ones(1).expand(HUGE).clone_());
    assertError(MemoryException.class, "are in use", () -> Tensors.empty(DType.UINT8, HUGE));
    assertError(MemoryException.class, "are in use", () -> Tensors.zeros(1L << 50));
  }

  @Test
  @DisplayName("when a shape has more elements than a long")
  void shapes() {
    String text = "has more elements than can be counted";
    assertError(ShapeException.class, text, () -> Tensors.empty(1L << 40, 1L << 40));
    assertError(ShapeException.class, text, () -> Tensors.ones(1).expand(1L << 40, 1L << 40));
    assertError(ShapeException.class, text, () -> Layout.channelsLast(0, 1L << 30, 1L << 30, 9));
    assertError(ShapeException.class, text, () -> Layout.contiguous(0, 1L << 40, 1L << 40));
    assertError(ShapeException.class, text, () -> Tensors.ones(4).view(1L << 40, 1L << 40));
  }

  @Test
  @DisplayName("or are cut as Python cuts them")
  void parts() {
    Tensor x = Tensors.arange(10);
    assertArrayEquals(new long[] {0}, x.get("::" + Long.MAX_VALUE).toLongArray());
    assertEquals(0, x.get("3:3:" + Long.MAX_VALUE).numel());
    assertError(
        IndexException.class,
        "start (1) + length (9223372036854775807) exceeds dimension size (10).",
        () -> x.narrow(0, 1, Long.MAX_VALUE));
  }
}
