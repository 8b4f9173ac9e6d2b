package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Products of vectors, matrices and batches of matrices. */
final class MatmulOps {
  private MatmulOps() {}

  static Tensor mm(Tensor a, Tensor b) {
    if (a.dim() != 2 || b.dim() != 2) {
      throw new ShapeException("mm: both arguments must be matrices, got " + shapes(a, b));
    }
    checkProduct("mat1 and mat2 shapes cannot be multiplied", a, b);
    Tensor out = product("mm", a, b, null);
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

  static Tensor addmm(Tensor input, Tensor a, Tensor b, Number beta, Number alpha) {
    if (a.dim() != 2 || b.dim() != 2) {
      throw new ShapeException("addmm: mat1 and mat2 must be matrices, got " + shapes(a, b));
    }
    checkProduct("mat1 and mat2 shapes cannot be multiplied", a, b);
    boolean plain = beta.doubleValue() == 1 && alpha.doubleValue() == 1;
    if (!plain || input.dim() != 1 || input.size(0) != b.size(1)) {
      return Autograd.composed(() -> scaledSum(input, a, b, beta, alpha));
    }
    Tensor out = product("addmm", a, b, input);
    boolean leftByColumns = isColumnMajor(a);
    boolean rightByColumns = isColumnMajor(b);
    return Autograd.record(
        "AddmmBackward0",
        out,
        new Tensor[] {input, a, b},
        new Tensor[] {Autograd.savedFor(b, a), Autograd.savedFor(a, b)},
        (node, g) ->
            new Tensor[] {
              node.needs(0) ? g.sum(0) : null,
              node.needs(1) ? gradLeft(g, node.saved(1), leftByColumns) : null,
              node.needs(2) ? gradRight(g, node.saved(0), rightByColumns) : null
            });
  }

  private static Tensor scaledSum(Tensor input, Tensor a, Tensor b, Number beta, Number alpha) {
    Tensor scaled = beta.doubleValue() == 1 ? input : input.mul(beta);
    Tensor product = alpha.doubleValue() == 1 ? a.mm(b) : a.mm(b).mul(alpha);
    return product.add(scaled);
  }

  static Tensor bmm(Tensor a, Tensor b) {
    if (a.dim() != 3 || b.dim() != 3 || a.size(0) != b.size(0)) {
      throw new ShapeException(
          "bmm: expected batches of matrices [B, M, K] and [B, K, N] with one B, got "
              + shapes(a, b));
    }
    checkProduct("batches of matrices cannot be multiplied", a, b);
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
      return matmul(a, b.unsqueeze(1)).squeeze(-1);
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
    if (a.dim() != 1 || b.dim() != 1) {
      throw new ShapeException(
          "outer: Expected 1-D arguments, but got " + a.dim() + "-D and " + b.dim() + "-D");
    }
    return a.unsqueeze(1).mul(b);
  }

  private static Tensor product(String name, Tensor a, Tensor b, @Nullable Tensor bias) {
    for (Tensor t : bias == null ? new Tensor[] {b} : new Tensor[] {b, bias}) {
      if (t.dtype() != a.dtype()) {
        throw new DTypeException(
            name
                + ": expected m1 and m2 to have the same dtype, but got: "
                + Tensor.typeWord(a.dtype())
                + " != "
                + Tensor.typeWord(t.dtype()));
      }
    }
    if (a.dtype() == DType.UINT8) {
      Tensor wideBias = bias == null ? null : bias.toLong();
      return product(name, a.toLong(), b.toLong(), wideBias).to(DType.UINT8);
    }
    if (a.dtype() == DType.BOOL) {
      throw new DTypeException(name + ": not implemented for '" + Tensor.typeWord(a.dtype()) + "'");
    }
    int n = a.dim();
    long[] shape = a.shape();
    shape[n - 1] = b.size(-1);
    Tensor out = a.newEmpty(shape);
    Dispatch.backend(name, a, b)
        .gemm(out.strided(), a.strided(), b.strided(), bias == null ? null : bias.strided());
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(bias);
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
