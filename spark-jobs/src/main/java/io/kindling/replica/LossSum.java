package io.kindling.replica;

import io.kindling.conf.TrainConfig;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.nn.CrossEntropyLoss;
import io.kindling.nn.Loss;
import io.kindling.nn.MSELoss;
import io.kindling.nn.NLLLoss;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/**
 * The loss of a batch summed over its examples, never averaged: the step divides once, by all
 * examples of all shards. The mean squared error is taken against one-hot labels and averaged over
 * an example's outputs.
 */
final class LossSum {
  private final TrainConfig.Loss kind;
  private final int classes;
  private final Loss loss;

  LossSum(TrainConfig.Loss kind, int classes) {
    this.kind = kind;
    this.classes = classes;
    this.loss =
        switch (kind) {
          case CROSS_ENTROPY -> new CrossEntropyLoss(Reduction.SUM);
          case MSE -> new MSELoss(Reduction.SUM);
          case NLL -> new NLLLoss(Reduction.SUM);
        };
  }

  /**
   * The sum, a 0-D tensor.
   *
   * @param output [labels.length, classes]
   * @throws ShapeException for an output of another shape
   */
  Tensor of(Tensor output, long[] labels) {
    checkShape(output, labels.length);
    return switch (kind) {
      case CROSS_ENTROPY, NLL -> loss.forward(output, Tensors.fromArray(labels, labels.length));
      case MSE -> loss.forward(output, oneHot(labels)).div(classes);
    };
  }

  void checkShape(Tensor output, int examples) {
    long[] expected = {examples, classes};
    if (!java.util.Arrays.equals(output.shape(), expected)) {
      throw new ShapeException(
          String.format(
              "the model's output for %d examples has the shape %s; expected %s, one score for"
                  + " each of the %d classes (data.classes); change the model's last layer",
              examples, Shapes.text(output.shape()), Shapes.text(expected), classes));
    }
  }

  /**
   * How many examples have their highest score at their label; the first of equal scores counts.
   */
  static int correct(Tensor output, long[] labels) {
    float[] scores = output.toFloatArray();
    int classes = scores.length / labels.length;
    int correct = 0;
    for (int row = 0; row < labels.length; row++) {
      int best = row * classes;
      for (int i = best + 1; i < (row + 1) * classes; i++) {
        best = scores[i] > scores[best] ? i : best;
      }
      correct += best - row * classes == labels[row] ? 1 : 0;
    }
    return correct;
  }

  private Tensor oneHot(long[] labels) {
    float[] values = new float[labels.length * classes];
    for (int row = 0; row < labels.length; row++) {
      values[row * classes + (int) labels[row]] = 1;
    }
    return Tensors.fromArray(values, labels.length, classes);
  }
}
