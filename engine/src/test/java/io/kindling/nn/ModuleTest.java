package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ModuleTest {
  @BeforeEach
  void seed() {
    Tensors.manualSeed(1);
  }

  static class Base extends Module {
    private static final long serialVersionUID = 1L;
    static final Linear SHARED_BY_CLASS = new Linear(1, 1);
    Linear stem = new Linear(4, 4);
    Parameter scale = new Parameter(Tensors.ones(1));

    @Override
    public Tensor forward(Tensor x) {
      return stem.forward(x).mul(scale);
    }
  }

  static class Net extends Base {
    private static final long serialVersionUID = 1L;
    @Nullable Linear extra;
    transient Linear scratch = new Linear(2, 2);
    @Buffer Tensor mean = Tensors.zeros(4);

    @Buffer(persistent = false)
    Tensor cache = Tensors.zeros(2);

    Tensor plain = Tensors.zeros(3);

    @Name("fully_connected")
    Linear fc = new Linear(4, 2);

    Dropout dropout = new Dropout(0.5);

    @Override
    public Tensor forward(Tensor x) {
      return fc.forward(dropout.forward(super.forward(x)));
    }
  }

  @Test
  @DisplayName("N01 parts are found in fields: superclass first, in order, own parameters first")
  void names() {
    Net net = new Net();
    assertEquals(
        List.of(
            "scale", "stem.weight", "stem.bias", "fully_connected.weight", "fully_connected.bias"),
        new ArrayList<>(net.namedParameters().keySet()));
    assertEquals(
        List.of("stem", "fully_connected", "dropout"),
        new ArrayList<>(net.namedChildren().keySet()));
    assertEquals(
        List.of("", "stem", "fully_connected", "dropout"),
        new ArrayList<>(net.namedModules().keySet()));
    assertEquals(List.of("mean", "cache"), new ArrayList<>(net.namedBuffers().keySet()));
    assertEquals(
        List.of(
            "scale",
            "mean",
            "stem.weight",
            "stem.bias",
            "fully_connected.weight",
            "fully_connected.bias"),
        new ArrayList<>(net.stateDict().keySet()));
    assertSame(net, net.modules().get(0));
    assertEquals(5, net.parameters().size());
    assertEquals(2, net.buffers().size());
    assertEquals(3, net.children().size());
  }

  @Test
  @DisplayName("N01 assigning a field replaces a child, and filling an empty one adds it")
  void replacing() {
    Net net = new Net();
    net.fc = new Linear(4, 7);
    net.extra = new Linear(1, 1);
    assertEquals(
        List.of("stem", "extra", "fully_connected", "dropout"),
        new ArrayList<>(net.namedChildren().keySet()));
    assertEquals(7, net.namedParameters().get("fully_connected.weight").size(0));
    assertEquals(7, net.forward(Tensors.ones(1, 4)).size(1));
  }

  static class Tied extends Module {
    private static final long serialVersionUID = 1L;
    Linear a = new Linear(3, 3);
    Linear b = new Linear(3, 3);
    Linear again = a;

    Tied() {
      b.weight = a.weight;
    }

    @Override
    public Tensor forward(Tensor x) {
      return again.forward(b.forward(a.forward(x)));
    }
  }

  @Test
  @DisplayName("N01 a shared parameter comes once, but is saved under each of its names")
  void shared() {
    Tied net = new Tied();
    assertEquals(
        List.of("a.weight", "a.bias", "b.bias"), new ArrayList<>(net.namedParameters().keySet()));
    assertEquals(
        List.of("a.weight", "a.bias", "b.weight", "b.bias", "again.weight", "again.bias"),
        new ArrayList<>(net.stateDict().keySet()));
    assertEquals(List.of("a", "b"), new ArrayList<>(net.namedChildren().keySet()));
    assertTrue(net.toString().contains("(again): Linear"), net.toString());
  }

  @Test
  @DisplayName("N01 train and eval reach all modules, and dropout obeys")
  void modes() {
    Net net = new Net();
    assertTrue(net.isTraining());
    assertSame(net, net.eval());
    assertTrue(net.modules().stream().noneMatch(Module::isTraining));
    Tensor x = Tensors.randn(3, 4);
    assertTrue(net.forward(x).equal(net.forward(x)));
    net.train();
    assertTrue(net.dropout.isTraining());
    assertFalse(net.forward(x).equal(net.forward(x)));
  }

  @Test
  @DisplayName("N01 apply visits children first; zero_grad and requires_grad_ reach all parameters")
  void reachingAll() {
    Net net = new Net();
    List<Module> seen = new ArrayList<>();
    net.apply(seen::add);
    assertEquals(4, seen.size());
    assertSame(net, seen.get(3));
    net.forward(Tensors.ones(2, 4)).sum().backward();
    assertNotNull(net.fc.weight.grad());
    net.zeroGrad();
    assertTrue(net.parameters().stream().allMatch(p -> p.grad() == null));
    net.requiresGrad_(false);
    assertFalse(net.forward(Tensors.ones(2, 4)).requiresGrad());
  }

  @Test
  @DisplayName(
      "N01 to(dtype) converts parameters, gradients and buffers, which stay the same objects")
  void conversion() {
    Net net = new Net();
    net.eval().forward(Tensors.ones(2, 4)).sum().backward();
    Parameter weight = net.fc.weight;
    Tensor mean = net.mean;
    net.to(DType.FLOAT64);
    assertSame(weight, net.fc.weight);
    assertSame(mean, net.mean);
    assertEquals(DType.FLOAT64, weight.dtype());
    assertEquals(DType.FLOAT64, weight.grad().dtype());
    assertEquals(DType.FLOAT64, mean.dtype());
    assertSame(net, net.to(net.parameters().get(0).device()));
    net.zeroGrad();
    net.forward(Tensors.ones(DType.FLOAT64, 2, 4)).sum().backward();
    assertEquals(DType.FLOAT64, weight.grad().dtype());
    DTypeException e = assertThrows(DTypeException.class, () -> net.to(DType.INT64));
    assertEquals(
        "nn.Module.to only accepts floating point dtypes, but got desired dtype=torch.int64",
        e.getMessage());
  }

  @Test
  @DisplayName("N01 a module comes back from Java serialization with its parts linked as before")
  void serialization() {
    Net net = new Net();
    net.eval();
    Tied tied = new Tied();
    Net copy = Serial.copy(net);
    Tied tiedCopy = Serial.copy(tied);
    Tensor x = Tensors.randn(2, 4);
    assertTrue(net.forward(x).equal(copy.forward(x)));
    assertFalse(copy.isTraining());
    assertTrue(copy.fc.weight.requiresGrad());
    assertNull(copy.scratch);
    assertSame(tiedCopy.a, tiedCopy.again);
    assertSame(tiedCopy.a.weight, tiedCopy.b.weight);
    Sequential s = new Sequential(new Linear(2, 3), new ReLU(), new MaxPool2d(1));
    assertEquals(s.toString(), Serial.copy(s).toString());
    Conv2d conv = new Conv2d(1, 2, Conv2d.kernel(3).padding(1));
    Tensor image = Tensors.randn(1, 1, 5, 5);
    assertTrue(conv.forward(image).equal(Serial.copy(conv).forward(image)));
  }

  static class Hiding extends Base {
    private static final long serialVersionUID = 1L;
    Linear stem = new Linear(1, 1);
  }

  static class Wrong extends Module {
    private static final long serialVersionUID = 1L;
    @Buffer int[] counts = {};

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  @Test
  @DisplayName("N01 a buffer that is no tensor, a hidden field and a name with a dot are refused")
  void misuse() {
    KindlingException e = assertThrows(KindlingException.class, () -> new Wrong().parameters());
    assertEquals(
        "@Buffer stands on the field counts of Wrong, expected a Tensor, got int[]",
        e.getMessage());
    e = assertThrows(KindlingException.class, () -> new Hiding().parameters());
    assertEquals(
        "Hiding has two parts called \"stem\"; rename a field, or give it another name with @Name",
        e.getMessage());
    e = assertThrows(KindlingException.class, () -> new Sequential().append("a.b", new ReLU()));
    assertEquals("module name can't be empty or contain \".\", got: \"a.b\"", e.getMessage());
  }

  @Test
  @DisplayName("N04 containers are read, changed and iterated by position")
  void containers() {
    Sequential s = new Sequential(new Linear(2, 2), new ReLU());
    assertTrue(s.get(-1) instanceof ReLU);
    s.set(1, new Tanh()).append(new Identity());
    assertTrue(s.get(1) instanceof Tanh);
    assertEquals(3, s.size());
    List<Module> seen = new ArrayList<>();
    s.forEach(seen::add);
    assertEquals(s.children(), seen);
    IndexException e = assertThrows(IndexException.class, () -> s.get(3));
    assertEquals("index 3 is out of range: the Sequential has 3 modules", e.getMessage());
    ModuleList list = new ModuleList(List.of(new Linear(2, 2), new ReLU()));
    list.set(0, new Identity());
    assertTrue(list.get(0) instanceof Identity);
    assertTrue(list.get(-1) instanceof ReLU);
    e = assertThrows(IndexException.class, () -> list.get(-3));
    assertEquals("index -3 is out of range: the ModuleList has 2 modules", e.getMessage());
    KindlingException k =
        assertThrows(KindlingException.class, () -> list.forward(Tensors.ones(1)));
    assertTrue(k.getMessage().contains("missing the required \"forward\" function"));
    assertEquals(8, new Sequential(s, list).modules().size());
  }

  static class Listed extends Module {
    private static final long serialVersionUID = 1L;
    final java.util.ArrayList<Linear> layers = new java.util.ArrayList<>();

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  static class Arrayed extends Module {
    private static final long serialVersionUID = 1L;
    final transient Linear[] repeated = {};
    final Linear[] layers = {new Linear(2, 2)};

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  @Test
  @DisplayName("N01 layers in a list or an array, which would be lost, are an error that says so")
  void severalParts() {
    KindlingException e = assertThrows(KindlingException.class, () -> new Listed().parameters());
    assertEquals(
        "Listed.layers holds several parts (ArrayList of Linear), which would be neither trained nor"
            + " saved; use a ModuleList or a Sequential, or make the field transient if it only"
            + " repeats what other fields hold",
        e.getMessage());
    e = assertThrows(KindlingException.class, () -> new Arrayed().parameters());
    assertTrue(
        e.getMessage().startsWith("Arrayed.layers holds several parts (Linear[] of Linear)"));
  }
}
