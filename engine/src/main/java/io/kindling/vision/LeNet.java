package io.kindling.vision;

import io.kindling.core.KindlingException;
import io.kindling.device.Window;
import io.kindling.nn.Conv2d;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;

/**
 * LeNet-5 (LeCun et al. 1998) as PyTorch's tutorials write it: two 5x5 convolutions, each with a
 * ReLU and a 2x2 maximum pool, then three linear layers. Its ten parameters have the same names and
 * shapes for both input sizes; images of 28x28, MNIST's, are padded to 32x32 by the first
 * convolution.
 */
public class LeNet extends Module {
  private static final long serialVersionUID = 1L;

  private static final int CLASSES = 10;
  private static final int PADDED = 32;
  private static final int MNIST = 28;
  private static final Window HALVE = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);

  public Conv2d conv1;
  public Conv2d conv2 = new Conv2d(6, 16, 5);
  public Linear fc1 = new Linear(16 * 5 * 5, 120);
  public Linear fc2 = new Linear(120, 84);
  public Linear fc3 = new Linear(84, CLASSES);

  /** For {@code x [N, 1, 28, 28] -> [N, 10]}. */
  public LeNet() {
    this(MNIST);
  }

  /**
   * For square images of {@code inputSize}.
   *
   * @throws KindlingException if it is neither 28 nor 32
   */
  public LeNet(int inputSize) {
    if (inputSize != MNIST && inputSize != PADDED) {
      throw new KindlingException("LeNet: expected an input size of 28 or 32, got " + inputSize);
    }
    conv1 = new Conv2d(1, 6, Conv2d.kernel(5).padding((PADDED - inputSize) / 2));
  }

  /** {@code x [N, 1, size, size] -> [N, 10]}: logits. */
  @Override
  public Tensor forward(Tensor x) {
    Tensor features = Functional.maxPool2d(conv1.forward(x).relu(), HALVE);
    features = Functional.maxPool2d(conv2.forward(features).relu(), HALVE);
    Tensor hidden = fc1.forward(features.flatten(1)).relu();
    return fc3.forward(fc2.forward(hidden).relu());
  }
}
