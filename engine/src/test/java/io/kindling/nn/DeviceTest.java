package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.kindling.core.RandomStream;
import io.kindling.device.Device;
import io.kindling.device.Scope;
import io.kindling.optim.Adam;
import io.kindling.optim.Optimizer;
import io.kindling.optim.SGD;
import io.kindling.tensor.DefaultDevice;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import io.kindling.tensor.TestDevice;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A model on another device")
class DeviceTest {
  private static final Device HERE = TestDevice.FIRST;

  @BeforeEach
  void install() {
    TestDevice.install();
    Tensors.manualSeed(3);
  }

  @AfterEach
  void remove() {
    TestDevice.remove();
  }

  private static Sequential model() {
    return new Sequential(
        new Conv2d(1, 4, Conv2d.kernel(3).padding(1)),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Dropout(0.2),
        new Linear(64, 5));
  }

  /** The parameters after three steps, of which the last two are on {@code device}. */
  private static float[] trained(Device device, Function<List<Parameter>, Optimizer> optimizer) {
    try (Generator.Guard seeded = Generator.use(RandomStream.of(9));
        Scope scope = Scope.open()) {
      Sequential model = model();
      Optimizer steps = optimizer.apply(model.parameters());
      CrossEntropyLoss loss = new CrossEntropyLoss();
      for (int i = 0; i < 3; i++) {
        Device on = i == 0 ? Device.CPU : device;
        model.to(on);
        Tensor x = Tensors.randn(6, 1, 8, 8).to(on);
        Tensor y = Tensors.randint(0, 5, 6).to(on);
        steps.zeroGrad();
        loss.forward(model.forward(x), y).backward();
        steps.step();
        assertEquals(on, model.parameters().get(0).device());
        assertEquals(on, Objects.requireNonNull(model.parameters().get(0).grad()).device());
      }
      float[] out = new float[ParameterVector.size(model)];
      ParameterVector.copyTo(model, out);
      return out;
    }
  }

  @Test
  @DisplayName("trains to the same weights, moved there with its optimizer between two steps")
  void training() {
    List<Function<List<Parameter>, Optimizer>> optimizers =
        List.of(p -> new SGD(p, SGD.options(0.1).momentum(0.9)), p -> new Adam(p, 0.01));
    for (Function<List<Parameter>, Optimizer> optimizer : optimizers) {
      assertArrayEquals(trained(Device.CPU, optimizer), trained(HERE, optimizer), 1e-5f);
    }
  }

  @Test
  @DisplayName("keeps its parameters, which move with their gradients and back")
  void moving() {
    Linear layer = new Linear(3, 2);
    Parameter weight = layer.weight;
    layer.forward(Tensors.ones(1, 3)).sum().backward();
    float[] values = weight.toFloatArray();
    assertSame(layer, layer.to(HERE));
    assertSame(weight, layer.weight);
    assertEquals(HERE, weight.device());
    assertEquals(HERE, Objects.requireNonNull(weight.grad()).device());
    assertArrayEquals(values, weight.toFloatArray());
    assertEquals(Device.CPU, layer.to(Device.CPU).parameters().get(0).device());
  }

  @Test
  @DisplayName("is made there in a block that says so, and takes a state from the CPU")
  void madeThere() {
    Sequential here = model();
    Sequential there;
    try (DefaultDevice.Guard guard = Tensors.withDevice(HERE)) {
      there = model();
    }
    assertEquals(HERE, there.parameters().get(0).device());
    there.loadStateDict(here.stateDict());
    assertEquals(HERE, there.parameters().get(0).device());
    Tensor x = Tensors.randn(1, 1, 8, 8);
    here.eval();
    there.eval();
    assertArrayEquals(
        here.forward(x).toFloatArray(), there.forward(x.to(HERE)).toFloatArray(), 1e-5f);
  }
}
