package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.KindlingException;
import io.kindling.optim.SGD;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a field's value is decides whether it is a part of the module, not how it is declared. */
class RegistrationTest {
  interface Block {
    Tensor run(Tensor x);
  }

  static class Residual extends Module implements Block {
    private static final long serialVersionUID = 1L;
    Linear fc = new Linear(4, 4);

    @Override
    public Tensor run(Tensor x) {
      return forward(x);
    }

    @Override
    public Tensor forward(Tensor x) {
      return x.add(fc.forward(x).relu());
    }
  }

  static class Net<H> extends Module {
    private static final long serialVersionUID = 1L;
    Block block = new Residual();
    final Object scale = new Parameter(Tensors.ones(4));
    H head;
    @Nullable Serializable late;

    Net(H head) {
      this.head = head;
    }

    @Override
    public Tensor forward(Tensor x) {
      return ((Module) head).forward(block.run(x).mul((Tensor) scale));
    }
  }

  @Test
  @DisplayName("N01 a part in a field of an interface, of Object or of a type variable is found")
  void byValue() {
    Net<Linear> net = new Net<>(new Linear(4, 2));
    assertEquals(
        List.of("scale", "block.fc.weight", "block.fc.bias", "head.weight", "head.bias"),
        new ArrayList<>(net.namedParameters().keySet()));
    assertEquals(net.namedParameters().keySet(), net.stateDict().keySet());
    assertEquals(
        String.join(
            "\n",
            "Net(",
            "  (block): Residual(",
            "    (fc): Linear(in_features=4, out_features=4, bias=True)",
            "  )",
            "  (head): Linear(in_features=4, out_features=2, bias=True)",
            ")"),
        net.toString());
    net.late = new Tanh();
    assertEquals(List.of("block", "head", "late"), new ArrayList<>(net.namedChildren().keySet()));
    net.eval();
    assertFalse(((Module) net.block).isTraining());
  }

  @Test
  @DisplayName("N01 such a part is trained, saved, loaded and serialised")
  void trained() {
    Tensors.manualSeed(3);
    Net<Linear> net = new Net<>(new Linear(4, 2));
    Tensor before = ((Residual) net.block).fc.weight.detach().mul(1);
    net.forward(Tensors.ones(2, 4)).sum().backward();
    new SGD(net.parameters(), 0.1).step();
    Tensor after = ((Residual) net.block).fc.weight.detach();
    assertFalse(before.equal(after));
    Net<Linear> other = new Net<>(new Linear(4, 2));
    other.loadStateDict(net.stateDict());
    assertTrue(after.equal(((Residual) other.block).fc.weight.detach()));
    assertEquals(4 * 4 + 4 + 4 + 10, Summary.of(net, 2, 4).parameters());
    Net<Linear> copy = Serial.copy(net);
    assertTrue(net.forward(before).equal(copy.forward(before)));
  }

  /** One field that may hold anything. */
  static class Holder<T> extends Module {
    private static final long serialVersionUID = 1L;
    T held;

    Holder(T held) {
      this.held = held;
    }
  }

  static class Wildcards extends Module {
    private static final long serialVersionUID = 1L;
    List<? extends Module> layers = List.of(new ReLU());
  }

  @SuppressWarnings("rawtypes")
  static class Raw extends Module {
    private static final long serialVersionUID = 1L;
    List layers = List.of("first", new ReLU());
  }

  static class Grid extends Module {
    private static final long serialVersionUID = 1L;
    Linear[][] layers = {{}, {new Linear(1, 1)}};
  }

  static class Table extends Module {
    private static final long serialVersionUID = 1L;
    Map<String, ? extends Block> layers = Map.of("a", new Residual());
  }

  static class Weights extends Module {
    private static final long serialVersionUID = 1L;
    List<Tensor> weights = List.of(new Parameter(Tensors.ones(1)));
  }

  record Pair(String name, Module module) {}

  static List<Module> hiding() {
    return List.of(
        new Wildcards(),
        new Raw(),
        new Grid(),
        new Table(),
        new Weights(),
        new Holder<>(new Module[] {new ReLU()}),
        new Holder<>(List.of(Map.of(1, List.of(new Object[] {new Tanh()})))),
        new Holder<>(Map.of(new ReLU(), 1)),
        new Holder<>(Optional.of(new ReLU())),
        new Holder<>(new AtomicReference<>(new ReLU())),
        new Holder<>(new Pair("a", new ReLU())),
        new Holder<>(List.of(new Pair("a", new ReLU()))));
  }

  @ParameterizedTest
  @MethodSource("hiding")
  @DisplayName("N01 parts inside of what is no module are refused by all that would pass them over")
  void hidden(Module net) {
    for (Runnable asking :
        List.<Runnable>of(
            net::parameters,
            net::buffers,
            net::children,
            net::modules,
            net::stateDict,
            net::eval,
            net::toString,
            () -> net.loadStateDict(Map.of()))) {
      String message = assertThrows(KindlingException.class, asking::run).getMessage();
      assertTrue(message.contains(", which would be neither trained nor saved; "), message);
    }
  }

