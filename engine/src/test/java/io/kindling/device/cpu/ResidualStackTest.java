package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.device.Scope;
import io.kindling.nn.BatchNorm2d;
import io.kindling.nn.Conv2d;
import io.kindling.nn.Module;
import io.kindling.nn.ReLU;
import io.kindling.nn.Sequential;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A stack of residual blocks")
class ResidualStackTest {
  /** conv, norm, relu, conv, norm, and the input added. */
  static class Block extends Module {
    private static final long serialVersionUID = 1L;
    private final Sequential inner =
        new Sequential(conv(), new BatchNorm2d(16), new ReLU(), conv(), new BatchNorm2d(16));

    private static Conv2d conv() {
      return new Conv2d(16, 16, Conv2d.kernel(3).padding(1).bias(false));
    }

    @Override
    public Tensor forward(Tensor x) {
      return inner.forward(x).add(x).relu();
    }
  }

  private static long step(Module net, Tensor x) {
    long before = Primitives.local().reorders();
    try (Scope scope = Scope.open()) {
      net.zeroGrad();
      net.forward(x).square().mean().backward();
    }
    return Primitives.local().reorders() - before;
  }

  @ParameterizedTest(name = "batch {0}")
  @ValueSource(ints = {1, 4, 16})
  @DisplayName("stays in one memory order, forward and backward")
  void noReorder(int batch) {
    Assumptions.assumeTrue(Cpu.backend() instanceof OneDnnBackend);
    Tensors.manualSeed(1);
    Conv2d stem = new Conv2d(3, 16, Conv2d.kernel(3).padding(1));
    Tensor images = Tensors.randn(batch, 3, 16, 16);
    // An image that comes row-major moves into order once, in the stem; nothing after it moves.
    long shallow = step(new Sequential(stem, new Block()), images);
    long deep = step(new Sequential(stem, new Block(), new Block(), new Block()), images);
    assertEquals(shallow, deep, "reorders of a deeper stack");
    assertTrue(shallow <= 2, "the image goes to the stem, forward and for its weight: " + shallow);
    List<String> names = Primitives.local().names();
    assertTrue(names.stream().anyMatch(n -> n.startsWith("batch norm input")), "norm on oneDNN");
    for (String name : names) {
      assertFalse(name.contains("[ref"), name);
    }
  }
}
