package io.kindling.tensor;

import static io.kindling.tensor.PointwiseOp.IN1;
import static io.kindling.tensor.PointwiseOp.NONE;

import io.kindling.core.Arguments;
import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.PointwiseKernel;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.PointwiseOp.Grad;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Losses. */
final class LossOps {
  private LossOps() {}

  /**
   * {@code -a} where the example counts, and 0 where it is ignored, whatever a is there (NaN too).
   */
  private static final PointwiseOp COUNTED =
      new PointwiseOp(
          "MaskedFillBackward0",
          TypeRule.PROMOTE,
          PointwiseKernel.of("nll_counted", "b != 0 ? -a : 0"),
          new Grad(IN1, (in, out, g, s) -> counted(g, in[1])),
          new Grad(NONE, (in, out, g, s) -> g));

  private static final PointwiseOp SQUARED_DIFFERENCE =
      new PointwiseOp(
          "", TypeRule.PROMOTE, PointwiseKernel.floating("mse_cpu", "d = a - b; d * d"));

  private static Tensor counted(Tensor a, Tensor counts) {
    return COUNTED.apply(a, counts);
  }

  static Tensor mse(Tensor x, Tensor target, Reduction reduction) {
    Arguments.given("mse_loss", "input", x, "target", target, "reduction", reduction);
    if (!x.layout().sameShape(target.layout())) {
      Warnings.warn(
          "mse_loss",
          "Using a target size (torch.Size("
              + Shapes.text(target.shape())
              + ")) that is different to the input size (torch.Size("
              + Shapes.text(x.shape())
              + ")). This will likely lead to incorrect results due to broadcasting. Please ensure"
              + " they have the same size.");
    }
    long[] shape = Shapes.broadcast("mse_loss", x.shape(), target.shape());
    return mseOf(expanded(x, shape), expanded(target, shape), reduction);
  }

  private static Tensor expanded(Tensor x, long[] shape) {
    return x.layout().hasShape(shape) ? x : x.expand(shape);
  }

