package io.kindling.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.nn.Parameter;
import io.kindling.nn.Sequential;
import io.kindling.nn.Serial;
import io.kindling.nn.Tanh;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
  @BeforeEach
  void seed() {
    Tensors.manualSeed(8);
  }

  private static Parameter parameter(double... values) {
    return new Parameter(Tensors.tensor(values));
  }

  private static Parameter withGrad(Parameter p, double... values) {
    p.setGrad(Tensors.tensor(values));
    return p;
  }

  /** Makes an optimizer with state of the given parameters. */
  record Kind(String name, Function<List<? extends Tensor>, Optimizer> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Kind> kinds() {
    return List.of(
        new Kind("SGD", ps -> new SGD(ps, SGD.options(0.1).momentum(0.9).nesterov(true))),
        new Kind("Adam", ps -> new Adam(ps, Adam.options(0.1).weightDecay(0.01))),
        new Kind("AMSGrad", ps -> new Adam(ps, Adam.options(0.1).amsgrad(true))));
  }

  @Test
  @DisplayName("O01 one plain step of SGD subtracts lr times the gradient; maximize adds it")
  void plainStep() {
    Parameter p = withGrad(parameter(1, 2), 10, -10);
    new SGD(List.of(p), 0.1).step();
    assertArrayEquals(new float[] {0, 3}, p.toFloatArray(), 1e-6f);
    new SGD(List.of(p), SGD.options(0.1).maximize(true)).step();
    assertArrayEquals(new float[] {1, 2}, p.toFloatArray(), 1e-6f);
    new Adam(List.of(p), Adam.options(0.5).maximize(true)).step();
    assertArrayEquals(new float[] {1.5f, 1.5f}, p.toFloatArray(), 1e-6f);
  }

  @Test
  @DisplayName("O01 float32 updates are libtorch's to 1e-6")
  void float32() {
    Tensor start = Tensors.randn(50);
    Parameter a = new Parameter(start.clone_());
    Parameter b = new Parameter(start.clone_());
    org.bytedeco.pytorch.Tensor ta = torch(start).set_requires_grad(true);
    org.bytedeco.pytorch.Tensor tb = torch(start).set_requires_grad(true);
    AdamOptions adam = new AdamOptions(0.01);
    adam.weight_decay().put(0.02);
    SGDOptions sgd = new SGDOptions(0.01);
    sgd.momentum().put(0.9);
    sgd.weight_decay().put(0.02);
    List<Optimizer> ours =
        List.of(
            new Adam(List.of(a), Adam.options(0.01).weightDecay(0.02)),
            new SGD(List.of(b), SGD.options(0.01).momentum(0.9).weightDecay(0.02)));
    org.bytedeco.pytorch.Adam theirAdam = new org.bytedeco.pytorch.Adam(new TensorVector(ta), adam);
    org.bytedeco.pytorch.SGD theirSgd = new org.bytedeco.pytorch.SGD(new TensorVector(tb), sgd);
    for (int step = 0; step < 20; step++) {
      Tensor grad = Tensors.randn(50);
      a.setGrad(grad);
      b.setGrad(grad.clone_());
      ta.mutable_grad().put(torch(grad));
      tb.mutable_grad().put(torch(grad));
      ours.forEach(Optimizer::step);
      theirAdam.step();
      theirSgd.step();
    }
    assertArrayEquals(values(ta), a.toFloatArray(), 1e-6f);
    assertArrayEquals(values(tb), b.toFloatArray(), 1e-6f);
  }

  private static org.bytedeco.pytorch.Tensor torch(Tensor x) {
    return org.bytedeco.pytorch.Tensor.create(x.toFloatArray(), x.numel());
  }

  private static float[] values(org.bytedeco.pytorch.Tensor t) {
    float[] out = new float[(int) t.numel()];
    t.detach().contiguous().data_ptr_float().get(out);
    return out;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  @DisplayName("O02 a frozen parameter and one without a gradient are left alone")
  void skipped(Kind kind) {
    Parameter frozen = withGrad(parameter(1), 5);
    frozen.requiresGrad_(false);
    Parameter unused = parameter(2);
    Parameter used = withGrad(parameter(3), 1);
    Optimizer optimizer = kind.make.apply(List.of(frozen, unused, used));
    optimizer.step();
    assertEquals(1, frozen.item());
    assertEquals(2, unused.item());
    assertTrue(used.item() < 3);
    assertEquals(List.of(2), new ArrayList<>(state(optimizer).keySet()));
  }

  @SuppressWarnings("unchecked")
  private static Map<Integer, Map<String, Object>> state(Optimizer optimizer) {
    return (Map<Integer, Map<String, Object>>) optimizer.stateDict().get("state");
  }

  @Test
  @DisplayName("O02 groups have options of their own, which can be changed between steps")
  void groups() {
    Parameter a = withGrad(parameter(0), 1);
    Parameter b = withGrad(parameter(0), 1);
    Optimizer optimizer = new SGD(List.of(a), 0.1).addParamGroup(List.of(b), SGD.options(0.5));
    optimizer.step();
    assertEquals(-0.1, a.item(), 1e-7);
    assertEquals(-0.5, b.item(), 1e-7);
    optimizer.paramGroups().get(0).setLr(1);
    optimizer.paramGroups().get(1).setOptions(SGD.options(0));
    optimizer.step();
    assertEquals(-1.1, a.item(), 1e-6);
    assertEquals(-0.5, b.item(), 1e-7);
    assertEquals(1, optimizer.paramGroups().get(0).lr());
    assertSame(b, optimizer.paramGroups().get(1).parameters().get(0));
  }

  @Test
  @DisplayName("O02 zero_grad forgets gradients, or fills them with zeros")
  void zeroGrad() {
    Parameter p = withGrad(parameter(1), 5);
    Optimizer optimizer = new SGD(List.of(p), 0.1);
    optimizer.zeroGrad(false);
    assertEquals(0, p.grad().item());
    optimizer.zeroGrad();
    assertNull(p.grad());
  }

  @Test
  @DisplayName("O02 state_dict has PyTorch's names and shape")
  void stateShape() {
    Parameter a = withGrad(parameter(1, 2), 1, 1);
    Parameter b = withGrad(parameter(3), 1);
    Optimizer optimizer =
        new Adam(List.of(a), Adam.options(0.1).amsgrad(true))
            .addParamGroup(List.of(b), Adam.options(0.2).betas(0.8, 0.9));
    optimizer.step();
    optimizer.step();
    Map<String, Object> saved = optimizer.stateDict();
    assertEquals(List.of("state", "param_groups"), new ArrayList<>(saved.keySet()));
    Map<Integer, Map<String, Object>> state = state(optimizer);
    assertEquals(
        List.of("step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"),
        new ArrayList<>(state.get(0).keySet()));
    Tensor step = (Tensor) state.get(1).get("step");
    assertEquals(2, step.item());
    assertEquals(DType.FLOAT32, step.dtype());
    List<?> groups = (List<?>) saved.get("param_groups");
    assertEquals(
        "{lr=0.1, betas=[0.9, 0.999], eps=1.0E-8, weight_decay=0.0, amsgrad=true, maximize=false,"
            + " params=[0]}",
        groups.get(0).toString());
    assertEquals(
        "{lr=0.2, betas=[0.8, 0.9], eps=1.0E-8, weight_decay=0.0, amsgrad=false, maximize=false,"
            + " params=[1]}",
        groups.get(1).toString());
    Parameter c = withGrad(parameter(1), 1);
    Optimizer sgd = new SGD(List.of(c), SGD.options(0.1).momentum(0.5));
    sgd.step();
    assertEquals(List.of("momentum_buffer"), new ArrayList<>(state(sgd).get(0).keySet()));
    Map<?, ?> group = (Map<?, ?>) ((List<?>) sgd.stateDict().get("param_groups")).get(0);
    assertEquals(
        "{lr=0.1, momentum=0.5, dampening=0.0, weight_decay=0.0, nesterov=false, maximize=false,"
            + " params=[0]}",
        group.toString());
  }

  private static Sequential net() {
    return new Sequential(new Linear(3, 4), new Tanh(), new Linear(4, 1));
  }

  private static void train(Module net, Optimizer optimizer, int from, int to) {
    for (int step = from; step < to; step++) {
      Tensor x = Tensors.full(step * 0.1 + 0.3, DType.FLOAT32, 2, 3);
      optimizer.zeroGrad();
      net.forward(x).square().sum().backward();
      optimizer.step();
    }
  }

  private static void assertSameParameters(Module expected, Module got) {
    Map<String, Tensor> other = got.stateDict();
    expected.stateDict().forEach((k, v) -> assertTrue(v.equal(other.get(k)), k));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  @DisplayName("O02 training goes on from a saved state bit for bit")
  void resumes(Kind kind) {
    Sequential net = net();
    Optimizer optimizer = kind.make.apply(net.parameters());
    train(net, optimizer, 0, 3);
    Sequential other = net();
    other.loadStateDict(net.stateDict());
    Optimizer resumed =
        optimizer instanceof SGD ? new SGD(other.parameters(), 7) : new Adam(other.parameters(), 7);
    resumed.loadStateDict(optimizer.stateDict());
    train(net, optimizer, 3, 8);
    train(other, resumed, 3, 8);
    assertSameParameters(net, other);
    assertEquals(0.1, resumed.paramGroups().get(0).lr());
  }

  record Both(Sequential net, Optimizer optimizer) implements Serializable {}

  @ParameterizedTest
  @MethodSource("kinds")
  @DisplayName("O02 model and optimizer come back from one stream linked, and go on bit for bit")
  void serializes(Kind kind) {
    Sequential net = net();
    Optimizer optimizer = kind.make.apply(net.parameters());
    train(net, optimizer, 0, 3);
    net.zeroGrad();
    Both copy = Serial.copy(new Both(net, optimizer));
    assertSame(
        copy.net.parameters().get(2), copy.optimizer.paramGroups().get(0).parameters().get(2));
    train(net, optimizer, 3, 8);
    train(copy.net, copy.optimizer, 3, 8);
    assertSameParameters(net, copy.net);
    assertEquals(optimizer.toString(), copy.optimizer.toString());
  }

  @Test
  @DisplayName("O02 a saved state that does not fit is refused, and changes nothing")
  void misfits() {
    Parameter p = withGrad(parameter(1, 2), 1, 1);
    Adam optimizer = new Adam(List.of(p));
    optimizer.step();
    Parameter q = parameter(1, 2, 3);
    Adam other = new Adam(List.of(q), 0.5);
    ShapeException shape =
        assertThrows(ShapeException.class, () -> other.loadStateDict(optimizer.stateDict()));
    assertEquals(
        "loaded state dict: exp_avg has the shape [2], expected that of its parameter, [3]",
        shape.getMessage());
    assertEquals(0.5, other.paramGroups().get(0).lr());
    assertTrue(state(other).isEmpty());
    other.addParamGroup(List.of(p), Adam.options());
    refused(
        "loaded state dict has a different number of parameter groups: expected 2, got 1",
        () -> other.loadStateDict(optimizer.stateDict()));
    Adam two = new Adam(List.of(p, q));
    refused(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's"
            + " group: group 0, expected 2 parameters, got 1",
        () -> two.loadStateDict(optimizer.stateDict()));
    refused(
        "loaded state dict: expected param_groups as a List, got nothing",
        () -> optimizer.loadStateDict(Map.of()));
    Map<String, Object> broken = new LinkedHashMap<>(optimizer.stateDict());
    broken.put("param_groups", List.of(Map.of("params", List.of(0), "lr", "fast")));
    refused(
        "optimizer option lr: expected a number, got fast", () -> optimizer.loadStateDict(broken));
  }

  @Test
  @DisplayName("O01 options out of range are refused in PyTorch's words")
  void ranges() {
    refused("Invalid learning rate: -1.0; expected 0 or more", () -> SGD.options(-1));
    refused(
        "Invalid momentum value: -0.5; expected 0 or more", () -> SGD.options(1).momentum(-0.5));
    refused(
        "Invalid weight_decay value: NaN; expected 0 or more",
        () -> Adam.options(1).weightDecay(Double.NaN));
    refused("Invalid epsilon value: -1.0; expected 0 or more", () -> Adam.options(1).eps(-1));
    refused(
        "Invalid beta parameter at index 1: 1.0; expected [0, 1)",
        () -> Adam.options(1).betas(0.9, 1));
    List<Parameter> ps = List.of(parameter(1));
    refused(
        "Nesterov momentum requires a momentum and zero dampening, got momentum=0.0,"
            + " dampening=0.0",
        () -> new SGD(ps, SGD.options(1).nesterov(true)));
  }

  @Test
  @DisplayName("O02 options that a group takes later are checked as at first, loaded ones too")
  void laterOptions() {
    SGD sgd = new SGD(List.of(parameter(1)), 0.1);
    sgd.addParamGroup(List.of(parameter(1)), SGD.options(0.2));
    ParamGroup group = sgd.paramGroups().get(0);
    String text =
        "Nesterov momentum requires a momentum and zero dampening, got momentum=0.5,"
            + " dampening=0.1";
    SGD.Options wrong = SGD.options(1).momentum(0.5).dampening(0.1).nesterov(true);
    refused(text, () -> group.setOptions(wrong));
    assertEquals(0.1, group.lr());
    Map<String, Object> saved = sgd.stateDict();
    List<Map<String, Object>> groups = new ArrayList<>();
    for (Object each : (List<?>) saved.get("param_groups")) {
      Map<String, Object> entry = new LinkedHashMap<>();
      ((Map<?, ?>) each).forEach((key, value) -> entry.put((String) key, value));
      entry.put("lr", 7.0);
      groups.add(entry);
    }
    groups.get(1).putAll(wrong.toMap());
    refused(text, () -> sgd.loadStateDict(Map.of("state", Map.of(), "param_groups", groups)));
    assertEquals(0.1, group.lr());
    refused(
        "Adam: expected 2 betas, got [0.9]",
        () -> new Adam.Options(1, List.of(0.9), 1, 0, false, false));
  }

  @Test
  @DisplayName("O02 parameters that cannot be optimized and options of another kind are refused")
  void misuse() {
    Parameter p = parameter(1);
    refused("SGD: optimizer got an empty parameter list", () -> new SGD(List.of(), 1));
    refused(
        "Adam: can't optimize a non-leaf Tensor of shape [1]", () -> new Adam(List.of(p.mul(2))));
    refused(
        "SGD: some parameters appear more than once, among them one of shape [1]",
        () -> new SGD(List.of(p), 1).addParamGroup(List.of(p), SGD.options(1)));
    refused(
        "options of another optimizer: expected SGD.Options, got Adam.Options",
        () -> new SGD(List.of(p), 1).addParamGroup(List.of(parameter(2)), Adam.options()));
  }

  private static void refused(String message, Runnable body) {
    KindlingException e = assertThrows(KindlingException.class, body::run);
    assertEquals(message, e.getMessage());
  }

  @Test
  @DisplayName("O02 an optimizer prints its groups")
  void prints() {
    assertEquals(
        "SGD (\nParameter Group 0\n    lr: 0.1\n    momentum: 0.0\n    dampening: 0.0\n"
            + "    weight_decay: 0.0\n    nesterov: false\n    maximize: false\n)",
        new SGD(List.of(parameter(1)), 0.1).toString());
    assertFalse(new Adam(List.of(parameter(1))).toString().isEmpty());
  }
}
