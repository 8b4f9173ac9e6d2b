package io.kindling.tensor;

import static io.kindling.core.DType.INT64;
import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.kindling.core.AutogradException;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IndexingTest {
  private final Tensor x = Tensors.arange(24).view(2, 3, 4);

  @Test
  @DisplayName("T10 an index of integers and ranges is a view: writing it writes the tensor")
  void views() {
    for (String index : new String[] {"0", "1, :, ::2", "..., -1", "None, 1:, ..., 0"}) {
      Tensor v = x.get(index);
      assertSame(x.strided().storage(), v.strided().storage(), index);
    }
    x.get(1, 2).fill_(-1);
    assertArrayEquals(new long[] {-1, -1, -1, -1}, x.get("1, 2").toLongArray());
    assertEquals(-1, x.get(-1, -1, -1).itemLong());
  }

  @Test
  @DisplayName("T11 an index with a tensor is a copy")
  void copies() {
    Tensor rows = x.get(Tensors.tensor(0L, 1L));
    assertNotSame(x.strided().storage(), rows.strided().storage());
    rows.zero_();
    assertEquals(23, x.get(1, 2, 3).itemLong());
  }

  @Test
  @DisplayName("T10 an index outside its dimension is PyTorch's error")
  void outOfRange() {
    assertError(
        IndexException.class,
        "index 3 is out of bounds for dimension 1 with size 3",
        () -> x.get(":, 3"));
    assertError(
        IndexException.class,
        "index -3 is out of bounds for dimension 0 with size 2",
        () -> x.get(-3));
    assertError(
        IndexException.class,
        "too many indices for tensor of dimension 3",
        () -> x.get(0, 0, 0, 0));
    assertError(IndexException.class, "slice step must be positive", () -> x.get("::-1"));
    assertError(
        IndexException.class,
        "an index can only have a single ellipsis",
        () -> x.get("..., 0, ..."));
    assertError(IndexException.class, "not an index: 'a' in \"0, a\"", () -> x.get("0, a"));
    assertError(
        IndexException.class,
        "index 7 is out of bounds for dimension 0 with size 2",
        () -> x.get(Tensors.tensor(0L, 7L)));
    assertError(
        IndexException.class,
        "tensors used as indices must be long, byte or bool tensors",
        () -> x.get(Tensors.tensor(0.0, 1.0)));
  }

  @Test
  @DisplayName("T11 a mask must have the shape of what it masks")
  void maskShape() {
    assertError(
        IndexException.class,
        "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor"
            + " [2, 3, 4] at index 0",
        () -> x.get(Tensors.tensor(true, false, true)));
  }

  @Test
  @DisplayName("T11 assignment broadcasts, converts and leaves the rest alone")
  void assignment() {
    Tensor y = Tensors.zeros(2, 3);
    assertSame(y, y.set("1", Tensors.tensor(1L, 2L, 3L)));
    y.set("0, ::2", 7);
    assertArrayEquals(new float[] {7, 0, 7, 1, 2, 3}, y.toFloatArray());
    y.set(y.gt(2), -1);
    assertArrayEquals(new float[] {-1, 0, -1, 1, 2, -1}, y.toFloatArray());
    y.set(Tensors.tensor(1L, 0L), Tensors.tensor(5.0, 6.0, 7.0));
    assertArrayEquals(new float[] {5, 6, 7, 5, 6, 7}, y.toFloatArray());
    y.set(
        List.of(Index.ALL, Index.by(Tensors.tensor(0L, 2L))),
        Tensors.tensor(new float[][] {{1}, {2}}));
    assertArrayEquals(new float[] {1, 6, 1, 2, 6, 2}, y.toFloatArray());
  }

  @Test
  @DisplayName("T11 a value that does not fit is an error with both shapes")
  void assignmentErrors() {
    Tensor y = Tensors.zeros(2, 3);
    assertError(ShapeException.class, "[2]", () -> y.set("0", Tensors.tensor(1.0, 2.0)));
    assertError(
        ShapeException.class, "[2]", () -> y.set(Tensors.tensor(0L, 1L), Tensors.tensor(1.0, 2.0)));
    Tensor leaf = Tensors.zeros(3).requiresGrad_();
    assertError(
        AutogradException.class,
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        () -> leaf.set("0", 1));
  }

  @Test
  @DisplayName("T11 bumping a version tells a saved tensor that an assignment changed it")
  void assignmentVersion() {
    Tensor y = Tensors.zeros(4);
    int before = y.version();
    y.set("1", 2);
    y.set(Tensors.tensor(0L), 2);
    assertEquals(true, y.version() > before + 1);
  }

  @Test
  @DisplayName("T12 gather and scatter check their index")
  void gatherErrors() {
    Tensor m = Tensors.zeros(2, 3);
    assertError(
        DTypeException.class,
        "gather(): Expected dtype int64 for index",
        () -> m.gather(0, Tensors.zeros(1, 3)));
    assertError(
        ShapeException.class,
        "Index tensor must have the same number of dimensions as input tensor",
        () -> m.gather(0, Tensors.zeros(INT64, 3)));
    assertError(
        ShapeException.class,
        "Size does not match at dimension 1 expected index [1, 4] to be no larger than self [2, 3]"
            + " apart from dimension 0",
        () -> m.gather(0, Tensors.zeros(INT64, 1, 4)));
    assertError(
        DTypeException.class,
        "scatter(): Expected self.dtype to be equal to src.dtype",
        () -> m.scatter(0, Tensors.zeros(INT64, 1, 3), Tensors.zeros(INT64, 1, 3)));
  }
}