  @Test
  @DisplayName("N01 the refusal names the field, what it holds, and the way out")
  void refusals() {
    assertEquals(
        "Wildcards.layers holds several parts (List of Module), which would be neither trained nor"
            + " saved; use a ModuleList or a Sequential, or make the field transient if it only"
            + " repeats what other fields hold",
        assertThrows(KindlingException.class, () -> new Wildcards().parameters()).getMessage());
    assertEquals(
        "Holder.held holds a part inside of it (Optional of ReLU), which would be neither trained"
            + " nor saved; keep the part in a field of its own, or make the field transient if it"
            + " only repeats what other fields hold",
        assertThrows(
                KindlingException.class, () -> new Holder<>(Optional.of(new ReLU())).parameters())
            .getMessage());
    Holder<Object> late = new Holder<>(new ArrayList<Object>());
    assertEquals(List.of(), late.parameters());
    late.held = new ReLU[] {new ReLU()};
    assertEquals(
        "Holder.held holds several parts (ReLU[] of ReLU), which would be neither trained nor saved;"
            + " use a ModuleList or a Sequential, or make the field transient if it only repeats"
            + " what other fields hold",
        assertThrows(KindlingException.class, late::parameters).getMessage());
  }

  static class Plain extends Module {
    private static final long serialVersionUID = 1L;
    static final List<Module> SHARED = List.of(new ReLU());
    final transient List<Module> repeated = List.of(new ReLU());
    final List<String> words = List.of("a");
    final int[][] sizes = {{1}};
    final Conv2d.Options options = Conv2d.kernel(3);
    final Object nested = List.of(Map.of("a", new int[1]), Optional.empty(), "b");
    final List<Object> cyclic = new ArrayList<>();
    final List<Tensor> plain = List.of(Tensors.ones(1));
    final Class<Linear> type = Linear.class;
    Object nothing = "a";
  }

  static class Outer extends Module {
    private static final long serialVersionUID = 1L;
    Net<Linear> inner = new Net<>(new Linear(4, 2));
  }

  @Test
  @DisplayName("N01 a generic module of a part is a child like any other")
  void genericChild() {
    assertEquals(5, new Outer().parameters().size());
  }

  @Test
  @DisplayName("N01 what holds no part is left alone; transient and static fields are the way out")
  void harmless() {
    Plain plain = new Plain();
    plain.cyclic.add(plain.cyclic);
    assertEquals(List.of(), plain.parameters());
    assertEquals("Plain()", plain.toString());
    plain.nothing = new ReLU();
    assertSame(plain.nothing, plain.namedChildren().get("nothing"));
  }

  @Test
  @DisplayName("N01 fields that cannot hold a part are not read at each asking")
  void looksAtFewFields() {
    assertEquals(2, ModuleFields.of(new Linear(1, 1).getClass()).size());
    assertEquals(2, ModuleFields.of(Conv2d.class).size());
    assertEquals(0, ModuleFields.of(MaxPool2d.class).size());
    assertEquals(4, ModuleFields.of(Plain.class).size());
  }

  static class Above extends Module {
    private static final long serialVersionUID = 1L;
    Block block = new Residual();
    Object options = "a";
  }

  static class Below extends Above {
    private static final long serialVersionUID = 1L;
    Object options = "b";
    Object block = "none";
  }

  @Test
  @DisplayName("N01 a field that hides another is refused when both hold a part")
  void hiddenFields() {
    Below net = new Below();
    assertEquals(List.of("block"), new ArrayList<>(net.namedChildren().keySet()));
    net.block = new Tanh();
    assertEquals(
        "Below has two parts called \"block\"; rename a field, or give it another name with @Name",
        assertThrows(KindlingException.class, net::parameters).getMessage());
  }

  static class Linked extends Module {
    private static final long serialVersionUID = 1L;
    @Nullable Object owner;
    Linear fc = new Linear(1, 1);
  }

  @Test
  @DisplayName("N01 a module that is a part of itself is refused instead of walked for ever")
  void cycles() {
    Linked net = new Linked();
    Linked part = new Linked();
    net.owner = part;
    part.owner = net;
    for (Runnable walk :
        List.<Runnable>of(net::parameters, net::stateDict, net::eval, net::toString)) {
      assertEquals(
          "the module \"owner.owner\" (Linked) is a part of itself; make the field that points back"
              + " transient",
          assertThrows(KindlingException.class, walk::run).getMessage());
    }
    ModuleList list = new ModuleList();
    list.append(list);
    assertThrows(KindlingException.class, list::toString);
    part.owner = net.fc;
    assertEquals(6, net.stateDict().size());
  }
}
