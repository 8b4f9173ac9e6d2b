package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** Operators that see a whole row along one dimension: softmax and its kin, positions, scans. */
final class RowOps {
  private RowOps() {}

  static final RowKernel SOFTMAX =
      new RowKernel(
          "softmax",
          (in, out, index, n) -> {
            float[] x = in[0];
            float[] y = out[0];
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < n; i++) {
              max = Math.max(max, x[i]);
            }
            float sum = 0;
            for (int i = 0; i < n; i++) {
              y[i] = (float) Math.exp(x[i] - max);
              sum += y[i];
            }
            float scale = 1 / sum;
            for (int i = 0; i < n; i++) {
              y[i] *= scale;
            }
          },
          (in, out, index, n) -> {
            double[] x = in[0];
            double[] y = out[0];
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < n; i++) {
              max = Math.max(max, x[i]);
            }
            double sum = 0;
            for (int i = 0; i < n; i++) {
              y[i] = Math.exp(x[i] - max);
              sum += y[i];
            }
            for (int i = 0; i < n; i++) {
              y[i] /= sum;
            }
          },
          null);

  /** {@code y (g - sum(g y))}; inputs g, y. */
  static final RowKernel SOFTMAX_BACKWARD =
      new RowKernel(
          "softmax_backward",
          (in, out, index, n) -> {
            float dot = 0;
            for (int i = 0; i < n; i++) {
              dot += in[0][i] * in[1][i];
            }
            for (int i = 0; i < n; i++) {
              out[0][i] = in[1][i] * (in[0][i] - dot);
            }
          },
          (in, out, index, n) -> {
            double dot = 0;
            for (int i = 0; i < n; i++) {
              dot += in[0][i] * in[1][i];
            }
            for (int i = 0; i < n; i++) {
              out[0][i] = in[1][i] * (in[0][i] - dot);
            }
          },
          null);

  static final RowKernel LOG_SOFTMAX =
      new RowKernel(
          "log_softmax",
          (in, out, index, n) -> {
            float[] x = in[0];
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < n; i++) {
              max = Math.max(max, x[i]);
            }
            double sum = 0;
            for (int i = 0; i < n; i++) {
              sum += Math.exp(x[i] - max);
            }
            float log = (float) Math.log(sum);
            for (int i = 0; i < n; i++) {
              out[0][i] = x[i] - max - log;
            }
          },
          (in, out, index, n) -> {
            double[] x = in[0];
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < n; i++) {
              max = Math.max(max, x[i]);
            }
            double sum = 0;
            for (int i = 0; i < n; i++) {
              sum += Math.exp(x[i] - max);
            }
            double log = Math.log(sum);
            for (int i = 0; i < n; i++) {
              out[0][i] = x[i] - max - log;
            }
          },
          null);

  /** {@code g - exp(y) sum(g)}; inputs g, y. */
  static final RowKernel LOG_SOFTMAX_BACKWARD =
      new RowKernel(
          "log_softmax_backward",
          (in, out, index, n) -> {
            float sum = 0;
            for (int i = 0; i < n; i++) {
              sum += in[0][i];
            }
            for (int i = 0; i < n; i++) {
              out[0][i] = in[0][i] - (float) Math.exp(in[1][i]) * sum;
            }
          },
          (in, out, index, n) -> {
            double sum = 0;
            for (int i = 0; i < n; i++) {
              sum += in[0][i];
            }
            for (int i = 0; i < n; i++) {
              out[0][i] = in[0][i] - Math.exp(in[1][i]) * sum;
            }
          },
          null);

  static final RowKernel CUMSUM =
      new RowKernel(
          "cumsum",
          (in, out, index, n) -> {
            double sum = 0;
            for (int i = 0; i < n; i++) {
              sum += in[0][i];
              out[0][i] = (float) sum;
            }
          },
          (in, out, index, n) -> {
            double sum = 0;
            for (int i = 0; i < n; i++) {
              sum += in[0][i];
              out[0][i] = sum;
            }
          },
          (in, out, index, n) -> {
            long sum = 0;
            for (int i = 0; i < n; i++) {
              sum += in[0][i];
              out[0][i] = sum;
            }
          });

  /** Sums from each place to the end: the derivative of {@link #CUMSUM}. */
  static final RowKernel CUMSUM_REVERSED =
      new RowKernel(
          "cumsum_reversed",
          (in, out, index, n) -> {
            double sum = 0;
            for (int i = n - 1; i >= 0; i--) {
              sum += in[0][i];
              out[0][i] = (float) sum;
            }
          },
          (in, out, index, n) -> {
            double sum = 0;
            for (int i = n - 1; i >= 0; i--) {
              sum += in[0][i];
              out[0][i] = sum;
            }
          },
          null);

  /** The first largest element of a row; a NaN is larger than all. */
  static final RowKernel ARGMAX =
      new RowKernel(
          "argmax",
          (in, out, index, n) -> {
            int best = 0;
            for (int i = 1; i < n; i++) {
              boolean nan = Float.isNaN(in[0][i]) && !Float.isNaN(in[0][best]);
              best = nan || in[0][i] > in[0][best] ? i : best;
            }
            index[0] = best;
          },
          (in, out, index, n) -> {
            int best = 0;
            for (int i = 1; i < n; i++) {
              boolean nan = Double.isNaN(in[0][i]) && !Double.isNaN(in[0][best]);
              best = nan || in[0][i] > in[0][best] ? i : best;
            }
            index[0] = best;
          },
          (in, out, index, n) -> {
            int best = 0;
            for (int i = 1; i < n; i++) {
              best = in[0][i] > in[0][best] ? i : best;
            }
            index[0] = best;
          });

  static final RowKernel ARGMIN =
      new RowKernel(
          "argmin",
          (in, out, index, n) -> {
            int best = 0;
            for (int i = 1; i < n; i++) {
              boolean nan = Float.isNaN(in[0][i]) && !Float.isNaN(in[0][best]);
              best = nan || in[0][i] < in[0][best] ? i : best;
            }
            index[0] = best;
          },
          (in, out, index, n) -> {
            int best = 0;
            for (int i = 1; i < n; i++) {
              boolean nan = Double.isNaN(in[0][i]) && !Double.isNaN(in[0][best]);
              best = nan || in[0][i] < in[0][best] ? i : best;
            }
            index[0] = best;
          },
          (in, out, index, n) -> {
            int best = 0;
            for (int i = 1; i < n; i++) {
              best = in[0][i] < in[0][best] ? i : best;
            }
            index[0] = best;
          });

  static Tensor softmax(Tensor x, int dim) {
    int d = Shapes.wrapDim(dim, x.dim());
    Tensor y = run(SOFTMAX, d, floating("softmax", x));
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
    Tensor y = run(LOG_SOFTMAX, d, floating("log_softmax", x));
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

  private static Tensor floating(String operator, Tensor x) {
    if (!x.isFloatingPoint()) {
      throw new DTypeException(
          "\"" + operator + "\" not implemented for '" + Tensor.typeWord(x.dtype()) + "'");
    }
    return x;
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
    Tensor out = Tensors.empty(DType.INT64, shape);
    launch(kernel, dim, null, out, x);
    return out;
  }

  private static Tensor run(RowKernel kernel, int dim, Tensor... in) {
    Tensor first = in[0];
    Tensor out = Tensor.allocate(first.dtype(), Layout.contiguous(first.shape()), kernel.name());
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
    Dispatch.backend(kernel.name(), in)
        .rows(kernel, outs, index == null ? null : rowsLast(index, dim), ins);
    Reference.reachabilityFence(in);
    Reference.reachabilityFence(out);
    Reference.reachabilityFence(index);
  }

  private static Strided rowsLast(Tensor t, int dim) {
    Layout l = t.layout();
    return t.strided().with(l.rank() == 0 ? l.unsqueeze(0) : l.transpose(dim, l.rank() - 1));
  }
}
