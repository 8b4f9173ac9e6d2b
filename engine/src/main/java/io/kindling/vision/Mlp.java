package io.kindling.vision;

import io.kindling.core.KindlingException;
import io.kindling.nn.Flatten;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.nn.Name;
import io.kindling.nn.ReLU;
import io.kindling.nn.Sequential;
import io.kindling.tensor.Tensor;
import java.util.Arrays;

/**
 * Linear layers with ReLUs between them. Parameters are named as those of the network in PyTorch's
 * quickstart: {@code new Mlp(784, 512, 512, 10)} has {@code linear_relu_stack.0.weight}, {@code
 * linear_relu_stack.2.weight} and {@code linear_relu_stack.4.weight}.
 */
public class Mlp extends Module {
  private static final long serialVersionUID = 1L;

  public Flatten flatten = new Flatten();

  @Name("linear_relu_stack")
  public Sequential layers = new Sequential();

  /**
   * The sizes of input, hidden layers and output.
   *
   * @throws KindlingException for fewer than two sizes, or one that is not positive
   */
  public Mlp(int... sizes) {
    if (sizes.length < 2 || Arrays.stream(sizes).anyMatch(size -> size < 1)) {
      throw new KindlingException(
          "Mlp: expected two or more positive sizes, got " + Arrays.toString(sizes));
    }
    for (int i = 1; i < sizes.length; i++) {
      layers.append(new Linear(sizes[i - 1], sizes[i]));
      if (i + 1 < sizes.length) {
        layers.append(new ReLU());
      }
    }
  }

  /** {@code x [N, ...] -> [N, out]}, with as many elements an example as the first size: logits. */
  @Override
  public Tensor forward(Tensor x) {
    return layers.forward(flatten.forward(x));
  }
}
