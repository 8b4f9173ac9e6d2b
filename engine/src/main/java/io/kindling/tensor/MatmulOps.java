package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Products of vectors, matrices and batches of matrices. */
final class MatmulOps {
  private MatmulOps() {}

  static Tensor mm(Tensor a, Tensor b) {
    Arguments.given("mm", "mat2", b);
    checkMatrix("mm: self must be a matrix", a);
    checkMatrix("mm: mat2 must be a matrix", b);
    checkProduct("mat1 and mat2 shapes cannot be multiplied", a, b);
    checkTypes(a, b, "mm: expected m1 and m2 to have the same dtype, but got: %s != %s");
    Tensor out = product("addmm_impl_cpu_", a, b, null);
    boolean leftByColumns = isColumnMajor(a);
    boolean rightByColumns = isColumnMajor(b);
    return Autograd.record(
        "MmBackward0",
        out,
        new Tensor[] {a, b},
        new Tensor[] {Autograd.savedFor(b, a), Autograd.savedFor(a, b)},
        (node, g) ->
            new Tensor[] {
              node.needs(0) ? gradLeft(g, node.saved(1), leftByColumns) : null,
              node.needs(1) ? gradRight(g, node.saved(0), rightByColumns) : null
            });
  }

  /** {@code g b^T}, in the memory order of a. */
  private static Tensor gradLeft(Tensor g, Tensor b, boolean byColumns) {
    return byColumns ? b.mm(g.t()).t() : g.mm(b.t());
  }

  /** {@code a^T g}, in the memory order of b: the gradient of a weight then lies as the weight. */
  private static Tensor gradRight(Tensor g, Tensor a, boolean byColumns) {
    return byColumns ? g.t().mm(a).t() : a.t().mm(g);
  }

  private static boolean isColumnMajor(Tensor x) {
    return !x.isContiguous() && x.layout().transpose(0, 1).isContiguous();
  }

  private static void checkMatrix(String text, Tensor x) {
    if (x.dim() != 2) {
      throw new ShapeException(text + ", got " + x.dim() + "-D tensor " + Shapes.text(x.shape()));
    }
  }

  /**
   * @param text takes the names of both types
   */
  private static void checkTypes(Tensor a, Tensor b, String text) {
    if (a.dtype() != b.dtype()) {
      throw new DTypeException(
          String.format(text, Tensor.typeWord(a.dtype()), Tensor.typeWord(b.dtype())));
    }
  }

  static Tensor addmm(Tensor input, Tensor a, Tensor b, Number beta, Number alpha) {
    Arguments.given("addmm", "mat1", a, "mat2", b, "beta", beta, "alpha", alpha);
    checkMatrix("addmm: mat1 must be a matrix", a);
    checkMatrix("addmm: mat2 must be a matrix", b);
    checkTypes(input, b, "addmm: self and mat2 must have the same dtype, but got %s and %s");
    checkTypes(a, b, "addmm: mat1 and mat2 must have the same dtype, but got %s and %s");
    checkProduct("mat1 and mat2 shapes cannot be multiplied", a, b);
    input.layout().expand(a.size(0), b.size(1));
    Number ofInput = factor(beta, a.dtype());
    Number ofProduct = factor(alpha, a.dtype());
    boolean leftByColumns = isColumnMajor(a);
    boolean rightByColumns = isColumnMajor(b);
    long[] shape = input.shape();
    return Autograd.record(
        "AddmmBackward0",
        Autograd.composed(() -> sum(input.detach(), a.detach(), b.detach(), ofInput, ofProduct)),
        new Tensor[] {input, a, b},
        new Tensor[] {Autograd.savedFor(b, a), Autograd.savedFor(a, b)},
        (node, g) -> {
          return new Tensor[] {
            node.needs(0) ? scaled(Autograd.sumTo(g, shape), ofInput) : null,
            node.needs(1) ? scaled(gradLeft(g, node.saved(1), leftByColumns), ofProduct) : null,
            node.needs(2) ? scaled(gradRight(g, node.saved(0), rightByColumns), ofProduct) : null
          };
        });
  }

  private static void refuseBool(String kernel, Tensor a) {
    if (a.dtype() == DType.BOOL) {
      throw TypeRule.notImplemented(kernel, a.dtype());
    }
  }

  /** Of integers a factor is an integer, as in PyTorch. */
  private static Number factor(Number value, DType type) {
    return type.isFloatingPoint() ? value : type.cast(TypeRule.requireHolds(type, value));
  }

