package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.RandomStream;
import io.kindling.core.ShapeException;
import io.kindling.nn.Init.FanMode;
import io.kindling.nn.Init.Nonlinearity;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class InitTest {
  @BeforeEach
  void seed() {
    Tensors.manualSeed(11);
  }

  private static Parameter weight() {
    return new Parameter(Tensors.empty(200, 50, 3, 2));
  }

  /** Uniform in ±bound: mean 0, deviation bound / sqrt(3), extremes near the bounds. */
  private static void assertUniform(double bound, Tensor x) {
    assertEquals(0, x.mean().item(), 0.02 * bound);
    assertEquals(bound / Math.sqrt(3), x.std().item(), 0.02 * bound);
    double largest = x.abs().max().item();
    assertTrue(largest <= bound * (1 + 1e-6) && largest > 0.99 * bound, "largest " + largest);
  }

  private static void assertNormal(double std, Tensor x) {
    assertEquals(0, x.mean().item(), 0.02 * std);
    assertEquals(std, x.std().item(), 0.02 * std);
    assertTrue(x.abs().max().item() > 3 * std);
  }

  @Test
  @DisplayName("N11 gains are PyTorch's")
  void gains() {
    assertEquals(1, Init.calculateGain(Nonlinearity.LINEAR));
    assertEquals(1, Init.calculateGain(Nonlinearity.SIGMOID));
    assertEquals(5.0 / 3, Init.calculateGain(Nonlinearity.TANH));
    assertEquals(Math.sqrt(2), Init.calculateGain(Nonlinearity.RELU));
    assertEquals(Math.sqrt(2 / 1.0001), Init.calculateGain(Nonlinearity.LEAKY_RELU));
    assertEquals(Math.sqrt(2 / 1.04), Init.calculateGain(Nonlinearity.LEAKY_RELU, 0.2));
    assertEquals(0.75, Init.calculateGain(Nonlinearity.SELU));
  }

  @Test
  @DisplayName("N11 the uniform and normal schemes have PyTorch's bounds and deviations")
  void schemes() {
    double in = 50 * 6;
    double out = 200 * 6;
    assertUniform(2 * Math.sqrt(6 / (in + out)), Init.xavierUniform_(weight(), 2));
    assertNormal(Math.sqrt(2 / (in + out)), Init.xavierNormal_(weight()));
    assertUniform(Math.sqrt(6 / in), Init.kaimingUniform_(weight()));
    assertUniform(Math.sqrt(6 / 1.25 / in), Init.kaimingUniform_(weight(), 0.5));
    assertNormal(
        Math.sqrt(2 / out), Init.kaimingNormal_(weight(), 0, FanMode.FAN_OUT, Nonlinearity.RELU));
    assertNormal(Math.sqrt(2 / in), Init.kaimingNormal_(weight()));
    assertUniform(0.5, Init.uniform_(weight(), -0.5, 0.5));
    assertNormal(0.5, Init.normal_(weight(), 0, 0.5));
  }

  @Test
  @DisplayName("N11 constants fill")
  void constants() {
    Parameter p = new Parameter(Tensors.empty(2, 2));
    assertEquals(4, Init.ones_(p).sum().item());
    assertEquals(0, Init.zeros_(p).sum().item());
    assertEquals(-2, Init.constant_(p, -0.5).sum().item());
    assertTrue(p.isLeaf() && p.requiresGrad());
  }

  @Test
  @DisplayName("N11 orthogonal_ makes orthonormal rows or columns, times the gain")
  void orthogonal() {
    for (long[] shape : new long[][] {{4, 9}, {9, 4}, {5, 5}, {4, 2, 3}}) {
      Tensor q = Init.orthogonal_(Tensors.empty(DType.FLOAT64, shape), 2).reshape(shape[0], -1);
      Tensor gram = q.size(0) <= q.size(1) ? q.mm(q.t()) : q.t().mm(q);
      Tensor identity = Tensors.eye(gram.size(0), gram.size(0), DType.FLOAT64).mul(4);
      assertTrue(gram.sub(identity).abs().max().item() < 1e-12);
    }
    ShapeException e = assertThrows(ShapeException.class, () -> Init.orthogonal_(Tensors.empty(3)));
    assertEquals("Only tensors with 2 or more dimensions are supported, got [3]", e.getMessage());
  }

  @Test
  @DisplayName("N11 fans need two dimensions")
  void fans() {
    ShapeException e =
        assertThrows(ShapeException.class, () -> Init.xavierUniform_(Tensors.empty(3)));
    assertEquals(
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got [3]",
        e.getMessage());
  }

  @Test
  @DisplayName("N11 Linear and Conv2d start uniform in ±1 / sqrt(fan_in), weight and bias")
  void defaults() {
    Linear linear = new Linear(100, 5000);
    assertUniform(0.1, linear.weight);
    assertUniform(0.1, linear.bias);
    Conv2d conv = new Conv2d(8, 5000, Conv2d.kernel(5).groups(2));
    assertUniform(0.1, conv.weight);
    assertUniform(0.1, conv.bias);
  }

  @Test
  @DisplayName("N11 first values depend on the seed, or on the generator in use, alone")
  void seeded() {
    Tensors.manualSeed(4);
    Linear a = new Linear(3, 3);
    Linear b = new Linear(3, 3);
    Tensors.manualSeed(4);
    assertTrue(a.weight.equal(new Linear(3, 3).weight));
    assertFalse(a.weight.equal(b.weight));
    Tensor first;
    try (Generator.Guard g = Generator.use(RandomStream.of(9))) {
      first = new Linear(3, 3).weight;
    }
    try (Generator.Guard g = Generator.use(RandomStream.of(9))) {
      assertTrue(first.equal(new Linear(3, 3).weight));
    }
  }
}
