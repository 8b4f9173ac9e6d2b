package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.device.MemoryPool;
import io.kindling.tensor.Tensor;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SummaryTest {
  @Test
  @DisplayName("N12 a summary prints layers, output shapes, parameter counts and memory")
  void table() {
    Module model = new Mlp(784, 512, 512, 10);
    model.namedParameters().get("linear_relu_stack.0.bias").requiresGrad_(false);
    assertEquals(
        String.join(
            "\n",
            "===========================================================",
            "Layer (type)                        Output Shape    Param #",
            "===========================================================",
            "Mlp                                 [64, 10]             --",
            "  flatten (Flatten)                 [64, 784]            --",
            "  linear_relu_stack (Sequential)    [64, 10]             --",
            "    0 (Linear)                      [64, 512]       401,920",
            "    1 (ReLU)                        [64, 512]            --",
            "    2 (Linear)                      [64, 512]       262,656",
            "    3 (ReLU)                        [64, 512]            --",
            "    4 (Linear)                      [64, 10]          5,130",
            "===========================================================",
            "Total params: 669,706",
            "Trainable params: 669,194",
            "Non-trainable params: 512",
            "===========================================================",
            "Input size: 0.19 MiB",
            "Forward/backward pass size: 1.39 MiB",
            "Params size: 2.55 MiB",
            "Estimated total size: 4.13 MiB",
            "==========================================================="),
        Summary.of(model, 64, 1, 28, 28).toString());
  }

  static class Odd extends Module {
    private static final long serialVersionUID = 1L;
    Linear unused = new Linear(1, 1);
    LeNet inner = new LeNet();

    @Override
    public Tensor forward(Tensor x) {
      return inner.forward(x);
    }
  }

  @Test
  @DisplayName("N12 a module that was not seen has no shape; the mode and the memory are restored")
  void leavesNoTrace() {
    Odd model = new Odd();
    model.inner.conv1.eval();
    // What the backend keeps for these convolutions and weights is there from the second run on.
    Summary.of(model, 2, 1, 28, 28);
    Summary.of(model, 2, 1, 28, 28);
    long before = MemoryPool.host().stats().inUse();
    Summary summary = Summary.of(model, 2, 1, 28, 28);
    assertTrue(MemoryPool.host().stats().inUse() <= before);
    assertTrue(model.isTraining() && model.inner.isTraining());
    assertFalse(model.inner.conv1.isTraining());
    assertNull(row(summary, "unused").outputShape());
    assertEquals(List.of(2L, 6L, 28L, 28L), row(summary, "inner.conv1").outputShape());
    assertEquals(List.of(2L, 10L), row(summary, "").outputShape());
    assertEquals(61_706 + 2, summary.parameters());
  }

  private static Summary.Row row(Summary summary, String path) {
    return summary.rows().stream().filter(r -> r.path().equals(path)).findFirst().orElseThrow();
  }

  @Test
  @DisplayName("N12 a shape that does not fit names the layer")
  void wrongShape() {
    LayerException e =
        assertThrows(LayerException.class, () -> Summary.of(new Mlp(784, 10), 1, 100));
    assertTrue(e.getMessage().startsWith("linear_relu_stack.0 (Linear("), e.getMessage());
  }

  static class Twice extends Module {
    private static final long serialVersionUID = 1L;
    Linear fc = new Linear(4, 4);

    @Override
    public Tensor forward(Tensor x) {
      return fc.forward(fc.call(x).relu());
    }
  }

  @Test
  @DisplayName("N12 an output counts once a call, however the layer is called; parameters once")
  void countsOnce() {
    long output = 2 * 8 * 4 * 4;
    assertEquals(output, Summary.of(new Linear(4, 4), 8, 4).activationBytes());
    assertEquals(output, Summary.of(new Sequential(new Linear(4, 4)), 8, 4).activationBytes());
    Summary twice = Summary.of(new Twice(), 8, 4);
    assertEquals(2 * output, twice.activationBytes());
    assertEquals(20, twice.parameters());
    Linear shared = new Linear(4, 4);
    twice = Summary.of(new Sequential(shared, new Sequential(shared)), 8, 4);
    assertEquals(2 * output, twice.activationBytes());
    assertEquals(20, twice.parameters());
  }
}
