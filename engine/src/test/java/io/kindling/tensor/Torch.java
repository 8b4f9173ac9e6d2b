package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.kindling.core.DType;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Slice;
import org.bytedeco.pytorch.SymInt;
import org.bytedeco.pytorch.SymIntOptional;
import org.bytedeco.pytorch.TensorIndex;
import org.bytedeco.pytorch.TensorIndexVector;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** The oracle: values to and from libtorch, and comparison with it. */
final class Torch {
  static {
    torch.set_num_threads(1);
  }

  private Torch() {}

  /**
   * Frees the libtorch tensors made until it closes, and keeps until then what owns them: a tensor
   * out of a tuple or list is a part of it. oneDNN's own pointers are not among them.
   */
  @SuppressWarnings("unchecked") // an array of classes
  static PointerScope scope() {
    return new PointerScope(
        org.bytedeco.pytorch.Tensor.class,
        org.bytedeco.pytorch.T_TensorTensor_T.class,
        TensorVector.class,
        Scalar.class);
  }

  static ScalarType type(DType dtype) {
    return switch (dtype) {
      case BOOL -> ScalarType.Bool;
      case UINT8 -> ScalarType.Byte;
      case INT8 -> ScalarType.Char;
      case INT16 -> ScalarType.Short;
      case INT32 -> ScalarType.Int;
      case INT64 -> ScalarType.Long;
      case FLOAT16 -> ScalarType.Half;
      case BFLOAT16 -> ScalarType.BFloat16;
      case FLOAT32 -> ScalarType.Float;
      case FLOAT64 -> ScalarType.Double;
    };
  }

  static DType type(ScalarType type) {
    for (DType d : DType.values()) {
      if (type(d) == type.intern()) {
        return d;
      }
    }
    throw new IllegalArgumentException("libtorch gave a type that Kindling has not: " + type);
  }

  /** A libtorch tensor of the same values and type, row-major; a leaf. */
  static org.bytedeco.pytorch.Tensor of(Tensor x) {
    long[] shape = x.shape();
    if (x.numel() == 0) {
      return torch.empty(shape).to(type(x.dtype()));
    }
    return switch (x.dtype()) {
      case FLOAT16, BFLOAT16, FLOAT32 ->
          org.bytedeco.pytorch.Tensor.create(x.toFloatArray(), x.numel())
              .to(type(x.dtype()))
              .reshape(shape);
      case FLOAT64 ->
          org.bytedeco.pytorch.Tensor.create(x.toDoubleArray(), x.numel()).reshape(shape);
      case BOOL, UINT8, INT8, INT16, INT32, INT64 ->
          org.bytedeco.pytorch.Tensor.create(x.toLongArray(), x.numel())
              .to(type(x.dtype()))
              .reshape(shape);
    };
  }

  static org.bytedeco.pytorch.Tensor[] of(Tensor... x) {
    org.bytedeco.pytorch.Tensor[] out = new org.bytedeco.pytorch.Tensor[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = of(x[i]);
      out[i].set_requires_grad(x[i].requiresGrad());
    }
    return out;
  }

  /** A Kindling tensor of the same values, type and shape. */
  static Tensor back(org.bytedeco.pytorch.Tensor t) {
    return Tensors.fromArray(doubles(t), shape(t)).to(type(t.scalar_type()));
  }

  static long[] shape(org.bytedeco.pytorch.Tensor t) {
    long[] out = new long[(int) t.dim()];
    for (int d = 0; d < out.length; d++) {
      out[d] = t.size(d);
    }
    return out;
  }

  static double[] doubles(org.bytedeco.pytorch.Tensor t) {
    double[] out = new double[(int) t.numel()];
    if (out.length > 0) {
      t.detach().to(ScalarType.Double).contiguous().data_ptr_double().get(out);
    }
    return out;
  }

  static long[] longs(org.bytedeco.pytorch.Tensor t) {
    long[] out = new long[(int) t.numel()];
    if (out.length > 0) {
      t.detach().to(ScalarType.Long).contiguous().data_ptr_long().get(out);
    }
    return out;
  }

  static Scalar num(double value) {
    return new Scalar(value);
  }

  static Scalar num(long value) {
    return new Scalar(value);
  }

  static ScalarOptional some(double value) {
    return new ScalarOptional(new Scalar(value));
  }

  static ScalarOptional some(long value) {
    return new ScalarOptional(new Scalar(value));
  }

  static ScalarTypeOptional noType() {
    return new ScalarTypeOptional();
  }

  static TensorVector list(org.bytedeco.pytorch.Tensor... t) {
    return new TensorVector(t);
  }

  /** The same index expression for libtorch, without the new axes. */
  static TensorIndexVector index(List<Index> index) {
    TensorIndexVector out = new TensorIndexVector();
    for (Index i : index) {
      if (i instanceof Index.At at) {
        out.push_back(new TensorIndex(at.position()));
      } else if (i instanceof Index.Range r) {
        out.push_back(new TensorIndex(new Slice(end(r.start()), end(r.end()), end(r.step()))));
      } else if (i instanceof Index.By by) {
        out.push_back(new TensorIndex(of(by.tensor())));
      } else if (i instanceof Index.Ellipsis) {
        out.push_back(new TensorIndex("..."));
      }
    }
    return out;
  }

  /** {@code x[index]}; the presets cannot say None, so new axes are put in afterwards. */
  static org.bytedeco.pytorch.Tensor get(org.bytedeco.pytorch.Tensor x, List<Index> index) {
    TensorIndexVector plain = index(index);
    org.bytedeco.pytorch.Tensor out = plain.size() == 0 ? x : x.index(plain);
    int dim = 0;
    int used = (int) index.stream().filter(i -> !(i instanceof Index.NewAxis)).count();
    for (Index i : index) {
      if (i instanceof Index.NewAxis) {
        out = out.unsqueeze(dim++);
      } else if (i instanceof Index.Ellipsis) {
        dim += (int) x.dim() - used + 1;
      } else if (i instanceof Index.Range) {
        dim++;
      } else if (i instanceof Index.By by) {
        dim += by.tensor().dim();
      }
    }
    return out;
  }

  private static SymIntOptional end(@Nullable Long value) {
    return value == null ? new SymIntOptional() : new SymIntOptional(new SymInt(value));
  }

  /** Same type, same shape, and elements within {@code atol + rtol |expected|}; NaN is NaN. */
  static void assertClose(
      String what, org.bytedeco.pytorch.Tensor expected, Tensor actual, double rtol, double atol) {
    assertEquals(type(expected.scalar_type()), actual.dtype(), what + ": dtype");
    assertArrayEquals(shape(expected), actual.shape(), what + ": shape");
    if (actual.isFloatingPoint()) {
      assertClose(what, doubles(expected), actual.toDoubleArray(), rtol, atol);
    } else {
      assertArrayEquals(longs(expected), actual.toLongArray(), what + ": values");
    }
  }

  static void assertClose(
      String what, double[] expected, double[] actual, double rtol, double atol) {
    assertEquals(expected.length, actual.length, what + ": length");
    for (int i = 0; i < expected.length; i++) {
      boolean same = Double.compare(expected[i], actual[i]) == 0 || expected[i] == actual[i];
      double gap = Math.abs(expected[i] - actual[i]);
      if (!same && !(gap <= atol + rtol * Math.abs(expected[i]))) {
        fail(what + ": element " + i + ": libtorch has " + expected[i] + ", got " + actual[i]);
      }
    }
  }
}
