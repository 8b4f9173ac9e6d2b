package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Device;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes tensors: PyTorch's {@code torch.zeros}, {@code torch.tensor} and the like. Meant for a
 * static import. The default type is float32.
 */
public final class Tensors {
  private Tensors() {}

  // ---- from values

  /** A 0-D float32. */
  public static Tensor tensor(double value) {
    return full(value, DType.FLOAT32);
  }

  public static Tensor tensor(float value) {
    return full(value, DType.FLOAT32);
  }

  /** A 0-D int64. */
  public static Tensor tensor(long value) {
    return full(value, DType.INT64);
  }

  public static Tensor tensor(int value) {
    return full(value, DType.INT64);
  }

  /** A 0-D uint8. */
  public static Tensor tensor(byte value) {
    return fromArray(new byte[] {value});
  }

  public static Tensor tensor(boolean value) {
    return full(value ? 1 : 0, DType.BOOL);
  }

  /**
   * float32, as PyTorch makes of Python's floats; ask for float64 with {@link #tensor(Object,
   * DType)}.
   */
  public static Tensor tensor(double... values) {
    return fromArray(values, values.length).to(DType.FLOAT32);
  }

  public static Tensor tensor(float... values) {
    return fromArray(values, values.length);
  }

  public static Tensor tensor(long... values) {
    return fromArray(values, values.length);
  }

  public static Tensor tensor(int... values) {
    return tensor((Object) values);
  }

  public static Tensor tensor(short... values) {
    return tensor((Object) values);
  }

  /** uint8; ask for int8 with {@link #tensor(Object, DType)}. */
  public static Tensor tensor(byte... values) {
    return fromArray(values, values.length);
  }

  public static Tensor tensor(boolean... values) {
    return fromArray(values, values.length);
  }

  /**
   * From a nested array such as {@code int[][]} or {@code float[][][]}: integers give int64, floats
   * and doubles float32, booleans bool, bytes uint8.
   *
   * @throws ShapeException naming the index at which it is ragged
   */
  public static Tensor tensor(Object nested) {
    return NestedArrays.tensor(nested, null);
  }

  /**
   * As {@link #tensor(Object)}, converted to {@code dtype} without a detour through float32.
   *
   * @throws io.kindling.core.DTypeException for a number that an integral type cannot hold
   */
  public static Tensor tensor(Object nested, DType dtype) {
    return NestedArrays.tensor(nested, dtype);
  }

  /** Copies a flat array in row-major order into {@code shape}. */
  public static Tensor fromArray(float[] values, long... shape) {
    return fresh(DType.FLOAT32, values, values.length, shape);
  }

  public static Tensor fromArray(double[] values, long... shape) {
    return fresh(DType.FLOAT64, values, values.length, shape);
  }

  public static Tensor fromArray(long[] values, long... shape) {
    return fresh(DType.INT64, values, values.length, shape);
  }

  public static Tensor fromArray(int[] values, long... shape) {
    return fresh(DType.INT32, values, values.length, shape);
  }

  public static Tensor fromArray(short[] values, long... shape) {
    return fresh(DType.INT16, values, values.length, shape);
  }

  /** Bytes become uint8. */
  public static Tensor fromArray(byte[] values, long... shape) {
    return fresh(DType.UINT8, values, values.length, shape);
  }

  public static Tensor fromArray(boolean[] values, long... shape) {
    return fresh(DType.BOOL, values, values.length, shape);
  }

  /**
   * Copies a flat array of any primitive type but char, in row-major order, and converts it as
   * {@link Tensor#to(DType)} does: what is out of range wraps around. Bytes are uint8 or int8.
   */
  public static Tensor fromArray(Object values, DType dtype, long... shape) {
    return fresh(NestedArrays.own(values), values, Array.getLength(values), shape).to(dtype);
  }

  /**
   * A tensor over the memory of a direct buffer, from its position to its limit: nothing is copied,
   * and each sees what the other writes. No scope releases it.
   *
   * @param buffer in the byte order of the machine, which Java's buffers do not have by themselves
   * @throws KindlingException for a buffer whose memory cannot be shared
   * @throws ShapeException where the buffer has not as many bytes as the tensor
   */
  public static Tensor fromBuffer(ByteBuffer buffer, DType dtype, long... shape) {
    return TensorValues.over(buffer, dtype, shape);
  }

  private static Tensor fresh(DType dtype, Object values, int length, long... shape) {
    if (Shapes.numel(shape) != length) {
      throw new ShapeException(
          "shape '" + Shapes.text(shape) + "' is invalid for input of size " + length);
    }
    Tensor t = empty(dtype, shape);
    t.strided().upload(values, 0, length, 0);
    return t;
  }

  // ---- filled

  /** Uninitialised. */
  public static Tensor empty(DType dtype, long... shape) {
    return empty(dtype, DefaultDevice.current(), shape);
  }

