package io.kindling.train;

import io.kindling.nn.BatchNorm1d;
import io.kindling.nn.Buffer;
import io.kindling.nn.Dropout;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/** Has everything that a checkpoint must hold: random draws, running statistics, a counter. */
class StatefulNet extends Module {
  private static final long serialVersionUID = 1L;

  Linear fc1 = new Linear(784, 12);
  BatchNorm1d norm = new BatchNorm1d(12);
  Dropout dropout;
  Linear fc2 = new Linear(12, 10);

  /** Forwards in training. */
  @Buffer(persistent = false)
  Tensor calls = Tensors.zeros(1);

  StatefulNet(double p) {
    dropout = new Dropout(p);
  }

  StatefulNet() {
    this(0.5);
  }

  @Override
  public Tensor forward(Tensor x) {
    if (isTraining()) {
      calls.add_(1);
    }
    Tensor hidden = norm.forward(fc1.forward(x.flatten(1))).relu();
    return fc2.forward(dropout.forward(hidden)).add(calls.mul(1e-3));
  }
}
