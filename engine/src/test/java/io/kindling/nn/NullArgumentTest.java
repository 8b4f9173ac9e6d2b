package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.data.ConcatDataset;
import io.kindling.data.DataLoader;
import io.kindling.data.Dataset;
import io.kindling.data.Datasets;
import io.kindling.data.IterableDataset;
import io.kindling.data.Sample;
import io.kindling.data.Subset;
import io.kindling.data.TensorDataset;
import io.kindling.device.Device;
import io.kindling.optim.Adam;
import io.kindling.optim.SGD;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A null is refused where it is given, not where it is read much later. */
@SuppressWarnings("NullAway") // Nulls are what this tests.
class NullArgumentTest {
  private static Arguments row(String expected, Runnable run) {
    return Arguments.of(expected, run);
  }

  static Stream<Arguments> nulls() {
    return Stream.of(modules(), layers(), optimizers(), data()).flatMap(s -> s);
  }

  private static Stream<Arguments> modules() {
    Linear fc = new Linear(1, 1);
    Tensor x = Tensors.ones(1, 1);
    return Stream.of(
        row("Sequential: modules[1]", () -> new Sequential(fc, null)),
        row("Sequential: modules", () -> new Sequential((Module[]) null)),
        row("Sequential: module", () -> new Sequential().append(null)),
        row("Sequential: name", () -> new Sequential().append(null, fc)),
        row("Sequential: module", () -> new Sequential(Collections.singletonMap("a", null))),
        row("Sequential: module", () -> new Sequential(fc).set(0, null)),
        row("ModuleList: modules[0]", () -> new ModuleList((Module) null)),
        row("ModuleList: modules[1]", () -> new ModuleList(Arrays.asList(fc, null))),
        row("ModuleList: module", () -> new ModuleList().append(null)),
        row("ModuleList: module", () -> new ModuleList(fc).set(0, null)),
        row("Parameter: data", () -> new Parameter(null)),
        row("Module.to: dtype", () -> fc.to((DType) null)),
        row("Module.to: device", () -> fc.to((Device) null)),
        row("Module.apply: action", () -> fc.apply(null)),
        row("Module.loadStateDict: state", () -> fc.loadStateDict(null)),
        row("registerForwardHook: hook", () -> fc.registerForwardHook(null)),
        row("registerForwardPreHook: hook", () -> fc.registerForwardPreHook(null)),
        row("registerFullBackwardHook: hook", () -> fc.registerFullBackwardHook(null)),
        row("Module.call: forward", () -> fc.call((Module.Forward3<Tensor>) null, x, x, x)),
        row("Summary: input", () -> Summary.of(fc, (Tensor) null)),
        row("Summary: model", () -> Summary.of(null, 1, 1)));
  }

  private static Stream<Arguments> layers() {
    return Stream.of(
        row("Conv2d: options", () -> new Conv2d(1, 1, null)),
        row("MaxPool2d: options", () -> new MaxPool2d(null)),
        row("MSELoss: reduction", () -> new MSELoss(null)),
        row("NLLLoss: reduction", () -> new NLLLoss((Reduction) null)),
        row(
            "CrossEntropyLoss: options",
            () -> new CrossEntropyLoss((CrossEntropyLoss.Options) null)),
        row("CrossEntropyLoss: reduction", () -> new CrossEntropyLoss((Reduction) null)));
  }

  private static Stream<Arguments> optimizers() {
    Parameter p = new Parameter(Tensors.ones(1));
    SGD sgd = new SGD(List.of(p), 0.1);
    return Stream.of(
        row("SGD: params", () -> new SGD(null, 0.1)),
        row("SGD: params[1]", () -> new SGD(Arrays.asList(p, null), 0.1)),
        row("Adam: options", () -> new Adam(List.of(p), null)),
        row("SGD: options", () -> sgd.addParamGroup(List.of(p), null)),
        row("ParamGroup: options", () -> sgd.paramGroups().get(0).setOptions(null)),
        row("SGD: state", () -> sgd.loadStateDict(null)));
  }

  private static Stream<Arguments> data() {
    Tensor x = Tensors.ones(2, 1);
    Dataset set = new TensorDataset(x, x);
    return Stream.of(
        row("DataLoader: dataset", () -> new DataLoader((Dataset) null, 1)),
        row("DataLoader: options", () -> new DataLoader(set, null)),
        row(
            "DataLoader: dataset",
            () -> new DataLoader((IterableDataset) null, DataLoader.batches(1))),
        row("TensorDataset: inputs", () -> new TensorDataset(null, x)),
        row("TensorDataset: targets", () -> new TensorDataset(x, null)),
        row("Sample: input", () -> new Sample(null, x)),
        row("Sample: target", () -> new Sample(x, null)),
        row("Subset: dataset", () -> new Subset(null, 0)),
        row("Subset: indices", () -> new Subset(set, (int[]) null)),
        row("ConcatDataset: datasets", () -> new ConcatDataset(null)),
        row("ConcatDataset: datasets[1]", () -> new ConcatDataset(Arrays.asList(set, null))),
        row("randomSplit: dataset", () -> Datasets.randomSplit(null, 1, 1)),
        row("randomSplit: lengths", () -> Datasets.randomSplit(set, (int[]) null)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nulls")
  @DisplayName("a null argument is named")
  void named(String expected, Runnable run) {
    int colon = expected.indexOf(": ");
    String text =
        expected.substring(0, colon)
            + ": argument '"
            + expected.substring(colon + 2)
            + "' must not be null";
    assertEquals(text, assertThrows(KindlingException.class, run::run).getMessage());
  }

  @ParameterizedTest
  @MethodSource("inputs")
  @DisplayName("a null input names the layer by its path")
  void input(String expected, Runnable run) {
    assertEquals(
        expected + ": argument 'input' must not be null",
        assertThrows(LayerException.class, run::run).getMessage());
  }

  static Stream<Arguments> inputs() {
    return Stream.of(
        row("ReLU()", () -> new ReLU().forward(null)),
        row("ReLU()", () -> new ReLU().call(null)),
        row("Sequential", () -> new Sequential(new ReLU()).call(null)),
        row("forgetful.tanh (Tanh())", () -> new Outer().call(Tensors.ones(1))));
  }

  static class Forgetful extends Module {
    private static final long serialVersionUID = 1L;
    Tanh tanh = new Tanh();

    @Override
    public Tensor forward(Tensor x) {
      return tanh.forward(null);
    }
  }

  static class Outer extends Module {
    private static final long serialVersionUID = 1L;
    Forgetful forgetful = new Forgetful();

    @Override
    public Tensor forward(Tensor x) {
      return forgetful.forward(x);
    }
  }
}
