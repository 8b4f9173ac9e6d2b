package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.Layout;
import io.kindling.device.Scope;
import io.kindling.nn.BatchNorm2d;
import io.kindling.nn.Conv2d;
import io.kindling.nn.Module;
import io.kindling.nn.ReLU;
import io.kindling.nn.Sequential;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
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

  /** Deepens a stack of one block by two, which have so many convolutions. */
  private static final int CONVOLUTIONS = 4;

  private static final boolean ONEDNN = Cpu.backend() instanceof OneDnnBackend;

  private static Conv2d stem() {
    return new Conv2d(3, 16, Conv2d.kernel(3).padding(1));
  }

  private interface Pass {
    void of(Module net);
  }

  /** How many reorders, between primitives and inside their plans, two more blocks add. */
  private static long added(Module shallow, Module deep, Pass pass) {
    long[] count = new long[2];
    for (int i = 0; i < 2; i++) {
      long before = Primitives.local().reorders();
      try (Scope scope = Scope.open()) {
        pass.of(i == 0 ? shallow : deep);
      }
      count[i] = Primitives.local().reorders() - before;
    }
    return count[1] - count[0];
  }

  @ParameterizedTest(name = "batch {0}")
  @ValueSource(ints = {1, 4, 16})
  @DisplayName("stays in one memory order, and packs weights once a version")
  void noReorder(int batch) {
    Tensors.manualSeed(1);
    // An image that comes row-major moves into order once, in the stem; nothing after it moves.
    Tensor images = Tensors.randn(batch, 3, 16, 16);
    Module shallow = new Sequential(stem(), new Block());
    Module deep = new Sequential(stem(), new Block(), new Block(), new Block());
    Pass evaluation =
        net -> {
          try (GradMode.Guard guard = GradMode.set(false)) {
            Layout layout = net.forward(images).layout();
            assertTrue(ONEDNN ? layout.isChannelsLast() : layout.isContiguous(), "the order");
          }
        };
    Pass step =
        net -> {
          net.zeroGrad();
          net.forward(images).square().mean().backward();
        };
    // Each convolution packs its weight forward and backward; its gradient comes out unpacked.
    int each = ONEDNN ? CONVOLUTIONS : 0;
    assertEquals(3 * each, added(shallow, deep, step), "weights used for the first time");
    added(shallow, deep, step);
    assertEquals(each, added(shallow, deep, step), "weights used again");
    assertEquals(0, added(shallow, deep, evaluation), "evaluation with weights used again");
    deep.parameters().forEach(p -> p.detach().mul_(0.9));
    shallow.parameters().forEach(p -> p.detach().mul_(0.9));
    assertEquals(each, added(shallow, deep, evaluation), "evaluation with new weights");
    assertEquals(2 * each, added(shallow, deep, step), "a step with weights packed forward");
  }

  @Test
  @DisplayName("never gets a reference implementation, and its norms run on oneDNN")
  void implementations() {
    Tensors.manualSeed(2);
    Module net = new Block();
    net.forward(Tensors.randn(2, 16, 8, 8)).mean().backward();
    net.eval();
    net.forward(Tensors.randn(2, 16, 8, 8));
    List<String> names = Primitives.local().names();
    assertEquals(ONEDNN, names.stream().anyMatch(n -> n.startsWith("batch norm input")), "norm");
    assertEquals(ONEDNN, names.stream().anyMatch(n -> n.contains("given=true")), "evaluation");
    for (String name : names) {
      assertFalse(name.contains("[ref"), name);
    }
  }
}
