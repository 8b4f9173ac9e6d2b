package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads nested Java arrays. */
final class NestedArrays {
  private NestedArrays() {}

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
    Class<?> leaf = nested.getClass();
    while (leaf.isArray()) {
      leaf = leaf.getComponentType();
    }
    double[] values = new double[Math.toIntExact(Shapes.numel(sizes))];
    long[] integers = new long[values.length];
    fill(nested, sizes, 0, "", values, integers, 0);
    DType natural = natural(leaf, nested);
    boolean integral = natural.isIntegral();
    Tensor t = integral ? Tensors.fromArray(integers, sizes) : Tensors.fromArray(values, sizes);
    return t.to(dtype == null ? natural : dtype);
  }

  private static DType natural(Class<?> leaf, Object nested) {
    if (leaf == boolean.class || leaf == Boolean.class) {
      return DType.BOOL;
    }
    if (leaf == byte.class || leaf == Byte.class) {
      return DType.UINT8;
    }
    if (leaf == int.class
        || leaf == long.class
        || leaf == short.class
        || leaf == Integer.class
        || leaf == Long.class) {
      return DType.INT64;
    }
    if (leaf == float.class
        || leaf == double.class
        || leaf == Float.class
        || leaf == Double.class) {
      return DType.FLOAT32;
    }
    throw new DTypeException(
        "tensor: cannot make a tensor of " + nested.getClass().getSimpleName());
  }

  private static int fill(
      Object level, long[] sizes, int depth, String path, double[] out, long[] ints, int at) {
    if (depth == sizes.length) {
      if (level.getClass().isArray()) {
        throw ragged(path, 0, Array.getLength(level));
      }
      out[at] = number(level);
      ints[at] = level instanceof Number n ? n.longValue() : (long) out[at];
      ints[at] = level instanceof Byte b ? b & 0xff : ints[at];
      return at + 1;
    }
    int n = level.getClass().isArray() ? Array.getLength(level) : -1;
    if (n != sizes[depth]) {
      throw ragged(path, sizes[depth], n);
    }
    int next = at;
    for (int i = 0; i < n; i++) {
      String inner = path + "[" + i + "]";
      Object one = Arguments.notNull(Array.get(level, i), "tensor", "data" + inner);
      next = fill(one, sizes, depth + 1, inner, out, ints, next);
    }
    return next;
  }

  private static ShapeException ragged(String path, long expected, long got) {
    return new ShapeException(
        "tensor: ragged input: expected sequence of length "
            + expected
            + " at "
            + (path.isEmpty() ? "the top" : "index " + path)
            + " (got "
            + (got < 0 ? "a single value" : String.valueOf(got))
            + ")");
  }

  private static double number(Object value) {
    if (value instanceof Boolean b) {
      return b ? 1 : 0;
    }
    if (value instanceof Number n) {
      return n.doubleValue();
    }
    throw new DTypeException("tensor: cannot make a tensor of " + value.getClass().getSimpleName());
  }
}
