package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.core.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringSupplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Runs programs on libtorch. */
final class Theirs extends Machine<Tensor> {
  private static final Map<String, ScalarType> TYPES =
      Map.of(
          "bool", ScalarType.Bool,
          "uint8", ScalarType.Byte,
          "int8", ScalarType.Char,
          "int16", ScalarType.Short,
          "int32", ScalarType.Int,
          "int64", ScalarType.Long,
          "float16", ScalarType.Half,
          "bfloat16", ScalarType.BFloat16,
          "float32", ScalarType.Float,
          "float64", ScalarType.Double);

  /** The text in place of a C++ stack trace, which costs more than the call that failed. */
  private static final StringSupplier NO_TRACE =
      new StringSupplier() {
        @Override
        public BytePointer call() {
          return new BytePointer("");
        }
      };

  static {
    torch.set_num_threads(1);
    torch.SetStackTraceFetcher(NO_TRACE);
  }

  /** By how many units of precision leaves and rounded results are off; 0 for the true program. */
  private final int off;

  /** Whether they are off by the same factor everywhere, so that ties stay ties. */
  private final boolean evenly;

  Theirs() {
    this(0, true);
  }

  Theirs(int off, boolean evenly) {
    this.off = off;
    this.evenly = evenly;
  }

  static ScalarType type(DType dtype) {
    return java.util.Objects.requireNonNull(TYPES.get(dtype.torchName()));
  }

  static DType type(Tensor t) {
    for (DType d : DType.values()) {
      if (type(d) == t.scalar_type().intern()) {
        return d;
      }
    }
    throw new IllegalStateException("libtorch gave " + t.scalar_type());
  }

  @Override
  Number[] values(Step.Leaf leaf) {
    Number[] v = super.values(leaf);
    if (off != 0 && leaf.dtype().isFloatingPoint()) {
      double unit = off * Precision.unit(leaf.dtype());
      Arrays.setAll(v, i -> v[i].doubleValue() * (1 + (evenly || i % 2 == 0 ? unit : -unit)));
    }
    return v;
  }

  @Override
  Tensor constant(DType dtype, long[] shape, Number[] values) {
    if (values.length == 0) {
      return torch.empty(shape).to(type(dtype));
    }
    Tensor t =
        dtype.isFloatingPoint()
            ? Tensor.create(Arrays.stream(values).mapToDouble(Number::doubleValue).toArray())
            : Tensor.create(Arrays.stream(values).mapToLong(Number::longValue).toArray());
    return t.reshape(shape).to(type(dtype));
  }

  @Override
  Tensor leaf(Tensor values, boolean grad) {
    Tensor t = values.detach();
    t.set_requires_grad(grad);
    return t;
  }

  @Override
  Tensor apply(Op op, List<Tensor> args, Op.Params params) {
    Tensor y = op.theirs().call(args.toArray(new Tensor[0]), params);
    if (off != 0 && op.isRounded() && type(y).isFloatingPoint()) {
      // through data(), so that no derivative takes it for a write
      y.data().mul_(new Scalar(1 + off * Precision.unit(type(y))));
    }
    return y;
  }

  @Override
  boolean requiresGrad(Tensor x) {
    return x.requires_grad();
  }

  static long[] shape(Tensor x) {
    long[] out = new long[(int) x.dim()];
    Arrays.setAll(out, x::size);
    return out;
  }

  @Override
  Seen look(int step, String what, Tensor x) {
    long[] s = new long[(int) x.dim()];
    Arrays.setAll(s, x::stride);
    return new Seen(
        step, what, null, true, type(x), shape(x), s, x.requires_grad(), isLeaf(x), values(x));
  }

  /** Not {@code is_leaf}: a view learns from {@code grad_fn} that its base was written. */
  private static boolean isLeaf(Tensor x) {
    Node fn = x.grad_fn();
    return fn == null || fn.isNull();
  }

  static Object values(Tensor x) {
    int n = (int) x.numel();
    if (type(x).isFloatingPoint()) {
      double[] out = new double[n];
      if (n > 0) {
        x.detach().to(ScalarType.Double).contiguous().data_ptr_double().get(out);
      }
      return out;
    }
    long[] out = new long[n];
    if (n > 0) {
      x.detach().to(ScalarType.Long).contiguous().data_ptr_long().get(out);
    }
    return out;
  }

  @Override
  boolean isTyped(RuntimeException e) {
    return true;
  }

  @Override
  void backward(Tensor root, Tensor gradient, boolean retain) {
    root.backward(gradient, new BoolOptional(retain), false, new TensorArrayRefOptional());
  }

  @Override
  @Nullable Tensor grad(Tensor leaf) {
    Tensor g = leaf.grad();
    return g.defined() ? g : null;
  }

  @Override
  List<@Nullable Tensor> grads(
      List<Tensor> roots, List<Tensor> gradients, List<Tensor> inputs, boolean create) {
    TensorVector found =
        torch.grad(
            vector(roots),
            vector(inputs),
            vector(gradients),
            new BoolOptional(create),
            create,
            true);
    List<@Nullable Tensor> out = new ArrayList<>();
    for (long i = 0; i < found.size(); i++) {
      Tensor g = found.get(i);
      out.add(g.defined() ? g : null);
    }
    return out;
  }

  static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(tensors.toArray(new Tensor[0]));
  }
}