  public static Tensor empty(DType dtype, Device device, long... shape) {
    return Tensor.allocate(device, dtype, Layout.contiguous(shape), "empty");
  }

  public static Tensor empty(long... shape) {
    return empty(DType.FLOAT32, shape);
  }

  public static Tensor zeros(DType dtype, long... shape) {
    return empty(dtype, shape).zero_();
  }

  public static Tensor zeros(DType dtype, Device device, long... shape) {
    return empty(dtype, device, shape).zero_();
  }

  public static Tensor zeros(long... shape) {
    return zeros(DType.FLOAT32, shape);
  }

  public static Tensor ones(DType dtype, long... shape) {
    return empty(dtype, shape).fill_(1);
  }

  public static Tensor ones(DType dtype, Device device, long... shape) {
    return empty(dtype, device, shape).fill_(1);
  }

  public static Tensor ones(long... shape) {
    return ones(DType.FLOAT32, shape);
  }

  /** All elements {@code value}; without a shape a 0-D tensor. */
  public static Tensor full(Number value, DType dtype, long... shape) {
    return full(value, dtype, DefaultDevice.current(), shape);
  }

  public static Tensor full(Number value, DType dtype, Device device, long... shape) {
    return empty(dtype, device, shape).fill_(value);
  }

  /** The identity matrix, or with {@code m} columns. */
  public static Tensor eye(long n, long m, DType dtype) {
    Tensor t = zeros(dtype, n, m);
    for (long i = 0; i < Math.min(n, m); i++) {
      t.get(i, i).fill_(1);
    }
    return t;
  }

  public static Tensor eye(long n) {
    return eye(n, n, DType.FLOAT32);
  }

  /** {@code 0, 1, ..., end - 1} in int64. */
  public static Tensor arange(long end) {
    return arange(0, end, 1);
  }

  public static Tensor arange(long start, long end) {
    return arange(start, end, 1);
  }

  /** {@code start, start + step, ...} short of {@code end}, in int64. */
  public static Tensor arange(long start, long end, long step) {
    checkArange(start, end, step);
    // The distance as an unsigned number, which has room for that of any two.
    long last =
        Long.divideUnsigned((step > 0 ? end - start : start - end) - 1, step > 0 ? step : -step);
    long n = start == end ? 0 : last + 1;
    long[] values = new long[length(n < 0 ? Long.MAX_VALUE : n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = start + i * step;
    }
    return fromArray(values, values.length);
  }

  /** {@code start, start + step, ...} short of {@code end}, in float32. */
  public static Tensor arange(double start, double end, double step) {
    return arange(start, end, step, DType.FLOAT32);
  }

  public static Tensor arange(double start, double end, double step, DType dtype) {
    checkArange(start, end, step);
    int n = length(Math.max(0, Math.ceil((end - start) / step)));
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = start + i * step;
    }
    return fromArray(values, n).to(dtype);
  }

  private static int length(double n) {
    return Shapes.arrayLength((long) n, (long) n);
  }

  private static void checkArange(double start, double end, double step) {
    if (step == 0) {
      throw new KindlingException("arange: step must be nonzero");
    }
    if ((end - start) * step < 0) {
      throw new KindlingException(
          "arange: upper bound and lower bound inconsistent with step sign");
    }
  }

  /** {@code steps} evenly spaced values from {@code start} to {@code end}, both included. */
  public static Tensor linspace(double start, double end, int steps) {
    return linspace(start, end, steps, DType.FLOAT32);
  }

  public static Tensor linspace(double start, double end, int steps, DType dtype) {
    if (steps < 0) {
      throw new KindlingException("linspace: number of steps must be non-negative");
    }
    double[] values = new double[steps];
    double step = steps > 1 ? (end - start) / (steps - 1) : 0;
    for (int i = 0; i < steps; i++) {
      values[i] = i < steps / 2 || steps == 1 ? start + step * i : end - step * (steps - 1 - i);
    }
    return fromArray(values, steps).to(dtype);
  }

  // ---- like another

  public static Tensor emptyLike(Tensor x) {
    return emptyLike(x, x.dtype());
  }

  public static Tensor emptyLike(Tensor x, DType dtype) {
    return Tensor.allocate(x.device(), dtype, x.layout().likeDense(), "empty_like");
  }

  public static Tensor zerosLike(Tensor x) {
    return zerosLike(x, x.dtype());
  }

  public static Tensor zerosLike(Tensor x, DType dtype) {
    return emptyLike(x, dtype).zero_();
  }

  public static Tensor onesLike(Tensor x) {
    return onesLike(x, x.dtype());
  }

  public static Tensor onesLike(Tensor x, DType dtype) {
    return emptyLike(x, dtype).fill_(1);
  }

  public static Tensor fullLike(Tensor x, Number value) {
    return emptyLike(x, x.dtype()).fill_(value);
  }

