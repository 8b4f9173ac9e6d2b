package io.kindling.bench;

import io.kindling.device.Scope;
import io.kindling.nn.CrossEntropyLoss;
import io.kindling.nn.Module;
import io.kindling.nn.ParameterVector;
import io.kindling.optim.Adam;
import io.kindling.optim.Optimizer;
import io.kindling.optim.SGD;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/** Kindling as its users write a training loop. */
final class Kindling implements Contender {
  private final Module model;
  private final Optimizer optimizer;
  private final CrossEntropyLoss lossFunction = new CrossEntropyLoss();
  private final float[] first;
  private final Tensor[] inputs;
  private final Tensor[] labels;

  Kindling(Task task) {
    this(task.model(), task.adam(), batches(task), labels(task));
  }

  Kindling(Module model, boolean adam, Tensor[] inputs, Tensor[] labels) {
    this.model = model;
    this.inputs = inputs;
    this.labels = labels;
    this.first = new float[ParameterVector.size(model)];
    ParameterVector.copyTo(model, first);
    this.optimizer =
        adam
            ? new Adam(model.parameters(), Task.ADAM_RATE)
            : new SGD(model.parameters(), Task.SGD_RATE);
  }

  private static Tensor[] batches(Task task) {
    Tensor[] batches = new Tensor[Task.BATCHES];
    for (int i = 0; i < batches.length; i++) {
      batches[i] = Tensors.fromArray(task.inputs(i), task.shape());
    }
    return batches;
  }

  private static Tensor[] labels(Task task) {
    Tensor[] labels = new Tensor[Task.BATCHES];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Tensors.fromArray(task.labels(i), task.batch());
    }
    return labels;
  }

  @Override
  public void reset() {
    ParameterVector.copyFrom(model, first);
  }

  @Override
  public double train(int steps) {
    double last = Double.NaN;
    for (int i = 0; i < steps; i++) {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Tensor loss =
            lossFunction.forward(
                model.forward(inputs[i % inputs.length]), labels[i % labels.length]);
        loss.backward();
        optimizer.step();
        if (i == steps - 1) {
          last = loss.item();
        }
      }
    }
    return last;
  }
}
