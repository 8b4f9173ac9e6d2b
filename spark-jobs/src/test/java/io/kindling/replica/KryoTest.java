package io.kindling.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.esotericsoftware.kryo.Kryo;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.kindling.core.DType;
import io.kindling.device.Fingerprint;
import io.kindling.nn.AvgPool2d;
import io.kindling.nn.BatchNorm1d;
import io.kindling.nn.BatchNorm2d;
import io.kindling.nn.Conv2d;
import io.kindling.nn.CrossEntropyLoss;
import io.kindling.nn.Dropout;
import io.kindling.nn.Flatten;
import io.kindling.nn.Identity;
import io.kindling.nn.LayerNorm;
import io.kindling.nn.LeakyReLU;
import io.kindling.nn.Linear;
import io.kindling.nn.LogSoftmax;
import io.kindling.nn.MSELoss;
import io.kindling.nn.MaxPool2d;
import io.kindling.nn.Module;
import io.kindling.nn.ModuleList;
import io.kindling.nn.NLLLoss;
import io.kindling.nn.Parameter;
import io.kindling.nn.ReLU;
import io.kindling.nn.Sequential;
import io.kindling.nn.Sigmoid;
import io.kindling.nn.Softmax;
import io.kindling.nn.Tanh;
import io.kindling.optim.Adam;
import io.kindling.optim.Optimizer;
import io.kindling.optim.SGD;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;
import io.kindling.vision.TwoLayerNet;
import java.io.File;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.reflect.ClassTag$;

@DisplayName("Spark's Kryo with registration required")
class KryoTest {
  private static final SerializerInstance KRYO =
      new KryoSerializer(
              new SparkConf(false)
                  .set("spark.kryo.registrationRequired", "true")
                  .set("spark.kryo.registrator", KindlingKryoRegistrator.class.getName()))
          .newInstance();

  @SuppressWarnings("unchecked")
  private static <T> T copy(T value) {
    ByteBuffer bytes = KRYO.serialize(value, ClassTag$.MODULE$.apply(Object.class));
    return (T) KRYO.deserialize(bytes, ClassTag$.MODULE$.apply(Object.class));
  }

  static List<Module> modules() {
    return List.of(
        new Linear(3, 2),
        new Conv2d(1, 2, 3),
        new MaxPool2d(2),
        new Flatten(),
        new Identity(),
        new ReLU(),
        new Sigmoid(),
        new Tanh(),
        new Softmax(1),
        new LogSoftmax(1),
        new Dropout(0.25),
        new Sequential(new Linear(2, 2), new ReLU()),
        new ModuleList(new Linear(2, 2)),
        new MSELoss(),
        new CrossEntropyLoss(),
        new NLLLoss(),
        new AvgPool2d(2),
        new BatchNorm1d(2),
        new BatchNorm2d(2),
        new LayerNorm(3),
        new LeakyReLU(0.1),
        new Mlp(4, 3, 2),
        new LeNet(),
        new TwoLayerNet(4, 3, 2));
  }

  @ParameterizedTest
  @MethodSource("modules")
  @DisplayName("N11 modules come back with the same tree and the same parameters")
  void modules(Module module) {
    module.eval();
    Module copy = copy(module);
    assertEquals(module.toString(), copy.toString());
    assertEquals(false, copy.isTraining());
    assertEquals(module.namedParameters().keySet(), copy.namedParameters().keySet());
    module
        .namedParameters()
        .forEach(
            (name, parameter) ->
                assertArrayEquals(
                    parameter.toFloatArray(), copy.namedParameters().get(name).toFloatArray()));
  }

  @Test
  @DisplayName("N11 every layer, loss, model and optimizer of the engine is registered")
  void complete() {
    Kryo kryo = new KryoSerializer(new SparkConf()).newKryo();
    new KindlingKryoRegistrator().registerClasses(kryo);
    JavaClasses engine =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.kindling.nn", "io.kindling.vision", "io.kindling.optim");
    int found = 0;
    for (JavaClass c : engine) {
      boolean sent = c.isAssignableTo(Module.class) || c.isAssignableTo(Optimizer.class);
      boolean made = !c.getModifiers().contains(JavaModifier.ABSTRACT);
      if (sent && made && c.getModifiers().contains(JavaModifier.PUBLIC)) {
        assertNotNull(kryo.getClassResolver().getRegistration(c.reflect()), c.getName());
        found++;
      }
    }
    assertTrue(found > 20, found + " classes");
  }

