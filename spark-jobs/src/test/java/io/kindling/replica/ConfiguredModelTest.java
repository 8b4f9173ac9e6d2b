package io.kindling.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.conf.ConfigException;
import io.kindling.conf.ConfigLoader;
import io.kindling.conf.Layer;
import io.kindling.core.KindlingException;
import io.kindling.core.MemoryException;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;
import io.kindling.vision.TwoLayerNet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The model that a configuration names")
class ConfiguredModelTest {
  /** A user's network with several ways to make it. */
  static final class Net extends Module {
    private static final long serialVersionUID = 1L;

    enum Kind {
      SMALL,
      LARGE
    }

    final Linear fc;
    final String how;

    Net() {
      this(2, 0.5);
    }

    Net(int hiddenSize, double rate) {
      this.fc = new Linear(hiddenSize, 1);
      this.how = hiddenSize + " " + rate;
    }

    Net(Kind kind, List<Object> names, boolean on) {
      this.fc = new Linear(1, 1);
      this.how = kind + " " + names + " " + on;
      if (!on) {
        throw new IllegalArgumentException("must be on");
      }
    }

    @Override
    public Tensor forward(Tensor x) {
      return fc.forward(x);
    }
  }

  /** As a network whose parameters do not fit. */
  static final class TooLarge extends Module {
    private static final long serialVersionUID = 1L;

    TooLarge() {
      throw new MemoryException("zeros asked for too much");
    }

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  /** Not to be initialised to find out that it is no model. */
  static final class NoModel {
    static {
      LOADED.set(true);
    }
  }

  private static final AtomicBoolean LOADED = new AtomicBoolean();

  /** Cannot be initialised. */
  static final class Odd extends Module {
    private static final long serialVersionUID = 1L;
    static final int SIZE = Integer.parseInt("odd");

    @Override
    public Tensor forward(Tensor x) {
      return x.reshape(SIZE);
    }
  }

  private static final String NET = Net.class.getName();

  private static Module make(String model) {
    return ModelFactory.of(
            ConfigLoader.load(
                    List.of(
                        Layer.yaml(
                            "test", "data: {root: x}\noptimizer: {name: sgd}\nmodel: " + model)))
                .model())
        .create();
  }

  private static String how(String model) {
    return ((Net) make(model)).how;
  }

  private static String failure(String model) {
    return assertThrows(ConfigException.class, () -> make(model)).getMessage();
  }

  @Test
  @DisplayName("short names stand for the models that are shipped")
  void shortNames() {
    assertInstanceOf(LeNet.class, make("{class: lenet}"));
    assertInstanceOf(Mlp.class, make("{class: mlp, args: {sizes: [4, 3, 2]}}"));
    assertInstanceOf(Mlp.class, make("{class: mlp, args: [4, 3, 2]}"));
    TwoLayerNet two = (TwoLayerNet) make("{class: two_layer, args: {out: 2, in: 5, hidden: 3}}");
    assertEquals(
        List.of(3L, 5L), java.util.Arrays.stream(two.linear1.weight.shape()).boxed().toList());
  }

  @Test
  @DisplayName("a user's class is made with no arguments, by position or by name, in either case")
  void userClass() {
    assertEquals("2 0.5", how("{class: " + NET + "}"));
    assertEquals("3 1.0", how("{class: " + NET + ", args: [3, 1]}"));
    assertEquals("4 0.25", how("{class: " + NET + ", args: {rate: 0.25, hidden_size: 4}}"));
    assertEquals("4 0.25", how("{class: " + NET + ", args: {rate: 0.25, hiddenSize: 4}}"));
    assertEquals("LARGE [a, 1] true", how("{class: " + NET + ", args: [large, [a, 1], true]}"));
  }

  @Test
  @DisplayName("a class that is not there is an error that says how to bring it")
  void notFound() {
    assertEquals(
        "model.class: there is no class com.acme.MyNet on the job's class path; add its jar with"
            + " --jars FILE, or use one of lenet, mlp, two_layer",
        failure("{class: com.acme.MyNet}"));
  }

  @Test
  @DisplayName("a class that is no Module, or abstract, is an error")
  void notModule() {
    assertEquals(
        "model.class: java.lang.String is not a Module; expected a class that extends"
            + " io.kindling.nn.Module",
        failure("{class: java.lang.String}"));
    assertEquals(
        "model.class: io.kindling.nn.Module is abstract; expected a class that extends"
            + " io.kindling.nn.Module",
        failure("{class: io.kindling.nn.Module}"));
  }

  @Test
  @DisplayName("a class that is no Module is told so before any of its code runs")
  void notInitialised() {
    assertTrue(failure("{class: " + NoModel.class.getName() + "}").contains("is not a Module"));
    assertFalse(LOADED.get());
  }

  @Test
  @DisplayName("a static initialiser that throws is told with what it said")
  void staticInitialiser() {
    KindlingException e =
        assertThrows(KindlingException.class, () -> make("{class: " + Odd.class.getName() + "}"));
    assertEquals(KindlingException.class, e.getClass());
    assertTrue(
        e.getMessage()
            .startsWith(
                "the static initialiser of "
                    + Odd.class.getName()
                    + " failed: java.lang.NumberFormatException: For input string: \"odd\", at"),
        e.getMessage());
  }

  @Test
  @DisplayName("arguments that no constructor takes are an error that lists the constructors")
  void noConstructor() {
    assertEquals(
        "model.args: no constructor of io.kindling.vision.Mlp takes the arguments {size=[4, 3]};"
            + " it has: Mlp(int... sizes)",
        failure("{class: mlp, args: {size: [4, 3]}}"));
    assertTrue(
        failure("{class: " + NET + ", args: [1.5, 2]}")
            .contains("Net(int hiddenSize, double rate)"));
  }

  @Test
  @DisplayName("a constructor that throws is told with what it said")
  void throwing() {
    KindlingException own =
        assertThrows(
            KindlingException.class, () -> make("{class: " + NET + ", args: [small, [], false]}"));
    assertEquals(KindlingException.class, own.getClass(), "not the configuration's fault");
    assertTrue(
        own.getMessage()
            .matches(
                "the constructor Net\\(.*\\) failed: java.lang.IllegalArgumentException: must be on, at"
                    + " io\\.kindling\\.replica\\.ConfiguredModelTest\\$Net\\.<init>"
                    + "\\(ConfiguredModelTest\\.java:\\d+\\)"),
        own.getMessage());
    String ours = failure("{class: mlp, args: {sizes: [4]}}");
    assertTrue(ours.startsWith("the constructor Mlp(int... sizes) failed: "), ours);
  }

  @Test
  @DisplayName("a constructor that finds too little memory is no error of the configuration")
  void memory() {
    MemoryException e =
        assertThrows(
            MemoryException.class, () -> make("{class: " + TooLarge.class.getName() + "}"));
    assertEquals("zeros asked for too much", e.getMessage());
  }
}
