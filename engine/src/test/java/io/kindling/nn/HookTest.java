package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HookTest {
  private final List<String> told = new ArrayList<>();
  private final Tensor x = Tensors.randn(2, 3);

  @BeforeEach
  void seed() {
    Tensors.manualSeed(5);
  }

  static class Net extends Module {
    private static final long serialVersionUID = 1L;
    Linear fc1 = new Linear(3, 4);
    Sequential tail = new Sequential(new ReLU(), new Linear(4, 2));

    @Override
    public Tensor forward(Tensor x) {
      return tail.forward(fc1.forward(x));
    }
  }

  private Hook.Forward tell(String name) {
    return (module, in, out) -> {
      told.add(name);
      return null;
    };
  }

  @Test
  @DisplayName("N01 a hook hears of each call of its module once, however it is called")
  void onceACall() {
    Net net = new Net();
    for (Module module : net.modules()) {
      module.registerForwardHook(tell(module.typeName()));
    }
    net.call(x);
    assertEquals(List.of("Linear", "ReLU", "Linear", "Sequential", "Net"), told);
    told.clear();
    net.forward(x);
    assertEquals(List.of("Linear", "ReLU", "Linear", "Sequential"), told);
    told.clear();
    net.fc1.call(x);
    assertEquals(List.of("Linear"), told);
  }

  @Test
  @DisplayName("N01 hooks see inputs and output in the order of registration and may replace them")
  void replacing() {
    Linear fc = new Linear(3, 2);
    Tensor plain = fc.forward(x.mul(2)).add(1).mul(3);
    List<Tensor> seen = new ArrayList<>();
    Hook pre = fc.registerForwardPreHook((module, in) -> new Tensor[] {in[0].mul(2)});
    fc.registerForwardPreHook(
        (module, in) -> {
          seen.add(in[0]);
          return null;
        });
    Hook add = fc.registerForwardHook((module, in, out) -> out.add(1));
    Hook mul =
        fc.registerForwardHook(
            (module, in, out) -> {
              assertSame(fc, module);
              assertSame(seen.get(0), in[0]);
              return out.mul(3);
            });
    assertTrue(plain.equal(fc.forward(x)));
    assertTrue(x.mul(2).equal(seen.get(0)));
    pre.close();
    add.close();
    mul.close();
    mul.close();
    assertTrue(new Sequential(fc).forward(x).equal(fc.forward(x)));
    assertSame(x, seen.get(1));
  }

  @Test
  @DisplayName("N01 a backward hook sees both gradients and may replace that of the input")
  void backward() {
    Linear fc = new Linear(3, 2);
    Tensor leaf = x.detach().requiresGrad_(true);
    List<Tensor> seen = new ArrayList<>();
    Hook hook =
        fc.registerFullBackwardHook(
            (module, gradInput, gradOutput) -> {
              seen.add(gradOutput);
              seen.add(gradInput);
              return gradInput.mul(10);
            });
    fc.forward(leaf.mul(1)).mul(2).sum().backward();
    assertTrue(Tensors.ones(2, 2).mul(2).equal(seen.get(0)));
    Tensor expected = Tensors.ones(2, 2).mul(2).matmul(fc.weight.detach());
    assertTrue(expected.equal(seen.get(1)));
    assertTrue(expected.mul(10).equal(leaf.grad()));
    assertArrayEquals(new float[] {4, 4}, fc.bias.grad().toFloatArray());
    hook.close();
    fc.forward(leaf).sum().backward();
    assertEquals(2, seen.size());
  }

  @Test
  @DisplayName("N01 the first layer's input asks for no gradient: its backward hook gets none")
  void firstLayer() {
    Net net = new Net();
    net.fc1.registerFullBackwardHook(
        (module, gradInput, gradOutput) -> {
          told.add(gradInput + " " + gradOutput.dim());
          return null;
        });
    net.call(x).sum().backward();
    assertEquals(List.of("null 2"), told);
    assertNotNull(net.fc1.weight.grad());
    try (var off = Tensors.noGrad()) {
      net.call(x);
    }
    assertEquals(1, told.size());
  }

  @Test
  @DisplayName("N01 a hook that a module cannot serve is an error; hooks are not serialised")
  void limits() {
    Net net = new Net();
    net.registerForwardHook(tell("Net"));
    KindlingException e =
        assertThrows(KindlingException.class, () -> net.call(in -> List.of(in), x));
    assertTrue(
        e.getMessage()
            .startsWith("hook of Net: expected a module that returns a Tensor, but it returned a "),
        e.getMessage());
    Net copy = Serial.copy(net);
    copy.call(x);
    assertEquals(List.of(), told);
    assertNull(copy.hooks());
    copy.registerForwardHook(tell("copy")).close();
    assertNull(copy.hooks());
    copy.registerFullBackwardHook((module, gradInput, gradOutput) -> null);
    e = assertThrows(KindlingException.class, () -> copy.call((a, b) -> a, x, x));
    assertEquals(
        "full backward hook of Net: expected a module of one input, but it was called with 2",
        e.getMessage());
  }
}