  public static Tensor fullLike(Tensor x, Number value, DType dtype) {
    return emptyLike(x, dtype).fill_(value);
  }

  public static Tensor randLike(Tensor x) {
    return randLike(x, x.dtype());
  }

  public static Tensor randLike(Tensor x, DType dtype) {
    return emptyLike(x, dtype).uniform_(0, 1);
  }

  public static Tensor randnLike(Tensor x) {
    return randnLike(x, x.dtype());
  }

  public static Tensor randnLike(Tensor x, DType dtype) {
    return emptyLike(x, dtype).normal_(0, 1);
  }

  // ---- random

  /** Seeds the default random stream of the process. */
  public static void manualSeed(long seed) {
    Generator.manualSeed(seed);
  }

  /** Uniform in {@code [0, 1)}. */
  public static Tensor rand(long... shape) {
    return rand(DType.FLOAT32, shape);
  }

  public static Tensor rand(DType dtype, long... shape) {
    return empty(dtype, shape).uniform_(0, 1);
  }

  public static Tensor rand(DType dtype, Device device, long... shape) {
    return empty(dtype, device, shape).uniform_(0, 1);
  }

  /** Standard normal. */
  public static Tensor randn(long... shape) {
    return randn(DType.FLOAT32, shape);
  }

  public static Tensor randn(DType dtype, long... shape) {
    return empty(dtype, shape).normal_(0, 1);
  }

  public static Tensor randn(DType dtype, Device device, long... shape) {
    return empty(dtype, device, shape).normal_(0, 1);
  }

  public static Tensor normal(double mean, double std, long... shape) {
    return empty(shape).normal_(mean, std);
  }

  /** int64 from {@code [low, high)}. */
  public static Tensor randint(long low, long high, long... shape) {
    return RandomOps.integers_(empty(DType.INT64, shape), low, high);
  }

  /** A random order of {@code 0 .. n - 1}, int64. */
  public static Tensor randperm(int n) {
    int[] order = Generator.current().permutation(n);
    long[] out = new long[n];
    for (int i = 0; i < n; i++) {
      out[i] = order[i];
    }
    return fromArray(out, n);
  }

  // ---- joining

  /** Joins along an existing dimension; the other sizes agree. */
  public static Tensor cat(List<Tensor> tensors, int dim) {
    return JoinOps.cat(tensors, dim);
  }

  /** Joins along a new dimension; all shapes agree. */
  public static Tensor stack(List<Tensor> tensors, int dim) {
    List<Tensor> wide = new ArrayList<>();
    for (Tensor t : tensors) {
      if (!t.layout().sameShape(tensors.get(0).layout())) {
        throw new ShapeException(
            "stack expects each tensor to be equal size, but got "
                + Shapes.text(tensors.get(0).shape())
                + " at entry 0 and "
                + Shapes.text(t.shape())
                + " at entry "
                + wide.size());
      }
      wide.add(t.unsqueeze(dim));
    }
    return cat(wide, dim);
  }

  // ---- functions of several tensors

  /** {@code condition ? a : b}, elementwise. */
  public static Tensor where(Tensor condition, Tensor a, Tensor b) {
    return ArithmeticForms.where(condition, a, b);
  }

  public static Tensor where(Tensor condition, Tensor a, Number b) {
    return where(condition, a, ArithmeticForms.branch(a, b));
  }

  public static Tensor where(Tensor condition, Number a, Tensor b) {
    return where(condition, ArithmeticForms.branch(b, a), b);
  }

  /** int64 of two integers, else float32. */
  public static Tensor where(Tensor condition, Number a, Number b) {
    return where(condition, ArithmeticForms.branch(Tensor.wrapped(b), a), b);
  }

  /** Sums of products in Einstein's notation: {@code einsum("bij,bjk->bik", a, b)}. */
  public static Tensor einsum(String equation, Tensor... operands) {
    return Autograd.composed(() -> Einsum.einsum(equation, operands));
  }

  /**
   * PyTorch's {@code out=}: {@code out("add", result, a, b)} writes {@code a + b} into {@code
   * result}, which has the right shape already. Any elementwise operator by its name.
   */
  public static Tensor out(String operator, Tensor out, Tensor... operands) {
    return PointwiseOps.named(operator).applyOut(out, operands);
  }

  /**
   * New tensors, those of layers too, are on {@code device} until the guard is closed: {@code try
   * (var d = withDevice(Device.of("cuda"))) { ... }}. Whatever names a device or is made like
   * another tensor does not ask.
   *
   * @throws io.kindling.core.DeviceException if there is no such device
   */
  public static DefaultDevice.Guard withDevice(Device device) {
    return DefaultDevice.set(device);
  }

  /** Nothing is recorded until the guard is closed: {@code try (var g = noGrad()) { ... }}. */
  public static GradMode.Guard noGrad() {
    return GradMode.set(false);
  }
}
