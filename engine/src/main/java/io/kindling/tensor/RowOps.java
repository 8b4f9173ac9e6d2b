package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;

/** Operators that see a whole row along one dimension: softmax and its kin, positions, scans. */
final class RowOps {
  private RowOps() {}

  static final RowKernel SOFTMAX = RowKernel.of("softmax", "e = exp(a - rowmax(a)); e / rowsum(e)");

  /** Inputs: the gradient and the softmax. */
  static final RowKernel SOFTMAX_BACKWARD =
      RowKernel.of("softmax_backward", "b * (a - rowsum(a * b))");

  static final RowKernel LOG_SOFTMAX =
      RowKernel.of("log_softmax", "z = a - rowmax(a); z - rowlogsum(exp(z))");

  /** Inputs: the gradient and the log-softmax. */
  static final RowKernel LOG_SOFTMAX_BACKWARD =
      RowKernel.of("log_softmax_backward", "a - exp(b) * rowsum(a)");

  static final RowKernel CUMSUM = RowKernel.of("cumsum", "cumsum(a)");

  /** The derivative of {@link #CUMSUM}. */
  static final RowKernel CUMSUM_REVERSED = RowKernel.of("cumsum_reversed", "cumsum_reversed(a)");

  static final RowKernel ARGMAX = RowKernel.position("argmax", RowKernel.Position.LARGEST);
  static final RowKernel ARGMIN = RowKernel.position("argmin", RowKernel.Position.SMALLEST);

  static Tensor softmax(Tensor x, int dim) {
    int d = Shapes.wrapDim(dim, x.dim());
    Tensor y = run(SOFTMAX, d, TypeRule.requireFloating("softmax", x));
    return Autograd.record(
        "SoftmaxBackward0",
        y,
        new Tensor[] {x},
        new Tensor[] {y},
        (node, g) -> new Tensor[] {softmaxBackward(g, node.saved(0), d)});
  }

  private static Tensor softmaxBackward(Tensor g, Tensor y, int d) {
    Tensor out = run(SOFTMAX_BACKWARD, d, g, y);
    return Autograd.record(
        "SoftmaxBackwardDataBackward0",
        out,
        new Tensor[] {g, y},
        new Tensor[] {g, y},
        (node, gg) -> {
          Tensor g0 = node.saved(0);
          Tensor y0 = node.saved(1);
          Tensor centred = g0.sub(g0.mul(y0).sum(true, d));
          Tensor byY = gg.mul(centred).sub(g0.mul(gg.mul(y0).sum(true, d)));
          return new Tensor[] {softmaxBackward(gg, y0, d), byY};
        });
  }

  static Tensor logSoftmax(Tensor x, int dim) {
    int d = Shapes.wrapDim(dim, x.dim());
    Tensor y = run(LOG_SOFTMAX, d, TypeRule.requireFloating("log_softmax", x));
    return Autograd.record(
        "LogSoftmaxBackward0",
        y,
        new Tensor[] {x},
        new Tensor[] {y},
        (node, g) -> new Tensor[] {logSoftmaxBackward(g, node.saved(0), d)});
  }

  private static Tensor logSoftmaxBackward(Tensor g, Tensor y, int d) {
    Tensor out = run(LOG_SOFTMAX_BACKWARD, d, g, y);
    return Autograd.record(
        "LogSoftmaxBackwardDataBackward0",
        out,
        new Tensor[] {g, y},
        new Tensor[] {g, y},
        (node, gg) -> {
          Tensor p = node.saved(1).exp();
          Tensor byG = gg.sub(gg.mul(p).sum(true, d));
          Tensor byY = gg.mul(p).mul(node.saved(0).sum(true, d)).neg();
          return new Tensor[] {byG, byY};
        });
  }

  static Tensor cumsum(Tensor x, int dim) {
    int d = Shapes.wrapDim(dim, x.dim());
    Tensor in = x.dtype().isIntegral() ? x.to(DType.INT64) : x;
    return Autograd.record("CumsumBackward0", run(CUMSUM, d, in), x, g -> cumsumReversed(g, d));
  }

  private static Tensor cumsumReversed(Tensor x, int d) {
    return Autograd.record(
        "CumsumBackwardBackward0", run(CUMSUM_REVERSED, d, x), x, g -> g.cumsum(d));
  }

  /** int64 positions; {@code dim} keeps size one. */
  static Tensor positions(RowKernel kernel, Tensor x, int dim) {
    long[] shape = x.shape();
    shape[dim] = 1;
    Tensor out = x.newEmpty(DType.INT64, shape);
    launch(kernel, dim, null, out, x);
    return out;
  }

  private static Tensor run(RowKernel kernel, int dim, Tensor... in) {
    Tensor first = in[0];
    Tensor out = first.newEmpty(first.shape());
    launch(kernel, dim, out, null, in);
    return out;
  }

  private static void launch(
      RowKernel kernel, int dim, @Nullable Tensor out, @Nullable Tensor index, Tensor... in) {
    Strided[] ins = new Strided[in.length];
    for (int i = 0; i < in.length; i++) {
      ins[i] = rowsLast(in[i], dim);
    }
    Strided[] outs = out == null ? new Strided[0] : new Strided[] {rowsLast(out, dim)};
    Strided at = index == null ? null : rowsLast(index, dim);
    Dispatch.run(kernel.name(), in, b -> b.rows(kernel, outs, at, ins));
  }

  private static Strided rowsLast(Tensor t, int dim) {
    Layout l = t.layout();
    return t.strided().with(l.rank() == 0 ? l.unsqueeze(0) : l.transpose(dim, l.rank() - 1));
  }
}
