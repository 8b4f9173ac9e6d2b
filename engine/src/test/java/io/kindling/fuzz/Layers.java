package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.device.Window;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Convolution, pooling and losses. */
final class Layers {
  private Layers() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    convolution(ops);
    pooling(ops);
    losses(ops);
    return ops;
  }

  /** kernel, stride, padding, dilation: two each; then groups. */
  private static Window window(long[] g) {
    return window(g[0], g[1], g);
  }

  /** A convolution's kernel is as large as its weight. */
  private static Window window(Tensor weight, long[] g) {
    boolean image = weight.dim() == 4;
    return window(image ? weight.size(2) : g[0], image ? weight.size(3) : g[1], g);
  }

  private static Window window(long h, long w, long[] g) {
    return new Window(
        (int) h,
        (int) w,
        (int) g[2],
        (int) g[3],
        (int) g[4],
        (int) g[5],
        (int) g[6],
        (int) g[7],
        (int) g[8]);
  }

  private static long[] pair(long[] g, int at) {
    return new long[] {g[at], g[at + 1]};
  }

  private static long few(Draw d) {
    return d.chance(0.7) ? 1 : d.between(1, 3);
  }

  private static Op.Args image(Draw d) {
    DType type = d.floatingType();
    long groups = d.chance(0.75) ? 1 : 2;
    long channels = groups * d.between(1, 3);
    long[] g = {
      d.between(1, 3),
      d.between(1, 3),
      few(d),
      few(d),
      d.between(0, 1),
      d.between(0, 1),
      few(d),
      few(d),
      groups
    };
    long h = d.wild() ? 1 : d.between(g[6] * (g[0] - 1) + 1, 8);
    long w = d.wild() ? 1 : d.between(g[7] * (g[1] - 1) + 1, 8);
    long n = d.chance(0.05) ? 0 : d.between(1, 2);
    int x = d.chance(0.1) ? d.shaped(type, channels, h, w) : d.shaped(type, n, channels, h, w);
    long out = groups * d.between(1, 3);
    int weight = d.shaped(type, out, channels / groups + (d.wild() ? 1 : 0), g[0], g[1]);
    return Op.Args.of(x, weight, d.shaped(type, out)).with((Object) g);
  }

  private static void convolution(List<Op> ops) {
    ops.add(
        Op.of(
                "conv2d",
                Layers::image,
                (x, p) -> Functional.conv2d(x[0], x[1], x[2], window(x[1], p.longs(0))),
                (x, p) -> conv(x, new TensorOptional(x[2]), p.longs(0)))
            .with(Op.Strides.EXACT));
    ops.add(
        Op.of(
                "conv2dUnbiased",
                d -> {
                  Op.Args a = image(d);
                  return new Op.Args(a.tensors().subList(0, 2), a.params());
                },
                (x, p) -> Functional.conv2d(x[0], x[1], null, window(x[1], p.longs(0))),
                (x, p) -> conv(x, new TensorOptional(), p.longs(0)))
            .with(Op.Strides.EXACT));
  }

  private static org.bytedeco.pytorch.Tensor conv(
      org.bytedeco.pytorch.Tensor[] x, TensorOptional bias, long[] g) {
    return torch.conv2d(x[0], x[1], bias, pair(g, 2), pair(g, 4), pair(g, 6), g[8]);
  }

  private static void pooling(List<Op> ops) {
    ops.add(
        Op.of(
                "maxPool2d",
                d -> {
                  long[] g = {
                    d.between(1, 3), d.between(1, 3), few(d), few(d), 0, 0, few(d), few(d), 1
                  };
                  g[4] = d.between(0, d.wild() ? 2 : g[0] / 2);
                  g[5] = d.between(0, d.wild() ? 2 : g[1] / 2);
                  long h = d.wild() ? 1 : d.between(g[6] * (g[0] - 1) + 1, 8);
                  long w = d.wild() ? 1 : d.between(g[7] * (g[1] - 1) + 1, 8);
                  DType type = d.floatingType();
                  long n = d.chance(0.05) ? 0 : d.between(1, 2);
                  long c = d.between(1, 3);
                  int x = d.chance(0.1) ? d.shaped(type, c, h, w) : d.shaped(type, n, c, h, w);
                  return Op.Args.of(x).with((Object) g);
                },
                (x, p) -> Functional.maxPool2d(x[0], window(p.longs(0))),
                (x, p) -> {
                  long[] g = p.longs(0);
                  return torch.max_pool2d(
                      x[0], pair(g, 0), pair(g, 2), pair(g, 4), pair(g, 6), false);
                })
            .with(Op.Strides.EXACT));
  }

  private static Reduction reduction(Op.Params p, int i) {
    return Reduction.values()[p.i(i)];
  }

  /** Scores [N, C], [C] or [N, C, d], and classes for them. */
  private static Op.Args classes(Draw d) {
    long c = d.between(1, 4);
    long n = d.chance(0.05) ? 0 : d.between(1, 3);
    DType type = d.floatingType();
    int form = (int) d.between(0, 3);
    long[] scores =
        form == 0 ? new long[] {c} : form == 1 ? new long[] {n, c, 2} : new long[] {n, c};
    long[] labels = form == 0 ? new long[0] : form == 1 ? new long[] {n, 2} : new long[] {n};
    int x = d.shaped(type, scores);
    int y =
        d.leaf(
            DType.INT64,
            Data.Kind.POSITIONS,
            200 * d.between(0, 9) + c,
            d.wild() ? d.shape() : labels);
    int w =
        d.leaf(
            d.wild() ? d.dtype() : type,
            Data.Kind.POSITIVE,
            d.between(0, 99),
            d.wild() ? c + 1 : c);
    return Op.Args.of(x, y, w).with(d.of(-100L, 0L, 1L), d.between(0, 2));
  }

  private static void losses(List<Op> ops) {
    ops.add(
        Op.of(
            "mseLoss",
            d -> {
              int x = d.floating();
              return Op.Args.of(x, d.like(x)).with(d.between(0, 2));
            },
            (x, p) -> Functional.mseLoss(x[0], x[1], reduction(p, 0)),
            (x, p) -> {
              // as torch.nn.functional does
              TensorVector both = torch.broadcast_tensors(Theirs.vector(List.of(x)));
              return torch.mse_loss(both.get(0), both.get(1), p.l(0));
            }));
    ops.add(
        Op.of(
            "nllLoss",
            d -> {
              Op.Args a = classes(d);
              return new Op.Args(a.tensors().subList(0, 2), a.params());
            },
            (x, p) -> Functional.nllLoss(x[0], x[1], null, p.l(0), reduction(p, 1)),
            (x, p) -> torch.nll_loss_nd(x[0], x[1], new TensorOptional(), p.l(1), p.l(0))));
    ops.add(
        Op.of(
            "nllLossWeighted",
            Layers::classes,
            (x, p) -> Functional.nllLoss(x[0], x[1], x[2], p.l(0), reduction(p, 1)),
            (x, p) -> torch.nll_loss_nd(x[0], x[1], new TensorOptional(x[2]), p.l(1), p.l(0))));
    ops.add(
        Op.of(
            "crossEntropy",
            d -> {
              Op.Args a = classes(d);
              return new Op.Args(a.tensors().subList(0, 2), a.params()).with(d.of(0.0, 0.1, 1.0));
            },
            (x, p) -> Functional.crossEntropy(x[0], x[1], null, p.l(0), p.d(2), reduction(p, 1)),
            (x, p) -> entropy(x, new TensorOptional(), p)));
    ops.add(
        Op.of(
            "crossEntropyWeighted",
            d -> classes(d).with(d.of(0.0, 0.1, 1.0, 1.5)),
            (x, p) -> Functional.crossEntropy(x[0], x[1], x[2], p.l(0), p.d(2), reduction(p, 1)),
            (x, p) -> entropy(x, new TensorOptional(x[2]), p)));
    ops.add(
        Op.of(
            "crossEntropyOfProbabilities",
            d -> {
              Op.Args a = classes(d);
              int x = a.tensors().get(0);
              int y = d.leaf(d.typeOf(x), Data.Kind.POSITIVE, d.between(0, 99), d.shapeOf(x));
              return new Op.Args(List.of(x, y), a.params()).with(d.of(0.0, 0.1));
            },
            (x, p) -> Functional.crossEntropy(x[0], x[1], null, p.l(0), p.d(2), reduction(p, 1)),
            (x, p) -> entropy(x, new TensorOptional(), p)));
  }

  private static org.bytedeco.pytorch.Tensor entropy(
      org.bytedeco.pytorch.Tensor[] x, TensorOptional weight, Op.Params p) {
    return torch.cross_entropy_loss(x[0], x[1], weight, p.l(1), p.l(0), p.d(2));
  }
}