  private static Tensor scaled(Tensor x, Number factor) {
    return factor.doubleValue() == 1 ? x : x.mul(factor);
  }

  /** A factor of zero lets nothing through, not even NaN; halves are rounded at the end. */
  private static Tensor sum(Tensor input, Tensor a, Tensor b, Number beta, Number alpha) {
    boolean plain = beta.doubleValue() == 1 && alpha.doubleValue() == 1;
    if (plain && input.layout().hasShape(b.size(1))) {
      return product("addmm_impl_cpu_", a, b, input);
    }
    refuseBool("addmm_impl_cpu_", a);
    DType type = a.dtype();
    DType wide = type.computeType();
    Tensor product =
        alpha.doubleValue() == 0
            ? Tensors.zeros(wide, a.size(0), b.size(1))
            : scaled(product("addmm_impl_cpu_", a.to(wide), b.to(wide), null), alpha);
    return (beta.doubleValue() == 0 ? product : product.add(scaled(input.to(wide), beta))).to(type);
  }

  static Tensor bmm(Tensor a, Tensor b) {
    Arguments.given("bmm", "mat2", b);
    for (Tensor t : new Tensor[] {a, b}) {
      if (t.dim() != 3) {
        throw new ShapeException(
            "bmm: batch" + (t == a ? 1 : 2) + " must be a 3D tensor, got " + shapes(a, b));
      }
    }
    if (a.size(0) != b.size(0) || a.size(2) != b.size(1)) {
      throw new ShapeException(
          "bmm: Expected size for first two dimensions of batch2 tensor to be: "
              + Shapes.text(a.size(0), a.size(2))
              + " but got: "
              + Shapes.text(b.size(0), b.size(1))
              + "; shapes "
              + shapes(a, b));
    }
    checkTypes(a, b, "bmm: expected scalar type %s but found %s");
    Tensor out = product("bmm", a, b, null);
    return Autograd.record(
        "BmmBackward0",
        out,
        new Tensor[] {a, b},
        new Tensor[] {Autograd.savedFor(b, a), Autograd.savedFor(a, b)},
        (node, g) ->
            new Tensor[] {
              node.needs(0) ? g.bmm(node.saved(1).transpose(1, 2)) : null,
              node.needs(1) ? node.saved(0).transpose(1, 2).bmm(g) : null
            });
  }

  static Tensor matmul(Tensor a, Tensor b) {
    Arguments.given("matmul", "other", b);
    if (a.dim() == 0 || b.dim() == 0) {
      throw new ShapeException(
          "both arguments to matmul need to be at least 1D, but they are "
              + a.dim()
              + "D and "
              + b.dim()
              + "D");
    }
    if (a.dim() == 1 && b.dim() == 1) {
      return dot(a, b);
    }
    if (a.dim() == 1) {
      return matmul(a.unsqueeze(0), b).squeeze(-2);
    }
    if (b.dim() == 1) {
      return a.dim() == 2 ? mv(a, b) : Autograd.composed(() -> foldedMv(a, b));
    }
    if (a.dim() == 2 && b.dim() == 2) {
      return mm(a, b);
    }
    checkProduct("matrices cannot be multiplied", a, b);
    return Autograd.composed(() -> b.dim() == 2 ? foldedMatmul(a, b) : batchedMatmul(a, b));
  }

  /** {@code [..., M, K] x [K, N]}: one product of the merged rows. */
  private static Tensor foldedMatmul(Tensor a, Tensor b) {
    long[] shape = a.shape();
    shape[shape.length - 1] = b.size(1);
    long rows = Shapes.numel(Arrays.copyOf(a.shape(), a.dim() - 1));
    return mm(a.reshape(rows, a.size(-1)), b).view(shape);
  }

  /** {@code [..., M, K] x [K]}. */
  private static Tensor foldedMv(Tensor a, Tensor b) {
    long[] shape = Arrays.copyOf(a.shape(), a.dim() - 1);
    return mv(a.reshape(Shapes.numel(shape), a.size(-1)), b).view(shape);
  }

