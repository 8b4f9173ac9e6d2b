package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.IndexException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.tensor.Functional.Reduction;
import org.jspecify.annotations.Nullable;

/** Losses. */
final class LossOps {
  private LossOps() {}

  static Tensor mse(Tensor x, Tensor target, Reduction reduction) {
    Tensor difference = x.detach().sub(target.detach());
    Tensor squares = difference.mul(difference);
    double n = squares.numel();
    return Autograd.record(
        "MseLossBackward0",
        reduced(squares, reduction),
        new Tensor[] {x, target},
        new Tensor[] {x, target},
        (node, g) -> {
          Tensor scaled = reduction == Reduction.MEAN ? g.mul(2 / n) : g.mul(2);
          Tensor slope = node.saved(0).sub(node.saved(1)).mul(scaled);
          return new Tensor[] {
            node.needs(0) ? Autograd.sumTo(slope, node.saved(0).shape()) : null,
            node.needs(1) ? Autograd.sumTo(slope.neg(), node.saved(1).shape()) : null
          };
        });
  }

  private static Tensor reduced(Tensor losses, Reduction reduction) {
    return switch (reduction) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
    };
  }

  static Tensor nll(
      Tensor logp, Tensor target, @Nullable Tensor weight, long ignoreIndex, Reduction reduction) {
    if (logp.dim() == 1 && target.dim() == 0) {
      Tensor one = nll(logp.unsqueeze(0), target.unsqueeze(0), weight, ignoreIndex, reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    checkNll(logp, target, weight);
    Tensor safe = safeTarget(target, logp.size(1), ignoreIndex);
    Tensor at = safe.unsqueeze(1);
    @Nullable Tensor w = weights(target, safe, weight, ignoreIndex, logp.dtype());
    Tensor picked = logp.detach().gather(1, at).squeeze(1).neg();
    Tensor losses = w == null ? picked : picked.mul(w);
    Tensor total = w == null ? Tensor.wrapped((double) losses.numel()) : w.sum();
    Tensor out = reduction == Reduction.MEAN ? losses.sum().div(total) : reduced(losses, reduction);
    long[] shape = logp.shape();
    return Autograd.record(
        logp.dim() == 2 ? "NllLossBackward0" : "NllLoss2DBackward0",
        out,
        logp,
        g -> {
          Tensor each = reduction == Reduction.MEAN ? g.div(total) : g;
          Tensor minus = each.neg().expand(safe.shape());
          Tensor weighted = w == null ? minus : minus.mul(w);
          return Tensors.zeros(g.dtype(), shape).scatterAdd(1, at, weighted.unsqueeze(1));
        });
  }

  private static void checkNll(Tensor logp, Tensor target, @Nullable Tensor weight) {
    boolean fits = logp.dim() >= 2 && target.dim() == logp.dim() - 1;
    for (int d = 0; fits && d < target.dim(); d++) {
      fits = target.size(d) == logp.size(d == 0 ? 0 : d + 1);
    }
    if (!fits) {
      throw new ShapeException(
          "nll_loss: expected input [N, C, ...] and target [N, ...], got input "
              + Shapes.text(logp.shape())
              + " and target "
              + Shapes.text(target.shape()));
    }
    if (target.dtype() != DType.INT64) {
      throw new io.kindling.core.DTypeException(
          "expected scalar type Long but found " + Tensor.typeWord(target.dtype()));
    }
    if (weight != null && !weight.layout().hasShape(logp.size(1))) {
      throw new ShapeException(
          "weight tensor should be defined either for all "
              + logp.size(1)
              + " classes or no classes but got weight tensor of shape: "
              + Shapes.text(weight.shape()));
    }
  }

  /** Ignored targets point at class 0, where they weigh nothing. */
  private static Tensor safeTarget(Tensor target, long classes, long ignoreIndex) {
    long[] values = target.toLongArray();
    boolean ignores = false;
    for (int i = 0; i < values.length; i++) {
      if (values[i] == ignoreIndex) {
        values[i] = 0;
        ignores = true;
      } else if (values[i] < 0 || values[i] >= classes) {
        throw new IndexException(
            "Target "
                + values[i]
                + " is out of bounds: example "
                + i
                + " of the batch, and the model has "
                + classes
                + " classes");
      }
    }
    return ignores ? Tensors.fromArray(values, target.shape()) : target;
  }

  private static @Nullable Tensor weights(
      Tensor target, Tensor safe, @Nullable Tensor weight, long ignoreIndex, DType dtype) {
    if (weight == null && safe == target) {
      return null;
    }
    Tensor counts = target.ne(ignoreIndex).to(dtype);
    if (weight == null) {
      return counts;
    }
    Tensor each = weight.detach().indexSelect(0, safe.reshape(safe.numel()));
    return each.view(safe.shape()).mul(counts);
  }

  static Tensor crossEntropy(
      Tensor logits,
      Tensor target,
      @Nullable Tensor weight,
      long ignoreIndex,
      double smoothing,
      Reduction reduction) {
    int classDim = logits.dim() == 1 ? 0 : 1;
    Tensor logp = logits.logSoftmax(classDim);
    if (target.isFloatingPoint()) {
      return withProbabilities(logp, target, classDim, weight, smoothing, reduction);
    }
    Tensor hard = nll(logp, target, weight, ignoreIndex, reduction);
    if (smoothing == 0) {
      return hard;
    }
    Tensor uniform = uniformLoss(logp, target, classDim, weight, ignoreIndex, reduction);
    double share = smoothing / logits.size(classDim);
    return hard.mul(1 - smoothing).add(uniform.mul(share));
  }

  /** The part of label smoothing: minus the sum of all log-probabilities. */
  private static Tensor uniformLoss(
      Tensor logp,
      Tensor target,
      int classDim,
      @Nullable Tensor weight,
      long ignoreIndex,
      Reduction reduction) {
    Tensor weighted = weight == null ? logp : logp.mul(alongClasses(weight, logp, classDim));
    Tensor counts = target.ne(ignoreIndex).to(logp.dtype());
    Tensor losses = weighted.sum(classDim).neg().mul(counts);
    if (reduction != Reduction.MEAN) {
      return reduced(losses, reduction);
    }
    Tensor safe = safeTarget(target, logp.size(classDim), ignoreIndex);
    Tensor w = weights(target, safe, weight, ignoreIndex, logp.dtype());
    return losses.sum().div(w == null ? Tensor.wrapped((double) losses.numel()) : w.sum());
  }

  private static Tensor withProbabilities(
      Tensor logp,
      Tensor target,
      int classDim,
      @Nullable Tensor weight,
      double smoothing,
      Reduction reduction) {
    if (!logp.layout().sameShape(target.layout())) {
      throw new ShapeException(
          "cross_entropy: probabilities need the shape of the logits, got "
              + Shapes.text(logp.shape())
              + " and "
              + Shapes.text(target.shape()));
    }
    double share = smoothing / logp.size(classDim);
    Tensor p = smoothing == 0 ? target : target.mul(1 - smoothing).add(share);
    Tensor weighted = weight == null ? logp : logp.mul(alongClasses(weight, logp, classDim));
    Tensor losses = weighted.mul(p).sum(classDim).neg();
    return reduction == Reduction.MEAN
        ? losses.sum().div((double) Math.max(1, losses.numel()))
        : reduced(losses, reduction);
  }

  private static Tensor alongClasses(Tensor weight, Tensor like, int classDim) {
    long[] shape = new long[like.dim()];
    java.util.Arrays.fill(shape, 1);
    shape[classDim] = weight.numel();
    return weight.view(shape);
  }
}
