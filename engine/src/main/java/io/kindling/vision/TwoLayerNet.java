package io.kindling.vision;

import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;

/** Linear, ReLU, linear: the network of PyTorch's first examples, there 1000-100-10. */
public class TwoLayerNet extends Module {
  private static final long serialVersionUID = 1L;

  public Linear linear1;
  public Linear linear2;

  public TwoLayerNet(int in, int hidden, int out) {
    linear1 = new Linear(in, hidden);
    linear2 = new Linear(hidden, out);
  }

  /** {@code x [N, in] -> [N, out]}. */
  @Override
  public Tensor forward(Tensor x) {
    return linear2.forward(linear1.forward(x).relu());
  }
}
