package io.kindling.tensor;

import static java.util.stream.Collectors.joining;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads nested Java arrays. */
final class NestedArrays {
  /** The type that holds an array's elements as they are. */
  private static final Map<Class<?>, DType> OWN =
      Map.of(
          boolean.class, DType.BOOL,
          byte.class, DType.UINT8,
          short.class, DType.INT16,
          int.class, DType.INT32,
          long.class, DType.INT64,
          float.class, DType.FLOAT32,
          double.class, DType.FLOAT64);

  private static final Map<Class<?>, Class<?>> UNBOXED =
      Map.of(
          Boolean.class, boolean.class,
          Byte.class, byte.class,
          Short.class, short.class,
          Integer.class, int.class,
          Long.class, long.class,
          Float.class, float.class,
          Double.class, double.class);

  private final long[] sizes;
  private final @Nullable DType dtype;
  private final double[] reals;
  private final long[] integers;
  private final int[] index;
  private int at;

  private NestedArrays(long[] sizes, @Nullable DType dtype) {
    this.sizes = sizes;
    this.dtype = dtype;
    this.reals = new double[Math.toIntExact(Shapes.numel(sizes))];
    this.integers = new long[reals.length];
    this.index = new int[sizes.length];
  }

  static Tensor tensor(Object nested, @Nullable DType dtype) {
    List<Long> shape = new ArrayList<>();
    Object level = Arguments.notNull(nested, "tensor", "data");
    while (level.getClass().isArray()) {
      shape.add((long) Array.getLength(level));
      if (Array.getLength(level) == 0) {
        break;
      }
      level = Arguments.notNull(Array.get(level, 0), "tensor", "data[0]");
    }
    long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
    NestedArrays read = new NestedArrays(sizes, dtype);
    read.fill(nested, 0);
    DType natural = natural(nested);
    Tensor t =
        natural.isIntegral()
            ? Tensors.fromArray(read.integers, sizes)
            : Tensors.fromArray(read.reals, sizes);
    return t.to(dtype == null ? natural : dtype);
  }

  /** The type that holds the elements of a flat array as they are; bytes are unsigned. */
  static DType own(Object array) {
    Class<?> leaf = Arguments.notNull(array, "fromArray", "values").getClass().getComponentType();
    DType own = leaf == null ? null : OWN.get(leaf);
    if (own == null) {
      throw new DTypeException(
          "fromArray: cannot make a tensor of "
              + array.getClass().getSimpleName()
              + "; expected a flat array of numbers or booleans");
    }
    return own;
  }

  private static DType natural(Object nested) {
    Class<?> leaf = nested.getClass();
    while (leaf.isArray()) {
      leaf = leaf.getComponentType();
    }
    DType own = OWN.get(UNBOXED.getOrDefault(leaf, leaf));
    if (own == null) {
      throw cannotMake(nested);
    }
    return switch (own) {
      case BOOL, UINT8 -> own;
      case INT8, INT16, INT32, INT64 -> DType.INT64;
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> DType.FLOAT32;
    };
  }

  private void fill(Object level, int depth) {
    if (depth == sizes.length) {
      if (level.getClass().isArray()) {
        throw ragged(depth, 0, Array.getLength(level));
      }
      put(number(level));
      return;
    }
    int n = level.getClass().isArray() ? Array.getLength(level) : -1;
    if (n != sizes[depth]) {
      throw ragged(depth, sizes[depth], n);
    }
    for (int i = 0; i < n; i++) {
      index[depth] = i;
      Object inner = Array.get(level, i);
      fill(
          inner != null ? inner : Arguments.notNull(inner, "tensor", "data" + path(depth + 1)),
          depth + 1);
    }
  }

  /** Where the walk is, down to a depth: {@code [1][0]}. */
  private String path(int depth) {
    return Arrays.stream(index, 0, depth).mapToObj(i -> "[" + i + "]").collect(joining());
  }

  private void put(Number value) {
    if (dtype != null && dtype.isIntegral() && !dtype.holds(value)) {
      throw new DTypeException(
          "value cannot be converted to type "
              + dtype.torchName()
              + " without overflow: "
              + value
              + (sizes.length == 0 ? "" : " at index " + path(sizes.length)));
    }
    reals[at] = value.doubleValue();
    integers[at++] = value.longValue();
  }

  private ShapeException ragged(int depth, long expected, long got) {
    return new ShapeException(
        "tensor: ragged input: expected sequence of length "
            + expected
            + " at "
            + (depth == 0 ? "the top" : "index " + path(depth))
            + " (got "
            + (got < 0 ? "a single value" : String.valueOf(got))
            + ")");
  }

  private Number number(Object value) {
    if (value instanceof Boolean b) {
      return b ? 1 : 0;
    }
    if (value instanceof Byte b) {
      return dtype == DType.INT8 ? b : b & 0xff;
    }
    if (value instanceof Number n) {
      return n;
    }
    throw cannotMake(value);
  }

  private static DTypeException cannotMake(Object value) {
    return new DTypeException(
        "tensor: cannot make a tensor of " + value.getClass().getSimpleName());
  }
}
