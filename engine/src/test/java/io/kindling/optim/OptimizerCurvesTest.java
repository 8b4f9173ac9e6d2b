package io.kindling.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.device.Scope;
import io.kindling.nn.CrossEntropyLoss;
import io.kindling.nn.Linear;
import io.kindling.nn.Sequential;
import io.kindling.nn.Tanh;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerCurvesTest {
  /** An optimizer, its options under PyTorch's names, and the losses of 100 steps. */
  record Curve(String key, String optimizer, Map<String, Object> options, double[] losses) {
    @Override
    public String toString() {
      return key;
    }
  }

  private static final Map<String, Tensor> TENSORS = new LinkedHashMap<>();
  private static final List<Curve> CURVES = new ArrayList<>();

  @BeforeAll
  static void read() throws IOException {
    if (!CURVES.isEmpty()) {
      return;
    }
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    OptimizerCurvesTest.class.getResourceAsStream("curves.txt"), "curves.txt"),
                StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] head = line.split(" ");
        if (head[0].equals("tensor")) {
          long[] shape = Arrays.stream(head).skip(2).mapToLong(Long::parseLong).toArray();
          TENSORS.put(head[1], Tensors.fromArray(numbers(in.readLine()), shape));
        } else if (head[0].equals("curve")) {
          Map<String, Object> options = new LinkedHashMap<>();
          Arrays.stream(head)
              .skip(3)
              .map(option -> option.split("="))
              .forEach(option -> options.put(option[0], value(option[1])));
          CURVES.add(new Curve(head[1], head[2], options, numbers(in.readLine())));
        }
      }
    }
  }

  private static double[] numbers(String line) {
    return Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  private static Object value(String text) {
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    String[] parts = text.split(",");
    List<Double> values = Arrays.stream(parts).map(Double::valueOf).toList();
    return values.size() == 1 ? values.get(0) : values;
  }

  static List<Curve> curves() throws IOException {
    read();
    return CURVES.stream()
        .filter(c -> c.optimizer.equals("SGD") || c.optimizer.equals("Adam"))
        .toList();
  }

  private static Optimizer make(Curve curve, List<? extends Tensor> parameters) {
    return curve.optimizer.equals("SGD")
        ? new SGD(parameters, SGD.options(0).withAll(curve.options))
        : new Adam(parameters, Adam.options().withAll(curve.options));
  }

  private static double[] run(Curve curve, DType dtype) {
    Sequential net = new Sequential();
    net.append("fc1", new Linear(8, 16))
        .append("tanh", new Tanh())
        .append("fc2", new Linear(16, 4));
    net.to(dtype);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    net.stateDict().keySet().forEach(name -> weights.put(name, TENSORS.get(name)));
    net.loadStateDict(weights);
    Optimizer optimizer = make(curve, net.parameters());
    CrossEntropyLoss lossFunction = new CrossEntropyLoss();
    double[] losses = new double[curve.losses.length];
    for (int step = 0; step < losses.length; step++) {
      try (Scope scope = Scope.open()) {
        Tensor x = TENSORS.get("x" + step % 5).to(dtype);
        Tensor y = TENSORS.get("y" + step % 5).toLong();
        optimizer.zeroGrad();
        Tensor loss = lossFunction.forward(net.forward(x), y);
        loss.backward();
        optimizer.step();
        losses[step] = loss.item();
      }
    }
    return losses;
  }

  @ParameterizedTest
  @MethodSource("curves")
  @DisplayName("O01 100 steps follow PyTorch's losses to 1e-9 in float64")
  void followsPyTorch(Curve curve) {
    double[] losses = run(curve, DType.FLOAT64);
    for (int step = 0; step < losses.length; step++) {
      double expected = curve.losses[step];
      assertEquals(expected, losses[step], 1e-9 * expected, curve.key + " step " + step);
    }
  }

  @ParameterizedTest
  @MethodSource("curves")
  @DisplayName("O05 100 steps follow PyTorch's losses to 1e-4 in float32")
  void followsPyTorchInFloat32(Curve curve) {
    double[] losses = run(curve, DType.FLOAT32);
    for (int step = 0; step < losses.length; step++) {
      double expected = curve.losses[step];
      assertEquals(expected, losses[step], 1e-4 * expected, curve.key + " step " + step);
    }
  }

  @Test
  @DisplayName("O01 there are curves of both optimizers")
  void curvesAreThere() throws IOException {
    assertTrue(curves().size() >= 12, "found " + curves().size());
  }
}
