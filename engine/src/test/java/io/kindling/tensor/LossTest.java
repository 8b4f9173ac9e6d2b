package io.kindling.tensor;

import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.FLOAT64;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static io.kindling.tensor.Tensors.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Functional.Reduction;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Losses")
class LossTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private static Tensor logits() {
    return tensor(new double[][] {{0.5, -1, 2}, {1, 0, -0.5}}).requiresGrad_();
  }

  private static TensorOptional some(org.bytedeco.pytorch.Tensor @Nullable [] x, int i) {
    return x.length > i ? new TensorOptional(x[i]) : new TensorOptional();
  }

  /** Inputs are logits, targets and perhaps class weights. */
  private static void assertNll(String what, Reduction r, long ignored, Tensor... x) {
    Parity.assertSame(
        what + " " + r,
        v -> Functional.nllLoss(v[0], v[1], v.length > 2 ? v[2] : null, ignored, r),
        v -> torch.nll_loss_nd(v[0], v[1], some(v, 2), r.ordinal(), ignored),
        x);
  }

  private static void assertCrossEntropy(String what, Reduction r, double smooth, Tensor... x) {
    Parity.assertSame(
        what + " " + r,
        v -> Functional.crossEntropy(v[0], v[1], v.length > 2 ? v[2] : null, -100, smooth, r),
        v -> torch.cross_entropy_loss(v[0], v[1], some(v, 2), r.ordinal(), -100, smooth),
        x);
  }

  @Test
  @DisplayName("a target or a weight that is changed in place before backward is refused")
  void changedInPlace() {
    Tensor target = tensor(0L, 1L);
    Tensor loss = Functional.nllLoss(logits(), target);
    target.add_(1);
    assertError(
        AutogradException.class,
        "has been modified by an inplace operation: [torch.LongTensor [2]] is at version 1;"
            + " expected version 0 instead",
        loss::backward);
    Tensor classes = tensor(0L, 1L);
    Tensor entropy = Functional.crossEntropy(logits(), classes);
    classes.zero_();
    assertError(AutogradException.class, "modified by an inplace operation", entropy::backward);
    Tensor weight = tensor(1.0, 2.0, 3.0);
    Tensor weighted = Functional.nllLoss(logits(), tensor(0L, 1L), weight, -100, Reduction.MEAN);
    weight.mul_(2);
    assertError(AutogradException.class, "[torch.FloatTensor [3]]", weighted::backward);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("examples that are ignored count for nothing, whatever is in them")
  void ignored(Reduction r) {
    Tensor all = tensor(-100L, -100L);
    assertNll("all ignored", r, -100, logits(), all);
    assertNll("all ignored, weighted", r, -100, logits(), all, tensor(1.0, 2.0, 3.0));
    assertCrossEntropy("all ignored", r, 0, logits(), all);
    assertCrossEntropy("all ignored, smoothed", r, 0.1, logits(), all);
    assertCrossEntropy("all ignored, both", r, 0.1, logits(), all, tensor(1.0, 2.0, 3.0));
    Tensor one = tensor(-100L, 1L);
    for (double bad : new double[] {NAN, INF, -INF}) {
      Tensor row = tensor(new double[][] {{bad, 1, 2}, {1, 2, 3}}).requiresGrad_();
      assertNll("a row of " + bad, r, -100, row, one);
      assertNll("a weighted row of " + bad, r, -100, row, one, tensor(INF, 2.0, 3.0));
      assertCrossEntropy("a row of " + bad, r, 0, row, one);
      assertCrossEntropy("a smoothed row of " + bad, r, 0.1, row, one);
    }
    Tensor image = Tensors.arange(0, 12, 1.0).view(1, 3, 2, 2).requiresGrad_();
    assertNll("image", r, 1, image, tensor(new long[][][] {{{0, 1}, {1, 2}}}));
    assertNll("single example", r, 1, tensor(-1.0, -2.0).requiresGrad_(), tensor(1L));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("no examples, no classes and a weight of zero are as in PyTorch")
  void emptiness(Reduction r) {
    Tensor none = Tensors.zeros(INT64, 0);
    assertNll("no examples", r, -100, Tensors.zeros(0, 3).requiresGrad_(), none);
    assertCrossEntropy("no examples", r, 0.1, Tensors.zeros(0, 3).requiresGrad_(), none);
    Tensor[] shapes = {Tensors.zeros(0, 3), Tensors.zeros(2, 0)};
    for (Tensor x : shapes) {
      assertCrossEntropy("probabilities", r, 0, x.clone_().requiresGrad_(), x);
    }
    assertNll("weight 0", r, -100, logits(), tensor(0L, 0L), tensor(0.0, 1.0, 2.0));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("uint8 classes are classes; a float target of their shape is no target")
  void targetTypes(Reduction r) {
    for (DType type : DType.values()) {
      assertNll(type + "", r, -100, logits(), tensor(0L, 1L).to(type));
      assertNll("255 " + type, r, 255, logits(), tensor(255L, 1L).to(type));
      assertCrossEntropy(type + "", r, 0, logits(), tensor(0L, 1L).to(type));
      Tensor image = Tensors.zeros(1, 3, 2, 1).requiresGrad_();
      assertNll("image " + type, r, -100, image, Tensors.ones(type, 1, 2, 1));
    }
    assertCrossEntropy("uint8, smoothed", r, 0.1, logits(), tensor(0L, 1L).to(UINT8));
  }

  @Test
  @DisplayName("wrong targets are PyTorch's errors")
  void wrongTargets() {
    assertError(
        DTypeException.class,
        "expected scalar type Long but found Float",
        () -> Functional.crossEntropy(logits(), tensor(0.0, 1.0)));
    assertError(
        DTypeException.class,
        "Expected floating point type for target with class probabilities, got Long",
        () -> Functional.crossEntropy(logits(), Tensors.zeros(INT64, 2, 3)));
    assertError(
        IndexException.class,
        "Target 12 is out of bounds: example 1 of the batch, and the model has 3 classes",
        () -> Functional.nllLoss(logits(), tensor(0L, 12L)));
    assertError(
        IndexException.class,
        "Target -1 is out of bounds: example 0",
        () -> Functional.crossEntropy(logits(), tensor(-1L, -100L)));
    assertError(
        ShapeException.class,
        "Expected input batch_size (2) to match target batch_size (3)",
        () -> Functional.nllLoss(logits(), tensor(0L, 1L, 2L)));
    assertError(
        ShapeException.class,
        "0D or 1D target tensor expected, multi-target not supported",
        () -> Functional.nllLoss(logits(), Tensors.zeros(INT64, 2, 1)));
    assertError(
        ShapeException.class,
        "Expected target size [2, 2], got [2, 3]",
        () -> Functional.nllLoss(Tensors.zeros(2, 3, 2), Tensors.zeros(INT64, 2, 3)));
    assertError(
        KindlingException.class,
        "ignore_index is not supported for floating point target",
        () -> Functional.crossEntropy(logits(), logits(), null, 1, 0, Reduction.MEAN));
    assertError(
        DTypeException.class,
        "\"nll_loss_out_frame\" not implemented for 'Long'",
        () -> Functional.nllLoss(Tensors.zeros(INT64, 2, 3), tensor(0L, 1L)));
  }

  @Test
  @DisplayName("weights of the wrong size or type, and smoothing outside [0, 1], are refused")
  void wrongOptions() {
    Tensor target = tensor(0L, 1L);
    assertError(
        ShapeException.class,
        "weight tensor should be defined either for all 3 classes or no classes but got weight"
            + " tensor of shape: [2]",
        () -> Functional.nllLoss(logits(), target, tensor(1.0, 2.0), -100, Reduction.SUM));
    Tensor p = Tensors.ones(2, 3);
    assertError(
        ShapeException.class,
        "weight tensor should be defined either for all 3 classes",
        () -> Functional.crossEntropy(logits(), p, p, -100, 0, Reduction.SUM));
    Tensor wide = Tensors.ones(FLOAT64, 3);
    assertError(
        DTypeException.class,
        "expected scalar type Float but found Double",
        () -> Functional.crossEntropy(logits(), target, wide, -100, 0, Reduction.SUM));
    Tensor trained = Tensors.ones(3).requiresGrad_();
    assertError(
        AutogradException.class,
        "The function 'nll_loss_forward' is not differentiable with respect to argument 'weight'",
        () -> Functional.nllLoss(logits(), target, trained, -100, Reduction.SUM));
    for (Tensor t : new Tensor[] {target, p}) {
      for (double s : new double[] {1.5, -0.5, NAN}) {
        assertError(
            KindlingException.class,
            "label_smoothing must be between 0.0 and 1.0. Got: " + s,
            () -> Functional.crossEntropy(logits(), t, null, -100, s, Reduction.SUM));
      }
    }
  }

  @Test
  @DisplayName("the squared error takes bool beside a float and refuses integers")
  void squaredErrorTypes() {
    for (DType a : DType.values()) {
      for (DType b : DType.values()) {
        Tensor[] x = {tensor(1.0, 0.0).to(a), tensor(0.0, 1.0).to(b)};
        Parity.assertSame(
            a + " " + b,
            v -> Functional.mseLoss(v[0], v[1], Reduction.SUM),
            v -> torch.mse_loss(v[0], v[1], 2),
            x);
      }
    }
    assertError(
        DTypeException.class,
        "\"mse_cpu\" not implemented for 'Bool'",
        () -> Functional.mseLoss(Tensors.ones(BOOL, 2), Tensors.ones(BOOL, 2), Reduction.SUM));
  }

  @Test
  @DisplayName("a squared error of two shapes warns once a place, as PyTorch does")
  void squaredErrorWarns() {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      for (int i = 0; i < 3; i++) {
        Functional.mseLoss(Tensors.ones(2), Tensors.ones(3, 1), Reduction.MEAN);
      }
      Functional.mseLoss(Tensors.ones(2), Tensors.ones(2), Reduction.MEAN);
      Functional.mseLoss(Tensors.ones(2), Tensors.ones(1), Reduction.MEAN);
    } finally {
      System.setErr(before);
    }
    String[] lines = log.toString(StandardCharsets.UTF_8).strip().split("\n");
    assertEquals(2, lines.length, log.toString(StandardCharsets.UTF_8));
    assertTrue(
        lines[0].contains(
            "Using a target size (torch.Size([3, 1])) that is different to the input size"
                + " (torch.Size([2])). This will likely lead to incorrect results due to"
                + " broadcasting. Please ensure they have the same size."),
        lines[0]);
    assertTrue(lines[0].contains("LossTest"), lines[0]);
  }

  @Test
  @DisplayName("an argument that is not there is named")
  void nullArguments() {
    assertError(
        KindlingException.class,
        "nll_loss: argument 'target' must not be null",
        () -> Functional.nllLoss(logits(), null));
    assertError(
        KindlingException.class, "'input'", () -> Functional.crossEntropy(null, tensor(1L)));
    assertError(
        KindlingException.class, "'reduction'", () -> Functional.mseLoss(logits(), logits(), null));
  }
}
