package io.kindling.tensor;

import static io.kindling.core.DType.BFLOAT16;
import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.FLOAT16;
import static io.kindling.core.DType.FLOAT32;
import static io.kindling.core.DType.FLOAT64;
import static io.kindling.core.DType.INT16;
import static io.kindling.core.DType.INT32;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.INT8;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The ten data types in and out of tensors")
class DataTypesTest {
  private static void assertTensor(DType dtype, long[] shape, double[] values, Tensor x) {
    assertEquals(dtype, x.dtype());
    assertArrayEquals(shape, x.shape());
    assertArrayEquals(values, x.toDoubleArray(), dtype.toString());
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }

  @Test
  @DisplayName("T06 every type has a conversion by PyTorch's name, and it is libtorch's")
  void conversions() {
    Map<DType, UnaryOperator<Tensor>> all = new EnumMap<>(DType.class);
    all.put(BOOL, Tensor::toBool);
    all.put(UINT8, Tensor::toByte);
    all.put(INT8, Tensor::toChar);
    all.put(INT16, Tensor::toShort);
    all.put(INT32, Tensor::toInt);
    all.put(INT64, Tensor::toLong);
    all.put(FLOAT16, Tensor::toHalf);
    all.put(BFLOAT16, Tensor::toBfloat16);
    all.put(FLOAT32, Tensor::toFloat);
    all.put(FLOAT64, Tensor::toDouble);
    Tensor whole = Tensors.tensor(0L, 1L, 127L, -128L, 300L, -70000L, (1L << 40) + 3);
    Tensor real = Tensors.tensor(new double[] {0, -0.0, 1.9, -1.9, 100.3, 0.1}, FLOAT64);
    for (DType d : DType.values()) {
      Tensor y = all.get(d).apply(whole);
      Torch.assertClose("int64 to " + d, Torch.of(whole).to(Torch.type(d)), y, 0, 0);
      assertSame(y, all.get(d).apply(y));
      if (d != UINT8) {
        Tensor z = all.get(d).apply(real);
        Torch.assertClose("float64 to " + d, Torch.of(real).to(Torch.type(d)), z, 0, 0);
      }
    }
  }

  @Test
  @DisplayName("T20 arrays of every primitive type come out of every data type")
  void arraysOut() {
    for (DType d : DType.values()) {
      Tensor x = Tensors.tensor(new int[][] {{0, 1}, {2, 100}}, INT64).to(d).t();
      int two = d == BOOL ? 1 : 2;
      int hundred = d == BOOL ? 1 : 100;
      assertArrayEquals(new byte[] {0, (byte) two, 1, (byte) hundred}, x.toByteArray());
      assertArrayEquals(new short[] {0, (short) two, 1, (short) hundred}, x.toShortArray());
      assertArrayEquals(new int[] {0, two, 1, hundred}, x.toIntArray());
      assertArrayEquals(new long[] {0, two, 1, hundred}, x.toLongArray());
      assertArrayEquals(new float[] {0, two, 1, hundred}, x.toFloatArray());
      assertArrayEquals(new double[] {0, two, 1, hundred}, x.toDoubleArray());
      assertArrayEquals(new boolean[] {false, true, true, true}, x.toBooleanArray());
    }
    assertArrayEquals(new byte[] {-56, -1}, Tensors.tensor((byte) 200, (byte) 255).toByteArray());
    assertArrayEquals(new int[] {200}, Tensors.tensor(new int[] {200}, UINT8).toIntArray());
    assertEquals(0, Tensors.zeros(0, 3).toShortArray().length);
  }

  @Test
  @DisplayName("T01 shorts give int64 and bytes uint8, as vectors and as numbers")
  void narrowNumbers() {
    assertTensor(INT64, shape(2), new double[] {-1, 2}, Tensors.tensor((short) -1, (short) 2));
    assertTensor(INT64, shape(), new double[] {-1}, Tensors.tensor((short) -1));
    assertTensor(UINT8, shape(2), new double[] {255, 2}, Tensors.tensor((byte) -1, (byte) 2));
    assertTensor(UINT8, shape(), new double[] {255}, Tensors.tensor((byte) -1));
    assertTensor(BOOL, shape(2), new double[] {0, 1}, Tensors.tensor(false, true));
  }

