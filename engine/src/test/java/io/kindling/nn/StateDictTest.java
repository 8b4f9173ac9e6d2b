package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StateDictTest {
  @BeforeEach
  void seed() {
    Tensors.manualSeed(3);
  }

  static class Net extends Module {
    private static final long serialVersionUID = 1L;
    Linear fc1 = new Linear(4, 3);
    Linear fc2 = new Linear(3, 2);

    @Override
    public Tensor forward(Tensor x) {
      return fc2.forward(fc1.forward(x).relu());
    }
  }

  @Test
  @DisplayName("N03 loading another module's state makes both compute the same")
  void roundTrip() {
    Net from = new Net();
    Net to = new Net();
    Tensor x = Tensors.randn(5, 4);
    assertFalse(from.forward(x).equal(to.forward(x)));
    Module.IncompatibleKeys keys = to.loadStateDict(from.stateDict());
    assertEquals(new Module.IncompatibleKeys(List.of(), List.of()), keys);
    assertTrue(from.forward(x).equal(to.forward(x)));
    assertTrue(to.fc1.weight.requiresGrad());
  }

  @Test
  @DisplayName("N03 one error lists missing, unexpected and mis-shaped keys in PyTorch's words")
  void errorsInOne() {
    Net net = new Net();
    Map<String, Tensor> state = new LinkedHashMap<>(net.stateDict());
    state.remove("fc1.bias");
    state.remove("fc2.bias");
    state.put("fc3.weight", Tensors.ones(1));
    state.put("fc2.weight", Tensors.ones(2, 5));
    StateDictException e = assertThrows(StateDictException.class, () -> net.loadStateDict(state));
    assertEquals(
        "Error(s) in loading state_dict for Net:\n"
            + "\tMissing key(s) in state_dict: \"fc1.bias\", \"fc2.bias\". \n"
            + "\tUnexpected key(s) in state_dict: \"fc3.weight\". \n"
            + "\tsize mismatch for fc2.weight: copying a param with shape torch.Size([2, 5]) from"
            + " checkpoint, the shape in current model is torch.Size([2, 3]).",
        e.getMessage());
  }

  @Test
  @DisplayName("N03 nothing is loaded where there is an error")
  void nothingOnError() {
    Net net = new Net();
    float[] before = net.fc1.weight.toFloatArray();
    Map<String, Tensor> state = new LinkedHashMap<>(new Net().stateDict());
    state.remove("fc2.bias");
    assertThrows(StateDictException.class, () -> net.loadStateDict(state));
    assertArrayEquals(before, net.fc1.weight.toFloatArray());
  }

  @Test
  @DisplayName(
      "N03 a lenient load takes what fits and reports the rest; a wrong shape stays an error")
  void lenient() {
    Net net = new Net();
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("fc1.bias", Tensors.ones(3));
    state.put("head.bias", Tensors.ones(3));
    Module.IncompatibleKeys keys = net.loadStateDict(state, false);
    assertEquals(List.of("fc1.weight", "fc2.weight", "fc2.bias"), keys.missing());
    assertEquals(List.of("head.bias"), keys.unexpected());
    assertArrayEquals(new float[] {1, 1, 1}, net.fc1.bias.toFloatArray());
    state.put("fc2.bias", Tensors.ones(7));
    StateDictException e =
        assertThrows(StateDictException.class, () -> net.loadStateDict(state, false));
    assertTrue(e.getMessage().contains("size mismatch for fc2.bias"), e.getMessage());
    assertFalse(e.getMessage().contains("Missing"), e.getMessage());
  }

  @Test
  @DisplayName("N03 state is detached, shares memory, and is converted to the module's type")
  void sharingAndTypes() {
    Net net = new Net();
    Tensor view = net.stateDict().get("fc1.weight");
    assertFalse(view.requiresGrad());
    view.fill_(2);
    assertEquals(2, net.fc1.weight.get(0, 0).item());
    Map<String, Tensor> doubles = new LinkedHashMap<>();
    net.stateDict().forEach((k, v) -> doubles.put(k, Tensors.onesLike(v, DType.FLOAT64)));
    net.loadStateDict(doubles);
    assertEquals(DType.FLOAT32, net.fc1.weight.dtype());
    assertEquals(1, net.fc1.weight.get(0, 0).item());
  }
}