  @Test
  @DisplayName("T20 tensors of all types, and parameters, come back with shape and values")
  void tensors() {
    Tensor tensor = Tensors.tensor(new long[][] {{1, 2}, {3, 4}});
    Tensor copy = copy(tensor);
    assertEquals(tensor.dtype(), copy.dtype());
    assertEquals(tensor.tolist(), copy.tolist());
    for (DType d : DType.values()) {
      Tensor x = Tensors.fromArray(new int[] {0, 1, 2, 3, 100, 101}, d, 2, 3).t();
      Tensor y = copy(x);
      assertEquals(d, y.dtype());
      assertEquals(x.tolist(), y.tolist());
    }
    Parameter parameter = copy(new Parameter(Tensors.tensor(1f, 2f)));
    assertEquals(true, parameter.requiresGrad());
    assertEquals(List.of(1.0, 2.0), parameter.tolist());
  }

  @Test
  @DisplayName("O01 optimizers come back with options and state")
  void optimizers() {
    Parameter p = new Parameter(Tensors.tensor(1f, 2f));
    p.setGrad(Tensors.tensor(0.5f, -0.5f));
    for (Optimizer optimizer :
        List.of(new SGD(List.of(p), SGD.options(0.1).momentum(0.9)), new Adam(List.of(p), 0.1))) {
      optimizer.step();
      Optimizer copy = copy(optimizer);
      assertEquals(optimizer.toString(), copy.toString());
      assertEquals(optimizer.stateDict().toString(), copy.stateDict().toString());
    }
  }

  /** Carries whatever it is given. */
  static class Carrier extends Module {
    private static final long serialVersionUID = 1L;
    private final Object load;

    Carrier(Object load) {
      this.load = load;
    }

    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }

  private static String refusal(Object load) {
    Module carrier = new Sequential(new Carrier(load));
    Throwable refused = assertThrows(UncheckedIOException.class, () -> copy(carrier)).getCause();
    assertEquals("filter status: REJECTED", refused.getMessage());
    return String.valueOf(refused.getCause());
  }

  @Test
  @DisplayName("a module of one's own comes back; a foreign class in it is refused by its name")
  void foreign() throws Exception {
    List<Object> parts = List.of(1, 2L, 3f, 4.0, true, "text", Map.of("a", new ArrayList<>()));
    Module copy = (Module) copy(new Sequential(new Carrier(parts))).children().get(0);
    assertEquals(parts, ((Carrier) copy).load);
    assertEquals(
        "java.lang.IllegalArgumentException: java.io.File is no part of a tensor, module or"
            + " optimizer",
        refusal(new File("x")));
    assertTrue(refusal(new URL("http://127.0.0.1/")).contains("java.net.URL is no part"));
    Comparator<String> lambda = (Comparator<String> & Serializable) String::compareTo;
    assertTrue(refusal(lambda).contains("java.lang.invoke.SerializedLambda is no part"));
  }

  @Test
  @DisplayName("an array that is longer than the stream is refused before it is made")
  void longArray() {
    ByteBuffer bytes =
        KRYO.serialize(
            new Sequential(new Carrier(new long[] {77})), ClassTag$.MODULE$.apply(Object.class));
    int at = 0;
    while (bytes.getInt(at) != 1 || bytes.getLong(at + 4) != 77) {
      at++;
    }
    bytes.putInt(at, Integer.MAX_VALUE);
    UncheckedIOException refused =
        assertThrows(
            UncheckedIOException.class,
            () -> KRYO.deserialize(bytes, ClassTag$.MODULE$.apply(Object.class)));
    assertEquals("java.io.InvalidClassException: filter status: REJECTED", refused.getMessage());
  }

  @Test
  @DisplayName("sums and parameters come back to the bit")
  void sums() {
    float[] values = {1.5f, -0.0f, Float.MIN_VALUE};
    TreeSum sum =
        new TreeSum(1).add(0, new ShardResult(values.clone(), 2.5, 3, 1, new float[] {4}));
    assertArrayEquals(values, copy(sum).total().gradient());
    Fingerprint kernels = new Fingerprint("onednn", "3.11.0", "avx2");
    assertEquals(kernels, copy(kernels));
    StepParameters parameters = copy(new StepParameters(7, values, new float[] {1}));
    assertEquals(7, parameters.step());
    assertArrayEquals(values, parameters.parameters());
    assertArrayEquals(new float[] {1}, parameters.buffers());
  }
}