  static Tensor mv(Tensor a, Tensor v) {
    Arguments.given("mv", "vec", v);
    if (a.dim() != 2 || v.dim() != 1) {
      throw new ShapeException(
          "mv: matrix @ vector expected, got " + a.dim() + "D and " + v.dim() + "D");
    }
    if (a.size(1) != v.size(0)) {
      throw new ShapeException(
          "mv: size mismatch, got mat ("
              + a.size(0)
              + "x"
              + a.size(1)
              + "), vec ("
              + v.size(0)
              + ")");
    }
    checkTypes(a, v, "mv: expected scalar type %s but found %s");
    Tensor out = product("addmv_impl_cpu", a.detach(), v.detach().unsqueeze(1), null);
    return Autograd.record(
        "MvBackward0",
        new Tensor(out.strided().with(Layout.contiguous(a.size(0)))),
        new Tensor[] {a, v},
        new Tensor[] {Autograd.savedFor(v, a), Autograd.savedFor(a, v)},
        (node, g) ->
            new Tensor[] {
              node.needs(0) ? g.outer(node.saved(1)) : null,
              node.needs(1) ? node.saved(0).t().mv(g) : null
            });
  }

  private static Tensor batchedMatmul(Tensor a, Tensor b) {
    long[] batch =
        Shapes.broadcast(
            "matmul", Arrays.copyOf(a.shape(), a.dim() - 2), Arrays.copyOf(b.shape(), b.dim() - 2));
    Tensor product = bmm(batched(a, batch), batched(b, batch));
    return product.view(append(batch, a.size(-2), b.size(-1)));
  }

  private static Tensor batched(Tensor x, long[] batch) {
    long m = x.size(-2);
    long n = x.size(-1);
    return x.expand(append(batch, m, n)).reshape(Shapes.numel(batch), m, n);
  }

  private static long[] append(long[] batch, long m, long n) {
    long[] out = Arrays.copyOf(batch, batch.length + 2);
    out[batch.length] = m;
    out[batch.length + 1] = n;
    return out;
  }

  static Tensor dot(Tensor a, Tensor b) {
    Arguments.given("dot", "tensor", b);
    if (a.dim() != 1 || b.dim() != 1) {
      throw new ShapeException(
          "1D tensors expected, but got " + a.dim() + "D and " + b.dim() + "D tensors");
    }
    if (a.numel() != b.numel()) {
      throw new ShapeException(
          "inconsistent tensor size, expected tensor ["
              + a.numel()
              + "] and src ["
              + b.numel()
              + "] to have the same number of elements, but got "
              + a.numel()
              + " and "
              + b.numel()
              + " elements respectively");
    }
    checkTypes(a, b, "dot : expected both vectors to have same dtype, but found %s and %s");
    Tensor out = product("dot", a.detach().unsqueeze(0), b.detach().unsqueeze(1), null);
    return Autograd.record(
        "DotBackward0",
        new Tensor(out.strided().with(Layout.contiguous())),
        new Tensor[] {a, b},
        new Tensor[] {Autograd.savedFor(b, a), Autograd.savedFor(a, b)},
        (node, g) ->
            new Tensor[] {
              node.needs(0) ? g.mul(node.saved(1)) : null,
              node.needs(1) ? g.mul(node.saved(0)) : null
            });
  }

  static Tensor outer(Tensor a, Tensor b) {
    Arguments.given("outer", "vec2", b);
    if (a.dim() != 1 || b.dim() != 1) {
      throw new ShapeException(
          "outer: Expected 1-D arguments, but got " + a.dim() + "-D and " + b.dim() + "-D");
    }
    return a.unsqueeze(1).mul(b);
  }

  /**
   * @param kernel PyTorch's name of it, for a type that it has not
   */
  private static Tensor product(String kernel, Tensor a, Tensor b, @Nullable Tensor bias) {
    refuseBool(kernel, a);
    int n = a.dim();
    long[] shape = a.shape();
    shape[n - 1] = b.size(-1);
    Tensor out = a.newEmpty(shape);
    Dispatch.run(
        kernel,
        new @Nullable Tensor[] {a, b, bias},
        backend -> backend.gemm(out.strided(), a.strided(), b.strided(), Dispatch.strided(bias)));
    return out;
  }

  private static void checkProduct(String what, Tensor a, Tensor b) {
    if (a.size(-1) != b.size(-2)) {
      throw new ShapeException(
          what
              + " ("
              + a.size(-2)
              + "x"
              + a.size(-1)
              + " and "
              + b.size(-2)
              + "x"
              + b.size(-1)
              + "); shapes "
              + shapes(a, b));
    }
  }

  private static String shapes(Tensor a, Tensor b) {
    return Shapes.text(a.shape()) + " and " + Shapes.text(b.shape());
  }
}