  /** Of operands of one shape, so that one without dimensions counts as much for the type. */
  private static Tensor mseOf(Tensor x, Tensor target, Reduction reduction) {
    Tensor squares = SQUARED_DIFFERENCE.apply(x.detach(), target.detach());
    DType type = squares.dtype();
    double n = squares.numel();
    return Autograd.record(
        "MseLossBackward0",
        reduced(squares, reduction),
        new Tensor[] {x, target},
        new Tensor[] {x, target},
        (node, g) -> {
          Tensor scaled = reduction == Reduction.MEAN ? g.mul(2 / n) : g.mul(2);
          Tensor slope = node.saved(0).to(type).sub(node.saved(1).to(type)).mul(scaled);
          return new Tensor[] {
            node.needs(0) ? slope.to(node.saved(0).dtype()) : null,
            node.needs(1) ? slope.neg().to(node.saved(1).dtype()) : null
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
    Arguments.given("nll_loss", "input", logp, "target", target, "reduction", reduction);
    if (logp.dim() == 1 && target.dim() <= 1 && target.numel() == 1) {
      Tensor one = nll(logp.unsqueeze(0), target.view(1), weight, ignoreIndex, reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    checkNll(logp, target, weight);
    Tensor counts = counting(target, ignoreIndex);
    DType type = logp.dtype().computeType();
    Tensor losses = picked(logp.detach(), target, counts).to(type);
    @Nullable Tensor each =
        weight == null ? null : eachWeight(weight.detach(), target, counts).to(type);
    Tensor weighted = counted(each == null ? losses : losses.mul(each), counts);
    boolean mean = reduction == Reduction.MEAN;
    Tensor loss = mean ? weighted.sum().div(total(each, counts)) : reduced(weighted, reduction);
    boolean plain = weight == null;
    long[] shape = logp.shape();
    return Autograd.record(
        logp.dim() == 2 ? "NllLossBackward0" : "NllLoss2DBackward0",
        loss.to(logp.dtype()),
        new Tensor[] {logp},
        new Tensor[] {target, weight},
        (node, g) -> {
          Tensor classes = node.saved(0);
          Tensor count = counting(classes, ignoreIndex);
          @Nullable Tensor w = plain ? null : eachWeight(node.saved(1).detach(), classes, count);
          Tensor one = (mean ? g.div(total(w, count)) : g).expand(classes.shape());
          Tensor slopes = counted(w == null ? one : one.mul(w), count);
          Tensor at = positions(classes, count).unsqueeze(1);
          Tensor zeros = g.newZeros(shape);
          return new Tensor[] {zeros.scatterAdd(1, at, slopes.unsqueeze(1))};
        });
  }

  private static Tensor counting(Tensor target, long ignoreIndex) {
    return target.toLong().ne(ignoreIndex);
  }

  /** int64 classes; an ignored target points at class 0, where it weighs nothing. */
  private static Tensor positions(Tensor target, Tensor counts) {
    return target.toLong().mul(counts);
  }

  private static Tensor picked(Tensor logp, Tensor target, Tensor counts) {
    try {
      return logp.gather(1, positions(target, counts).unsqueeze(1)).squeeze(1);
    } catch (IndexException e) {
      throw outOfBounds(target, counts, logp.size(1), e);
    }
  }

  /** Only a target that is wrong is looked at on the host. */
  private static IndexException outOfBounds(
      Tensor target, Tensor counts, long classes, IndexException cause) {
    long[] values = target.toLongArray();
    long[] counted = counts.toLongArray();
    for (int i = 0; i < values.length; i++) {
      if (counted[i] != 0 && (values[i] < 0 || values[i] >= classes)) {
        return new IndexException(
            "Target "
                + values[i]
                + " is out of bounds: example "
                + i
                + " of the batch, and the model has "
                + classes
                + " classes");
      }
    }
    return cause;
  }

  private static Tensor eachWeight(Tensor weight, Tensor target, Tensor counts) {
    Tensor at = positions(target, counts);
    return weight.indexSelect(0, at.reshape(at.numel())).view(at.shape());
  }

  /** What a mean divides by: the number of examples that count, or their weights' sum. */
  private static Tensor total(@Nullable Tensor each, Tensor counts) {
    return each == null ? counts.sum() : counted(each, counts).sum().neg();
  }

  private static void checkNll(Tensor logp, Tensor target, @Nullable Tensor weight) {
    if (logp.dim() < 1) {
      throw new ShapeException("nll_loss: Expected 1 or more dimensions (got 0)");
    }
    boolean spatial = logp.dim() > 2;
    if (target.dim() < 1 || target.size(0) != logp.size(0)) {
      throw new ShapeException(
          "nll_loss: Expected input batch_size ("
              + logp.size(0)
              + ") to match target batch_size ("
              + (target.dim() < 1 ? "none" : target.size(0))
              + "): "
              + shapes(logp, target));
    }
    if (!spatial && (logp.dim() != 2 || target.dim() != 1)) {
      throw new ShapeException(
          "nll_loss: 0D or 1D target tensor expected, multi-target not supported: "
              + shapes(logp, target));
    }
    long[] expected = without(logp.shape(), 1);
    if (!target.layout().hasShape(expected)) {
      throw new ShapeException(
          "nll_loss: Expected target size "
              + Shapes.text(expected)
              + ", got "
              + Shapes.text(target.shape()));
    }
    checkTypes(logp, target, weight, spatial);
  }

  private static void checkTypes(
      Tensor logp, Tensor target, @Nullable Tensor weight, boolean spatial) {
    if (target.dtype() != DType.INT64 && (spatial || target.dtype() != DType.UINT8)) {
      throw unexpected("target", DType.INT64, target.dtype());
    }
    TypeRule.requireFloating("nll_loss_out_frame", logp);
    checkWeight("nll_loss", weight, logp.size(1));
    if (weight != null && weight.dtype() != logp.dtype()) {
      throw unexpected("weight", logp.dtype(), weight.dtype());
    }
    if (weight != null && Autograd.records(weight)) {
      throw new AutogradException(
          "The function 'nll_loss_forward' is not differentiable with respect to argument"
              + " 'weight'. This input cannot have requires_grad True.");
    }
  }

  private static DTypeException unexpected(String argument, DType expected, DType found) {
    return new DTypeException(
        "expected scalar type "
            + Tensor.typeWord(expected)
            + " but found "
            + Tensor.typeWord(found)
            + ": the "
            + argument
            + " of nll_loss");
  }

  private static void checkWeight(String name, @Nullable Tensor weight, long classes) {
    if (weight != null && !weight.layout().hasShape(classes)) {
      throw new ShapeException(
          name
              + ": weight tensor should be defined either for all "
              + classes
              + " classes or no classes but got weight tensor of shape: "
              + Shapes.text(weight.shape()));
    }
  }

  private static String shapes(Tensor input, Tensor target) {
    return "input " + Shapes.text(input.shape()) + ", target " + Shapes.text(target.shape());
  }

  private static long[] without(long[] shape, int dim) {
    long[] out = Arrays.copyOf(shape, shape.length - 1);
    System.arraycopy(shape, dim + 1, out, dim, out.length - dim);
    return out;
  }

  static Tensor crossEntropy(
      Tensor logits,
      Tensor target,
      @Nullable Tensor weight,
      long ignoreIndex,
      double smoothing,
      Reduction reduction) {
    Arguments.given("cross_entropy", "input", logits, "target", target, "reduction", reduction);
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new KindlingException(
          "cross_entropy: label_smoothing must be between 0.0 and 1.0. Got: " + smoothing);
    }
    if (logits.layout().sameShape(target.layout())) {
      return withProbabilities(logits, target, weight, ignoreIndex, smoothing, reduction);
    }
    int classDim = classDim(logits);
    Tensor logp = logits.logSoftmax(classDim);
    Tensor hard = nll(logp, target, weight, ignoreIndex, reduction);
    if (smoothing == 0) {
      return hard;
    }
    Tensor losses = uniformLosses(logp, weight, classDim);
    Tensor counts = counting(target, ignoreIndex).view(losses.shape());
    Tensor soft = counted(losses, counts);
    if (reduction == Reduction.MEAN) {
      @Nullable Tensor each = weight == null ? null : eachWeight(weight, target, counts);
      soft = soft.sum().div(total(each, counts));
    } else {
      soft = reduced(soft, reduction);
    }
    double share = smoothing / logits.size(classDim);
    return hard.mul(1 - smoothing).add(soft.mul(share));
  }

  private static int classDim(Tensor logits) {
    return logits.dim() == 1 ? 0 : 1;
  }

  /** The part of label smoothing, without its sign: the sum of all log-probabilities. */
  private static Tensor uniformLosses(Tensor logp, @Nullable Tensor weight, int classDim) {
    return (weight == null ? logp : logp.mul(alongClasses(weight, logp, classDim))).sum(classDim);
  }

  private static Tensor withProbabilities(
      Tensor logits,
      Tensor target,
      @Nullable Tensor weight,
      long ignoreIndex,
      double smoothing,
      Reduction reduction) {
    if (!target.isFloatingPoint()) {
      throw new DTypeException(
          "cross_entropy: Expected floating point type for target with class probabilities, got "
              + Tensor.typeWord(target.dtype()));
    }
    if (ignoreIndex >= 0) {
      throw new KindlingException(
          "cross_entropy: ignore_index is not supported for floating point target");
    }
    int classDim = classDim(logits);
    Tensor logp = logits.logSoftmax(classDim);
    long classes = logits.dim() == 0 ? 1 : logits.size(classDim);
    checkWeight("cross_entropy", weight, classes);
    double share = smoothing / classes;
    Tensor p = smoothing == 0 ? target : target.mul(1 - smoothing).add(share);
    Tensor losses = uniformLosses(logp.mul(p), weight, classDim).neg();
    return reduction == Reduction.MEAN
        ? losses.sum().div(logp.numel() == 0 ? 0.0 : losses.numel())
        : reduced(losses, reduction);
  }

  private static Tensor alongClasses(Tensor weight, Tensor like, int classDim) {
    long[] shape = new long[like.dim()];
    Arrays.fill(shape, 1);
    shape[classDim] = weight.numel();
    return weight.view(shape);
  }
}
