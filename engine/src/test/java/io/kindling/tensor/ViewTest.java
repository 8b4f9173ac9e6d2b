package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.kindling.core.AutogradException;
import io.kindling.core.ShapeException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ViewTest {

  @Test
  @DisplayName("T13 every view shares the storage; a write through it is seen")
  void shared() {
    Tensor x = Tensors.zeros(2, 3, 1);
    List<UnaryOperator<Tensor>> views =
        List.of(
            t -> t.view(-1),
            t -> t.reshape(3, 2),
            t -> t.flatten(),
            t -> t.transpose(0, 1),
            t -> t.permute(2, 1, 0),
            t -> t.squeeze(),
            t -> t.squeeze(2),
            t -> t.unsqueeze(0),
            t -> t.expand(2, 3, 4),
            t -> t.select(0, 0),
            t -> t.narrow(1, 1, 2),
            t -> t.detach(),
            t -> t.get("1:, ..., None"));
    for (UnaryOperator<Tensor> view : views) {
      assertSame(x.strided().storage(), view.apply(x).strided().storage());
    }
    x.view(6).select(0, 5).fill_(9);
    assertEquals(9, x.get(1, 2, 0).item());
    assertNotSame(x.strided().storage(), x.clone_().strided().storage());
    assertSame(x, x.contiguous());
    assertNotSame(x.strided().storage(), x.transpose(0, 1).contiguous().strided().storage());
    assertNotSame(x.strided().storage(), x.repeat(1, 1, 1).strided().storage());
  }

  @Test
  @DisplayName("T13 a view that no strides describe is an error that shows them")
  void impossible() {
    Tensor t = Tensors.zeros(2, 3).t();
    assertError(
        ShapeException.class,
        "view size is not compatible with input tensor's size and stride (at least one dimension"
            + " spans across two contiguous subspaces). Use .reshape(...) instead.",
        () -> t.view(6));
    assertError(ShapeException.class, "strides [1, 3] cannot be seen as [6]", () -> t.view(6));
    assertError(
        ShapeException.class, "shape '[4]' is invalid for input of size 6", () -> t.reshape(4));
    assertError(
        ShapeException.class, "only one dimension can be inferred", () -> t.reshape(-1, -1));
    assertError(ShapeException.class, "invalid shape dimension -2", () -> t.reshape(-2));
    assertError(
        ShapeException.class,
        "because the unspecified dimension size -1 can be any value and is ambiguous",
        () -> Tensors.zeros(0).reshape(-1, 0));
  }

  @Test
  @DisplayName("T13 view succeeds on exactly the strides on which libtorch's does")
  void sameAsTheirs() {
    long[][] sizes = {{2, 3, 4}, {1, 6, 4}, {2, 1, 12}, {4, 3, 2}};
    long[][] strides = {{12, 4, 1}, {1, 2, 6}, {24, 8, 2}, {12, 4, 0}, {3, 1, 6}, {12, 12, 1}};
    long[][] targets = {
      {24}, {6, 4}, {2, 12}, {2, 3, 2, 2}, {4, 6}, {1, 24}, {2, 3, 4, 1}, {3, 8}, {12, 2}
    };
    Tensor base = Tensors.zeros(200);
    var theirs = Torch.of(base);
    for (long[] size : sizes) {
      for (long[] stride : strides) {
        Tensor x = base.viewOf(io.kindling.core.Layout.of(size, stride, 0));
        var y = theirs.as_strided(size, stride);
        for (long[] target : targets) {
          io.kindling.core.Layout ours = x.layout().tryView(target);
          String what = x.layout() + " as " + java.util.Arrays.toString(target);
          try {
            var v = y.view(target);
            long[] expected = new long[target.length];
            for (int d = 0; d < expected.length; d++) {
              expected[d] = v.stride(d);
            }
            assertEquals(true, ours != null, what);
            assertArrayEquals(expected, ours.strides(), what);
          } catch (RuntimeException e) {
            assertEquals(null, ours, what);
          }
        }
      }
    }
  }

  @Test
  @DisplayName("T13 reshape copies only where it must")
  void reshape() {
    Tensor x = Tensors.rand(2, 3, 4);
    assertSame(x.strided().storage(), x.transpose(0, 1).reshape(3, 2, 2, 2).strided().storage());
    assertNotSame(x.strided().storage(), x.transpose(0, 1).reshape(6, 4).strided().storage());
  }

  @Test
  @DisplayName("T13 dimension numbers and counts are checked in PyTorch's words")
  void errors() {
    Tensor x = Tensors.zeros(2, 3);
    assertError(
        io.kindling.core.IndexException.class,
        "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
        () -> x.transpose(0, 2));
    assertError(ShapeException.class, "permute(): duplicate dims", () -> x.permute(0, 0));
    assertError(
        ShapeException.class,
        "t() expects a tensor with <= 2 dimensions, but self is 3D",
        () -> Tensors.zeros(1, 1, 1).t());
    assertError(
        ShapeException.class,
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
        () -> x.repeat(2));
    assertError(
        ShapeException.class,
        "flatten() has invalid args: start_dim cannot come after end_dim",
        () -> x.flatten(1, 0));
    assertError(
        ShapeException.class,
        "must match the existing size (3) at non-singleton dimension 1",
        () -> x.expand(2, 4));
    assertError(
        io.kindling.core.IndexException.class,
        "start (1) + length (3) exceeds dimension size (3).",
        () -> x.narrow(1, 1, 3));
  }

  @Test
  @DisplayName("T14 what does not join is an error that names the tensor")
  void joins() {
    Tensor a = Tensors.zeros(2, 3);
    assertError(
        ShapeException.class,
        "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 4 for"
            + " tensor number 1 in the list.",
        () -> Tensors.cat(List.of(a, Tensors.zeros(2, 4)), 0));
    assertError(
        ShapeException.class,
        "Tensors must have same number of dimensions: got 2 and 1",
        () -> Tensors.cat(List.of(a, Tensors.zeros(3)), 0));
    assertError(
        ShapeException.class,
        "zero-dimensional tensor (at position 1) cannot be concatenated",
        () -> Tensors.cat(List.of(a, Tensors.tensor(1.0)), 0));
    assertError(
        ShapeException.class,
        "torch.cat(): expected a non-empty list of Tensors",
        () -> Tensors.cat(List.of(), 0));
    assertError(
        ShapeException.class,
        "stack expects each tensor to be equal size, but got [2, 3] at entry 0 and [3, 2] at entry"
            + " 1",
        () -> Tensors.stack(List.of(a, a.t()), 0));
  }

  @Test
  @DisplayName("T16 t_ transposes the tensor itself")
  void transposeInPlace() {
    Tensor x = Tensors.arange(6).view(2, 3).clone_();
    assertSame(x, x.t_());
    assertArrayEquals(new long[] {3, 2}, x.shape());
    assertArrayEquals(new long[] {0, 3, 1, 4, 2, 5}, x.toLongArray());
  }

  @Test
  @DisplayName("T16 writing to a tensor whose elements share memory is refused")
  void overlap() {
    assertError(
        AutogradException.class,
        "unsupported operation: more than one element of the written-to tensor refers to a single"
            + " memory location. Please clone() the tensor before performing the operation.",
        () -> Tensors.zeros(1, 3).expand(2, 3).add_(1));
    assertEquals(0, Tensors.zeros(1, 0).expand(2, 0).add_(1).numel());
  }

  @Test
  @DisplayName("T13 results keep the memory order of their operands as libtorch does")
  void memoryOrder() {
    Tensor nhwc = ViewOps.channelsLast(Tensors.rand(2, 3, 4, 5));
    assertArrayEquals(nhwc.stride(), nhwc.add(1).stride());
    assertArrayEquals(nhwc.stride(), nhwc.mul(Tensors.rand(3, 1, 1)).stride());
    assertArrayEquals(nhwc.stride(), nhwc.clone_().stride());
    Tensor t = Tensors.rand(3, 4).t();
    assertArrayEquals(t.stride(), t.exp().stride());
    assertArrayEquals(
        new long[] {2, 1}, Tensors.rand(1, 2).expand(3, 2).add(Tensors.rand(3, 2)).stride());
  }
}
