package io.kindling.tensor;

import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.INT16;
import static io.kindling.core.DType.INT32;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static io.kindling.tensor.Index.ALL;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
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
        "tensors used as indices must be long, int, byte or bool tensors",
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
        "gather(): Expected dtype int32/int64 for index",
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

  @Test
  @DisplayName("T11 a 0-D integer is a position: it makes a view, wherever it stands")
  void zeroDimensionalIndex() {
    for (DType type : new DType[] {INT64, INT32}) {
      Tensor one = Tensors.tensor(1L).to(type);
      assertSame(x.strided().storage(), x.get(one).strided().storage());
      assertSameRead("among others", List.of(Index.by(Tensors.tensor(0L, 1L)), ALL, Index.by(one)));
      assertSameRead("first", List.of(Index.by(one), ALL, Index.by(Tensors.tensor(0L, 1L))));
    }
    assertError(
        IndexException.class,
        "index 3 is out of bounds for dimension 1 with size 3",
        () -> x.get(ALL, Index.by(Tensors.tensor(3L))));
  }

  @Test
  @DisplayName("T11 a 0-D mask takes all or nothing, in a new dimension")
  void zeroDimensionalMask() {
    for (boolean value : new boolean[] {true, false}) {
      for (DType type : new DType[] {BOOL, UINT8}) {
        Index mask = Index.by(Tensors.tensor(value).to(type));
        Index rows = Index.by(Tensors.tensor(0L, 1L));
        assertSameRead("alone", List.of(mask));
        assertSameRead("after a range", List.of(ALL, mask));
        assertSameRead("after a position", List.of(Index.at(0), mask));
        assertSameRead("before rows", List.of(mask, rows));
        assertSameRead("after rows", List.of(rows, mask));
        assertSameWrite("alone", List.of(mask), Tensors.tensor(7.0));
        assertSameWrite("a row", List.of(mask), Tensors.tensor(7.0, 8.0, 9.0, 10.0));
      }
    }
  }

  @Test
  @DisplayName("T11 uint8 is a mask, with PyTorch's warning; int32 is positions")
  void oldMasks() {
    Index bytes = Index.by(Tensors.tensor(0L, 3L).to(UINT8));
    assertSameRead("uint8", List.of(bytes));
    assertSameWrite("uint8", List.of(bytes), Tensors.ones(3, 4));
    assertSameRead("int32", List.of(Index.by(Tensors.tensor(1L, -1L).to(INT32))));
    for (DType type : DType.values()) {
      assertSameRead("" + type, List.of(Index.by(Tensors.tensor(1L, 0L).to(type))));
    }
  }

  private static void assertSameRead(String what, List<Index> index) {
    Parity.assertSame(
        what + " " + index,
        Tensors.arange(0, 24, 1.0).view(2, 3, 4).requiresGrad_(),
        v -> v.get(index.toArray(new Index[0])).mul(1),
        v -> v.index(Torch.index(index)).mul(Torch.num(1)));
  }

  private static void assertSameWrite(String what, List<Index> index, Tensor value) {
    Parity.assertSame(
        what + " " + index,
        v -> v[0].mul(2).set(index, v[1]),
        v -> v[0].mul(Torch.num(2)).index_put_(Torch.index(index), v[1]),
        Tensors.arange(0, 24, 1.0).view(2, 3, 4).requiresGrad_(),
        value.requiresGrad_());
  }

  @Test
  @DisplayName("T10 T11 an index outside names the dimension of the tensor that was indexed")
  void namedDimension() {
    assertError(
        IndexException.class,
        "index 5 is out of bounds for dimension 1 with size 3",
        () -> x.get(0, 5));
    assertError(
        IndexException.class,
        "index -5 is out of bounds for dimension 2 with size 4",
        () -> x.get(Index.at(0), Index.NEW_AXIS, ALL, Index.by(Tensors.tensor(3L, -5L))));
    assertError(
        IndexException.class,
        "index 3 is out of bounds for dimension 1 with size 3",
        () -> x.set(List.of(Index.by(Tensors.tensor(0L)), Index.by(Tensors.tensor(3L))), x));
    assertError(
        IndexException.class, "invalid index of a 0-dim tensor", () -> Tensors.tensor(1.0).get(0));
    assertError(
        IndexException.class,
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]",
        () -> x.get(Index.by(Tensors.tensor(0L, 1L)), Index.by(Tensors.tensor(0L, 1L, 2L))));
    assertError(
        IndexException.class,
        "index is out of bounds for dimension with size 0",
        () -> Tensors.zeros(0, 3).get(Tensors.tensor(new long[] {0})));
  }

  @Test
  @DisplayName("T11 a value of the wrong count or type is refused in PyTorch's words")
  void wrongValues() {
    Tensor two = Tensors.zeros(2);
    Tensor both = Tensors.tensor(true, true);
    assertError(
        ShapeException.class,
        "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape"
            + " [2]",
        () -> two.set(both, Tensors.ones(3)));
    assertError(
        DTypeException.class,
        "Index put requires the source and destination dtypes match, got Float for the destination"
            + " and Long for the source.",
        () -> two.set(Tensors.tensor(0L, 1L), Tensors.tensor(1L, 2L)));
    two.set(both, Tensors.tensor(3L)); // one element and one mask: a fill, which converts
    assertArrayEquals(new float[] {3, 3}, two.toFloatArray());
  }

  @Test
  @DisplayName("T11 an expanded tensor can be written through a mask or positions")
  void expandedTarget() {
    for (Index i :
        List.of(Index.by(Tensors.tensor(true, false)), Index.by(Tensors.tensor(new long[] {0})))) {
      Tensor column = Tensors.tensor(new double[][] {{1}, {2}});
      column.expand(2, 3).set(List.of(i), Tensors.tensor(7.0, 7.0, 7.0));
      assertArrayEquals(new float[] {7, 2}, column.toFloatArray());
    }
    Tensor one = Tensors.ones(1);
    one.expand(3).maskedFill_(Tensors.tensor(true, false, false), 5);
    assertArrayEquals(new float[] {5}, one.toFloatArray());
  }

  @Test
  @DisplayName("T11 positions that change before backward are refused")
  void changedIndex() {
    Tensor leaf = Tensors.ones(3).requiresGrad_();
    Tensor at = Tensors.tensor(0L, 1L);
    List<Tensor> results =
        List.of(
            leaf.get(at),
            leaf.mul(1).set(at, 2),
            leaf.gather(0, at),
            leaf.indexSelect(0, at),
            leaf.take(at),
            leaf.scatter(0, at, Tensors.ones(2)));
    at.add_(1);
    for (Tensor y : results) {
      assertError(
          AutogradException.class,
          "modified by an inplace operation: [torch.LongTensor [2]]",
          () -> y.sum().backward());
    }
  }

  @Test
  @DisplayName("T12 numbers reach integers exactly, and are refused where they do not fit")
  void numbers() {
    long large = (1L << 53) + 1;
    Tensor at = Tensors.tensor(new long[] {1});
    Tensor y = Tensors.zeros(INT64, 2).scatter_(0, at, large);
    assertArrayEquals(new long[] {0, large}, y.toLongArray());
    assertArrayEquals(
        new long[] {large, large}, y.maskedFill(Tensors.tensor(true, false), large).toLongArray());
    assertArrayEquals(
        new long[] {1, 255}, Tensors.ones(UINT8, 2).scatter_(0, at, -1).toLongArray());
    assertError(
        KindlingException.class,
        "value cannot be converted to type uint8_t without overflow",
        () -> Tensors.zeros(UINT8, 2).scatter_(0, at, 300));
    assertError(
        KindlingException.class,
        "value cannot be converted to type int16_t without overflow",
        () -> Tensors.zeros(INT16, 2).maskedFill(Tensors.tensor(true), 40000));
  }

  @Test
  @DisplayName("T12 take, masked_fill and masked_select refuse in PyTorch's words")
  void pickErrors() {
    assertError(
        IndexException.class,
        "out of range: tried to access index 24 on a tensor of 24 elements",
        () -> x.take(Tensors.tensor(0L, 24L)));
    assertError(
        DTypeException.class,
        "masked_fill_ only supports boolean masks, but got mask with dtype Long",
        () -> x.maskedFill(x, 1));
    assertError(
        ShapeException.class,
        "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with 1"
            + " dimension(s).",
        () -> x.maskedFill(x.gt(1), Tensors.zeros(INT64, 1)));
    assertError(
        DTypeException.class,
        "masked_select: expected BoolTensor for mask",
        () -> x.maskedSelect(x));
    assertError(
        IndexException.class,
        "index_select(): Index to scalar can have only 1 value, got 2 value(s)",
        () -> Tensors.tensor(1.0).indexSelect(0, Tensors.tensor(0L, 0L)));
  }

  @Test
  @DisplayName("an argument that is not there is named")
  void nullArguments() {
    assertError(
        KindlingException.class,
        "gather: argument 'index' must not be null",
        () -> x.gather(0, null));
    assertError(
        KindlingException.class, "argument 'src' must not be null", () -> x.scatterAdd(0, x, null));
    assertError(
        KindlingException.class, "argument 'tensor' must not be null", () -> x.get((Tensor) null));
    assertError(
        KindlingException.class,
        "argument 'value' must not be null",
        () -> x.set("0", (Tensor) null));
    assertError(
        KindlingException.class, "argument 'mask' must not be null", () -> x.maskedSelect(null));
  }

  @Test
  @DisplayName("T12 a sum of halves at one place is rounded once, as libtorch's")
  void sumsOfHalves() {
    for (DType half : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
      Tensor zeros = Tensors.zeros(DType.INT64, 4096, 2);
      Tensor sum = Tensors.zeros(half, 2, 2).scatterAdd(0, zeros, Tensors.ones(half, 4096, 2));
      assertEquals("[[4096.0, 4096.0], [0.0, 0.0]]", sum.tolist().toString());
      Tensor v = Tensors.ones(half, 2, 2).requiresGrad_();
      v.gather(0, zeros).sum().backward();
      v.indexSelect(0, zeros.select(1, 0)).sum().backward();
      assertEquals("[[8192.0, 8192.0], [0.0, 0.0]]", v.grad().tolist().toString());
    }
  }

  @Test
  @DisplayName("T11 a number beyond a half's range becomes an infinity where it is set")
  void beyondHalves() {
    Tensor h = Tensors.zeros(DType.FLOAT16, 2, 2);
    h.set("0", 1e39).set(h.eq(0), -70000);
    assertEquals("[[Infinity, Infinity], [-Infinity, -Infinity]]", h.tolist().toString());
    assertError(
        DTypeException.class,
        "value cannot be converted to type float without overflow",
        () -> Tensors.zeros(2).set("0", 1e39));
  }
}
