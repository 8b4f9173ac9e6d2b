package io.kindling.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.KindlingException;
import io.kindling.data.DataLoader;
import io.kindling.data.Sample;
import io.kindling.data.TensorDataset;
import io.kindling.device.Scope;
import io.kindling.nn.CrossEntropyLoss;
import io.kindling.nn.Module;
import io.kindling.optim.Adam;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ModelsTest {
  private static List<String> parameters(Module model) {
    List<String> out = new ArrayList<>();
    model.namedParameters().forEach((k, p) -> out.add(k + " " + Arrays.toString(p.shape())));
    return out;
  }

  @Test
  @DisplayName("M01 LeNet has the ten parameters of the tutorial, for 28x28 and 32x32 images")
  void leNet() {
    List<String> expected =
        List.of(
            "conv1.weight [6, 1, 5, 5]",
            "conv1.bias [6]",
            "conv2.weight [16, 6, 5, 5]",
            "conv2.bias [16]",
            "fc1.weight [120, 400]",
            "fc1.bias [120]",
            "fc2.weight [84, 120]",
            "fc2.bias [84]",
            "fc3.weight [10, 84]",
            "fc3.bias [10]");
    assertEquals(expected, parameters(new LeNet()));
    assertEquals(expected, parameters(new LeNet(32)));
    assertArrayEquals(new long[] {3, 10}, new LeNet().call(Tensors.ones(3, 1, 28, 28)).shape());
    assertArrayEquals(new long[] {3, 10}, new LeNet(32).call(Tensors.ones(3, 1, 32, 32)).shape());
    KindlingException e = assertThrows(KindlingException.class, () -> new LeNet(30));
    assertEquals("LeNet: expected an input size of 28 or 32, got 30", e.getMessage());
    e = assertThrows(KindlingException.class, () -> new LeNet().call(Tensors.ones(3, 1, 32, 32)));
    assertTrue(e.getMessage().startsWith("fc1 (Linear(in_features=400"), e.getMessage());
  }

  @Test
  @DisplayName("M01 the MLP has the names of the quickstart")
  void mlp() {
    Mlp model = new Mlp(784, 512, 512, 10);
    assertEquals(
        List.of(
            "linear_relu_stack.0.weight [512, 784]",
            "linear_relu_stack.0.bias [512]",
            "linear_relu_stack.2.weight [512, 512]",
            "linear_relu_stack.2.bias [512]",
            "linear_relu_stack.4.weight [10, 512]",
            "linear_relu_stack.4.bias [10]"),
        parameters(model));
    assertArrayEquals(new long[] {2, 10}, model.call(Tensors.ones(2, 1, 28, 28)).shape());
    assertEquals(
        """
        Mlp(
          (flatten): Flatten(start_dim=1, end_dim=-1)
          (linear_relu_stack): Sequential(
            (0): Linear(in_features=784, out_features=512, bias=True)
            (1): ReLU()
            (2): Linear(in_features=512, out_features=512, bias=True)
            (3): ReLU()
            (4): Linear(in_features=512, out_features=10, bias=True)
          )
        )""",
        model.toString());
    KindlingException e = assertThrows(KindlingException.class, () -> new Mlp(784));
    assertEquals("Mlp: expected two or more positive sizes, got [784]", e.getMessage());
  }

  @Test
  @DisplayName("M01 the two-layer net")
  void twoLayerNet() {
    assertEquals(
        List.of(
            "linear1.weight [100, 1000]",
            "linear1.bias [100]",
            "linear2.weight [10, 100]",
            "linear2.bias [10]"),
        parameters(new TwoLayerNet(1000, 100, 10)));
    assertArrayEquals(
        new long[] {4, 10}, new TwoLayerNet(1000, 100, 10).call(Tensors.ones(4, 1000)).shape());
  }

  private static double accuracyAfterTraining(Module model) {
    Digits.DigitSet digits = Digits.generate(600, 3);
    Tensor images = Tensors.fromArray(digits.images(), 600, 1, 28, 28).toFloat().div(255);
    Tensor labels = Tensors.fromArray(digits.labels(), 600).toLong();
    TensorDataset train = new TensorDataset(images.narrow(0, 0, 500), labels.narrow(0, 0, 500));
    DataLoader loader = new DataLoader(train, DataLoader.batches(25).shuffle(true).seed(1));
    Adam optimizer = new Adam(model.parameters(), 2e-3);
    CrossEntropyLoss lossFunction = new CrossEntropyLoss();
    for (int epoch = 0; epoch < 6; epoch++) {
      var batches = loader.iterator();
      while (batches.hasNext()) {
        try (Scope step = Scope.open()) {
          Sample batch = batches.next();
          optimizer.zeroGrad();
          lossFunction.forward(model.call(batch.input()), batch.target()).backward();
          optimizer.step();
        }
      }
    }
    model.eval();
    Tensor predicted = model.call(images.narrow(0, 500, 100)).argmax(1);
    return predicted.eq(labels.narrow(0, 500, 100)).toFloat().mean().item();
  }

  @Test
  @DisplayName("M01 LeNet and the MLP learn generated digits")
  void learn() {
    Tensors.manualSeed(1);
    double leNet = accuracyAfterTraining(new LeNet());
    double mlp = accuracyAfterTraining(new Mlp(784, 64, 10));
    assertTrue(leNet > 0.8, "LeNet " + leNet);
    assertTrue(mlp > 0.8, "MLP " + mlp);
  }
}
