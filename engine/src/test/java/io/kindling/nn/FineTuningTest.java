package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.optim.SGD;
import io.kindling.tensor.Function;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FineTuningTest {
  @BeforeEach
  void seed() {
    Tensors.manualSeed(2);
  }

  static class Net extends Module {
    private static final long serialVersionUID = 1L;
    Sequential body = new Sequential(new Linear(6, 8), new Tanh(), new Linear(8, 8), new Tanh());
    Linear fc = new Linear(8, 3);

    @Override
    public Tensor forward(Tensor x) {
      return fc.forward(body.forward(x));
    }
  }

  @Test
  @DisplayName("A07 of a frozen model whose head is replaced only the head trains")
  void replacedHead() {
    Net net = new Net();
    net.requiresGrad_(false);
    net.fc = new Linear(8, 2);
    float[][] before = bodyValues(net);
    float[] head = net.fc.weight.toFloatArray();
    SGD optimizer = new SGD(net.parameters(), SGD.options(0.1).momentum(0.9).weightDecay(0.1));
    Tensor x = Tensors.randn(16, 6);
    Tensor y = Tensors.randint(0, 2, 16);
    CrossEntropyLoss lossFunction = new CrossEntropyLoss();
    double first = lossFunction.forward(net.forward(x), y).item();
    for (int step = 0; step < 20; step++) {
      optimizer.zeroGrad();
      lossFunction.forward(net.forward(x), y).backward();
      optimizer.step();
    }
    assertArrayEquals(before, bodyValues(net));
    assertFalse(Arrays.equals(head, net.fc.weight.toFloatArray()));
    assertTrue(lossFunction.forward(net.forward(x), y).item() < first);
    assertTrue(net.body.parameters().stream().allMatch(p -> p.grad() == null));
  }

  private static float[][] bodyValues(Net net) {
    return net.body.parameters().stream().map(Tensor::toFloatArray).toArray(float[][]::new);
  }

  /** Counts how often a backward pass goes through it. */
  private static final class Probe extends Function {
    int backwards;

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
      return inputs[0].clone_();
    }

    @Override
    protected Tensor[] backward(Context context, Tensor gradient) {
      backwards++;
      return new Tensor[] {gradient};
    }
  }

  /** What stands between the layers of the body. */
  private static int backwardsThrough(boolean firstIsTrained) {
    Linear first = new Linear(6, 8);
    Linear second = new Linear(8, 8);
    Linear head = new Linear(8, 3);
    first.requiresGrad_(firstIsTrained);
    second.requiresGrad_(false);
    Probe probe = new Probe();
    Tensor out = head.forward(second.forward(probe.apply(first.forward(Tensors.randn(4, 6)))));
    out.sum().backward();
    assertNotNull(head.weight.grad());
    assertNull(second.weight.grad());
    assertNull(second.bias.grad());
    assertTrue(firstIsTrained == (first.weight.grad() != null));
    return probe.backwards;
  }

  @Test
  @DisplayName("A07 backward goes through frozen layers only where something below is trained")
  void noWorkBelow() {
    assertEquals(0, backwardsThrough(false));
    assertEquals(1, backwardsThrough(true));
    Net net = new Net();
    net.body.requiresGrad_(false);
    Tensor features = net.body.forward(Tensors.randn(4, 6));
    assertNull(features.gradFn());
    assertFalse(features.requiresGrad());
  }
}