  @Test
  @DisplayName("T01 nested arrays of every kind give every type")
  void nested() {
    double[] values = {0, 1, 2, 100};
    Object[] arrays = {
      new byte[][] {{0, 1}, {2, 100}},
      new short[][] {{0, 1}, {2, 100}},
      new int[][] {{0, 1}, {2, 100}},
      new long[][] {{0, 1}, {2, 100}},
      new float[][] {{0, 1}, {2, 100}},
      new double[][] {{0, 1}, {2, 100}},
      new Short[][] {{0, 1}, {2, 100}},
      new Double[][] {{0.0, 1.0}, {2.0, 100.0}}
    };
    for (Object array : arrays) {
      for (DType d : DType.values()) {
        double[] expected = d == BOOL ? new double[] {0, 1, 1, 1} : values;
        assertTensor(d, shape(2, 2), expected, Tensors.tensor(array, d));
      }
    }
    Object bytes = new byte[] {-1, 1};
    assertTensor(INT8, shape(2), new double[] {-1, 1}, Tensors.tensor(bytes, INT8));
    assertTensor(INT16, shape(2), new double[] {255, 1}, Tensors.tensor(bytes, INT16));
    Object third = new double[] {1 / 3.0};
    assertTensor(FLOAT16, shape(1), new double[] {0.333251953125}, Tensors.tensor(third, FLOAT16));
    assertTensor(BFLOAT16, shape(1), new double[] {0.333984375}, Tensors.tensor(third, BFLOAT16));
  }

  @Test
  @DisplayName("T01 a number beyond an integral type is PyTorch's error and names its index")
  void beyondRange() {
    assertError(
        DTypeException.class,
        "value cannot be converted to type uint8 without overflow: 300 at index [1][0]",
        () -> Tensors.tensor(new int[][] {{1}, {300}}, UINT8));
    assertError(
        DTypeException.class,
        "value cannot be converted to type int8 without overflow: 200 at index [0]",
        () -> Tensors.tensor(new int[] {200}, INT8));
    assertError(
        DTypeException.class,
        "value cannot be converted to type int32 without overflow: NaN at index [0]",
        () -> Tensors.tensor(new double[] {Double.NaN}, INT32));
    assertError(
        DTypeException.class,
        "value cannot be converted to type int64 without overflow: Infinity",
        () -> Tensors.tensor((Object) Double.POSITIVE_INFINITY, INT64));
    assertTensor(UINT8, shape(1), new double[] {255}, Tensors.tensor(new int[] {-1}, UINT8));
    assertTensor(INT64, shape(1), new double[] {-1}, Tensors.tensor(new double[] {-1.7}, INT64));
    double infinity = Double.POSITIVE_INFINITY;
    for (DType d : new DType[] {FLOAT16, BFLOAT16, FLOAT32}) {
      assertTensor(d, shape(1), new double[] {infinity}, Tensors.tensor(new double[] {1e39}, d));
    }
  }

  @Test
  @DisplayName("T01 a null in a nested array is refused by its index")
  void nestedNull() {
    assertError(
        KindlingException.class,
        "tensor: argument 'data[1][0]' must not be null",
        () -> Tensors.tensor(new Integer[][] {{1}, {null}}));
  }

  @Test
  @DisplayName("T02 a flat array keeps its own type, or takes any other")
  void flat() {
    double[] values = {0, 1, 2, 100};
    long[] square = {2, 2};
    assertTensor(INT32, square, values, Tensors.fromArray(new int[] {0, 1, 2, 100}, 2, 2));
    assertTensor(INT16, square, values, Tensors.fromArray(new short[] {0, 1, 2, 100}, 2, 2));
    assertTensor(UINT8, square, values, Tensors.fromArray(new byte[] {0, 1, 2, 100}, 2, 2));
    assertTensor(
        BOOL,
        shape(2, 1),
        new double[] {1, 0},
        Tensors.fromArray(new boolean[] {true, false}, 2, 1));
    Object[] arrays = {
      new byte[] {0, 1, 2, 100},
      new short[] {0, 1, 2, 100},
      new int[] {0, 1, 2, 100},
      new long[] {0, 1, 2, 100},
      new float[] {0, 1, 2, 100},
      new double[] {0, 1, 2, 100}
    };
    for (Object array : arrays) {
      for (DType d : DType.values()) {
        double[] expected = d == BOOL ? new double[] {0, 1, 1, 1} : values;
        assertTensor(d, square, expected, Tensors.fromArray(array, d, 2, 2));
      }
    }
    byte[] signs = {-1, 1};
    assertTensor(INT8, shape(2), new double[] {-1, 1}, Tensors.fromArray(signs, INT8, 2));
    assertTensor(UINT8, shape(2), new double[] {255, 1}, Tensors.fromArray(signs, UINT8, 2));
    assertTensor(FLOAT32, shape(2), new double[] {255, 1}, Tensors.fromArray(signs, FLOAT32, 2));
  }

