package io.kindling.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("T07 the layout of a tensor")
class LayoutTest {

  @Test
  @DisplayName("is row-major when made, and knows that sizes of one do not matter")
  void contiguous() {
    Layout l = Layout.contiguous(2, 3, 4);
    assertArrayEquals(new long[] {12, 4, 1}, l.strides());
    assertTrue(l.isContiguous());
    assertTrue(Layout.of(new long[] {2, 1, 3}, new long[] {3, 99, 1}, 5).isContiguous());
    assertFalse(l.transpose(0, 1).isContiguous());
    assertTrue(Layout.contiguous().isContiguous());
    assertEquals(1, Layout.contiguous().numel());
    assertArrayEquals(new long[] {3, 3, 1}, Layout.contiguous(2, 0, 3).strides());
  }

  @Test
  @DisplayName("is dense where every element of one run is used once")
  void dense() {
    Layout l = Layout.contiguous(2, 3, 4);
    assertTrue(l.permute(2, 0, 1).isDense());
    assertFalse(l.slice(2, 0, 4, 2).isDense());
    assertFalse(Layout.contiguous(1, 3).expand(2, 3).isDense());
    assertTrue(Layout.channelsLast(2, 3, 4, 5).isDense());
    assertArrayEquals(
        l.permute(2, 0, 1).strides(), l.permute(2, 0, 1).withOffset(7).likeDense().strides());
    assertEquals(0, l.withOffset(7).likeDense().offset());
    assertArrayEquals(
        new long[] {1, 1}, Layout.contiguous(1, 0).expand(5, 0).likeDense().strides());
  }

  @Test
  @DisplayName("is channels-last where dimension 1 is innermost")
  void channelsLast() {
    assertTrue(Layout.channelsLast(2, 3, 4, 5).isChannelsLast());
    assertFalse(Layout.contiguous(2, 3, 4, 5).isChannelsLast());
    assertTrue(Layout.contiguous(2, 1, 4, 5).isChannelsLast());
    assertFalse(Layout.contiguous(2, 3).isChannelsLast());
  }

  @Test
  @DisplayName("slices as Python does: ends are clamped, negative ones count from the end")
  void slices() {
    Layout l = Layout.contiguous(5);
    assertSlice(l.slice(0, 1, 4, 2), 2, 2, 1);
    assertSlice(l.slice(0, -2, 99, 1), 2, 1, 3);
    assertSlice(l.slice(0, 4, 2, 1), 0, 1, 4);
    assertSlice(l.slice(0, -99, -1, 3), 2, 3, 0);
    assertThrows(IndexException.class, () -> l.slice(0, 0, 5, 0));
    assertThrows(IndexException.class, () -> Layout.contiguous().slice(0, 0, 1, 1));
  }

  private static void assertSlice(Layout l, long size, long stride, long offset) {
    assertEquals(size, l.size(0));
    assertEquals(stride, l.stride(0));
    assertEquals(offset, l.offset());
  }

  @Test
  @DisplayName("selects, squeezes, unsqueezes and expands without moving data")
  void views() {
    Layout l = Layout.contiguous(2, 3).withOffset(1);
    assertEquals(4, l.select(0, -1).offset());
    assertArrayEquals(new long[] {2, 1, 3}, l.unsqueeze(1).shape());
    assertArrayEquals(new long[] {2, 3}, l.unsqueeze(-1).squeeze().shape());
    Layout e = Layout.contiguous(3, 1).expand(2, -1, 4);
    assertArrayEquals(new long[] {2, 3, 4}, e.shape());
    assertArrayEquals(new long[] {0, 1, 0}, e.strides());
  }

  @Test
  @DisplayName("sees itself under other sizes where strides allow it")
  void tryView() {
    Layout t = Layout.contiguous(2, 3, 4).transpose(0, 1);
    assertNull(t.tryView(24));
    assertNull(t.tryView(6, 4));
    assertArrayEquals(new long[] {4, 12, 2, 1}, t.tryView(3, 2, 2, 2).strides());
    ShapeException e = assertThrows(ShapeException.class, () -> t.view(6, 4));
    assertTrue(e.getMessage().contains("strides [4, 12, 1] cannot be seen as [6, 4]"));
  }

  @Test
  @DisplayName("equals another with the same sizes, strides and offset")
  void equality() {
    assertEquals(Layout.contiguous(2, 3), Layout.contiguous(2, 3));
    assertEquals(Layout.contiguous(2, 3).hashCode(), Layout.contiguous(2, 3).hashCode());
    assertNotEquals(Layout.contiguous(2, 3), Layout.contiguous(2, 3).withOffset(1));
    assertNotEquals(Layout.contiguous(2, 2), Layout.contiguous(2, 2).transpose(0, 1));
    assertTrue(Layout.contiguous(2, 3).sameGeometry(Layout.contiguous(2, 3).withOffset(9)));
    assertEquals("shape [2], strides [1]", Layout.contiguous(2).toString());
  }

  @Test
  @DisplayName("hands out copies of its arrays")
  void immutable() {
    long[] shape = {2, 3};
    Layout l = Layout.contiguous(shape);
    shape[0] = 9;
    l.shape()[1] = 9;
    l.strides()[0] = 9;
    assertEquals(Layout.contiguous(2, 3), l);
  }

  @Test
  @DisplayName("broadcasts shapes from the right")
  void broadcast() {
    assertArrayEquals(
        new long[] {2, 3, 4}, Shapes.broadcast("add", new long[] {2, 1, 4}, new long[] {3, 1}));
    assertArrayEquals(new long[] {0}, Shapes.broadcast("add", new long[] {0}, new long[] {1}));
    assertArrayEquals(new long[] {5}, Shapes.broadcast("add", new long[] {}, new long[] {5}));
    ShapeException e =
        assertThrows(
            ShapeException.class, () -> Shapes.broadcast("add", new long[] {2}, new long[] {0}));
    assertEquals(
        "add: The size of tensor a (2) must match the size of tensor b (0) at non-singleton"
            + " dimension 0; shapes [2] and [0]",
        e.getMessage());
    assertThrows(ShapeException.class, () -> Shapes.numel(1L << 40, 1L << 40));
  }

  @Test
  @DisplayName("slices and narrows with the largest numbers")
  void largestSlices() {
    Layout l = Layout.contiguous(5, 4);
    long max = Long.MAX_VALUE;
    assertSlice(l.slice(0, 1, max, max), 1, 4, 4);
    assertSlice(l.slice(0, -max, max, 5), 1, 20, 0);
    assertSlice(l.slice(0, Long.MIN_VALUE, Long.MIN_VALUE, 1L << 62), 0, 4, 0);
    assertThrows(IndexException.class, () -> l.narrow(0, 2, max));
    assertThrows(IndexException.class, () -> l.narrow(0, Long.MIN_VALUE, 1));
    assertThrows(IndexException.class, () -> l.narrow(0, max, 1));
  }
}