  @Test
  @DisplayName("T02 what is no flat array, or does not fill the shape, is refused")
  void flatErrors() {
    assertError(
        DTypeException.class,
        "fromArray: cannot make a tensor of int[][]; expected a flat array of numbers or booleans",
        () -> Tensors.fromArray(new int[2][2], INT32, 2, 2));
    assertError(
        DTypeException.class,
        "fromArray: cannot make a tensor of Integer",
        () -> Tensors.fromArray((Object) 7, INT32));
    assertError(
        DTypeException.class,
        "fromArray: cannot make a tensor of char[]",
        () -> Tensors.fromArray(new char[2], INT32, 2));
    assertError(
        ShapeException.class,
        "shape '[3]' is invalid for input of size 2",
        () -> Tensors.fromArray(new short[2], INT32, 3));
  }

  @Test
  @DisplayName("T05 the like and new forms have every type")
  void likeAndNew() {
    Tensor x = Tensors.ones(INT16, 2, 3).t();
    assertEquals(INT16, Tensors.emptyLike(x).dtype());
    assertArrayEquals(x.stride(), Tensors.emptyLike(x).stride());
    for (DType d : DType.values()) {
      double[] six = {1, 1, 1, 1, 1, 1};
      assertTensor(d, shape(3, 2), new double[6], Tensors.zerosLike(x, d));
      assertTensor(d, shape(3, 2), six, Tensors.onesLike(x, d));
      assertTensor(d, shape(3, 2), six, Tensors.fullLike(x, 1, d));
      assertTensor(d, shape(2), new double[2], x.newZeros(d, 2));
      assertTensor(d, shape(2), new double[] {1, 1}, x.newOnes(d, 2));
      assertTensor(d, shape(2), new double[] {1, 1}, x.newFull(1, d, 2));
      assertArrayEquals(shape(4, 0), x.newEmpty(d, 4, 0).shape());
      assertEquals(d, x.newEmpty(d, 4).dtype());
    }
    assertTensor(INT16, shape(), new double[] {7}, x.newFull(7));
  }

  @Test
  @DisplayName("T06 a number too large for the type of where is refused; in halves it is infinite")
  void largeNumberInWhere() {
    Tensor condition = Tensors.tensor(true, false);
    for (DType d : DType.values()) {
      Tensor x = Tensors.ones(d, 2);
      for (Number n : new Number[] {300L, -1L, 1e39}) {
        org.bytedeco.pytorch.Scalar s =
            n instanceof Long whole ? Torch.num((long) whole) : Torch.num(n.doubleValue());
        Parity.assertSame(
            d + " " + n,
            v -> Tensors.where(v[0], v[1], n),
            v -> torch.where(v[0], v[1], s),
            condition,
            x);
        Parity.assertSame(
            n + " " + d,
            v -> Tensors.where(v[0], n, v[1]),
            v -> torch.where(v[0], s, v[1]),
            condition,
            x);
      }
    }
  }

  @Test
  @DisplayName("T04 a number beyond the range of a half is refused by libtorch's name of the type")
  void halfOverflow() {
    for (DType d : new DType[] {FLOAT16, BFLOAT16}) {
      var bound = new org.bytedeco.pytorch.ScalarOptional(Torch.num(1e39));
      var halves = torch.ones(5).to(Torch.type(d));
      String theirs = assertThrows(RuntimeException.class, () -> halves.clamp(bound)).getMessage();
      assertError(
          DTypeException.class, theirs.split("\n")[0], () -> Tensors.ones(d, 5).clamp(1e39, null));
    }
  }
}
