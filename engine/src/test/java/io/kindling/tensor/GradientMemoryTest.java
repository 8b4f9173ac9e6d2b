package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("measures the memory of the process")
@DisplayName("T20 a backward pass")
class GradientMemoryTest {
  private static final int MIB = 1 << 20;

  /** What other tests left to the collector must not come back while this one measures. */
  @BeforeEach
  void settle() throws InterruptedException {
    System.gc();
    Thread.sleep(50);
  }

  private static Tensor leaf(double... values) {
    return Tensors.tensor(values).requiresGrad_();
  }

  /** What a backward pass takes at most, and what it leaves, in MiB. */
  private static double[] passOf(Tensor loss) {
    MemoryPool pool = MemoryPool.host();
    long before = pool.stats().inUse();
    pool.resetPeak();
    loss.backward();
    return new double[] {
      (pool.stats().peak() - before) / (double) MIB, (pool.stats().inUse() - before) / (double) MIB
    };
  }

  @Test
  @DisplayName("gives back gradients that it has consumed, and leaves those of the leaves")
  void chain() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.rand(MIB / 4).requiresGrad_();
      Tensor y = x;
      for (int i = 0; i < 20; i++) {
        y = y.mul(1.01).sin();
      }
      double[] used = passOf(y.sum());
      assertTrue(used[0] < 3.1, "at most " + used[0]);
      assertEquals(1, used[1], 0.01);
    }
  }

  @Test
  @DisplayName("gives back what a residual stream adds up")
  void residual() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.rand(MIB / 4).requiresGrad_();
      Tensor y = x;
      for (int i = 0; i < 10; i++) {
        y = y.add(y.mul(0.5).tanh());
      }
      double[] used = passOf(y.sum());
      assertTrue(used[0] < 4.1, "at most " + used[0]);
      assertEquals(1, used[1], 0.01);
    }
  }

  @Test
  @DisplayName("leaves alone the gradients that somebody has seen")
  void seen() {
    try (Scope scope = Scope.open()) {
      Tensor x = leaf(1, 2);
      Tensor y = x.mul(2);
      Tensor z = y.mul(3);
      List<Tensor> kept = new ArrayList<>();
      z.registerHook(
          g -> {
            kept.add(g);
            return null;
          });
      y.registerHook(
          g -> {
            kept.add(g);
            kept.add(g.mul(2));
            return kept.get(2);
          });
      y.retainGrad();
      Tensor root = Tensors.tensor(1.0, 10.0);
      z.mul(5).backward(root);
      assertArrayEquals(new float[] {1, 10}, root.toFloatArray());
      assertArrayEquals(new float[] {5, 50}, kept.get(0).toFloatArray());
      assertArrayEquals(new float[] {15, 150}, kept.get(1).toFloatArray());
      assertArrayEquals(new float[] {30, 300}, kept.get(2).toFloatArray());
      assertArrayEquals(new float[] {30, 300}, y.grad().toFloatArray());
      assertArrayEquals(new float[] {60, 600}, x.grad().toFloatArray());
    }
  }

  @Test
  @DisplayName("leaves alone the gradients that grad() gives out")
  void captured() {
    try (Scope scope = Scope.open()) {
      Tensor x = leaf(1, 2);
      Tensor y = x.mul(2);
      Tensor z = y.exp().add(y);
      List<Tensor> g = Autograd.grad(List.of(z.sum()), List.of(x, y, z));
      assertArrayEquals(new float[] {1, 1}, g.get(2).toFloatArray());
      assertEquals(Math.exp(2) + 1, g.get(1).get(0).item(), 1e-5);
      assertEquals(2 * (Math.exp(4) + 1), g.get(0).get(1).item(), 1e-4);
    }
  }

  @Test
  @DisplayName("leaves alone what a user's function has seen, saved or returned")
  void function() {
    List<Tensor> kept = new ArrayList<>();
    Function keeper =
        new Function() {
          @Override
          protected Tensor forward(Context ctx, Tensor... x) {
            ctx.saveForBackward(x[0]);
            return x[0].mul(2);
          }

          @Override
          protected @Nullable Tensor[] backward(Context ctx, Tensor g) {
            kept.add(g);
            kept.add(ctx.saved(0));
            kept.add(g.mul(2));
            return new Tensor[] {kept.get(2)};
          }
        };
    try (Scope scope = Scope.open()) {
      Tensor x = leaf(1, 2);
      keeper.apply(x.mul(3)).mul(4).sum().backward();
      assertArrayEquals(new float[] {4, 4}, kept.get(0).toFloatArray());
      assertArrayEquals(new float[] {3, 6}, kept.get(1).toFloatArray());
      assertArrayEquals(new float[] {8, 8}, kept.get(2).toFloatArray());
      assertArrayEquals(new float[] {24, 24}, x.grad().toFloatArray());
    }
  }

  @Test
  @DisplayName("works on a number that the graph saved, however often")
  void savedNumber() {
    Tensor x = Tensors.tensor(new double[] {2, 3}, DType.FLOAT64).requiresGrad_();
    Tensor loss = x.div(4).mul(x.rsub(1)).pow(Tensor.wrapped(2)).sum();
    for (int i = 0; i < 3; i++) {
      x.setGrad(null);
      loss.backward(null, true, false);
      assertFalse(x.grad().strided().storage().isReleased());
    }
    // 1/16 x^2 (1 - x)^2
    assertEquals(2 * 2 * (1 - 2) * (1 - 2 * 2) / 16.0, x.grad().get(0).item(), 1e-12);
  }

  @Test
  @DisplayName("keeps second derivatives whole")
  void second() {
    try (Scope scope = Scope.open()) {
      Tensor x = leaf(1, 2);
      Tensor g =
          Autograd.grad(
                  List.of(x.tanh().mul(x).exp().sum()), List.of(x), List.of(), true, true, false)
              .get(0);
      Tensor again = Autograd.grad(List.of(g.square().sum()), List.of(x)).get(0);
      assertFalse(again.strided().storage().isReleased());
      assertEquals(2, g.numel());
      assertFalse(Double.isNaN(g.sum().item()));
    }
  }

  private static Map<String, UnaryOperator<Tensor>> composed() {
    Tensor classes = Tensors.randint(0, 512, 512);
    Map<String, UnaryOperator<Tensor>> ops = new TreeMap<>();
    ops.put("var", x -> x.var(1));
    ops.put("std", x -> x.std(0));
    ops.put("norm", x -> x.norm(3, false, 1));
    ops.put("logsumexp", x -> x.logsumexp(false, 1));
    ops.put("any", x -> x.any(1, false));
    ops.put("argmax", x -> x.t().argmax());
    ops.put("repeat", x -> x.t().repeat(2, 1));
    ops.put("dropout", x -> Functional.dropout(x, 0.3, true));
    ops.put("add with alpha", x -> x.add(x, 2));
    ops.put("add_ with alpha", x -> x.mul(1).add_(x, 2));
    ops.put("addmm", x -> x.addmm(x, x, 0.5, 2));
    ops.put("einsum", x -> Tensors.einsum("ij,kj->i", x, x));
    ops.put("matmul", x -> x.matmul(x.unsqueeze(0).expand(2, 512, 512)));
    ops.put("mse", x -> Functional.mseLoss(x, x.detach().add(1), Functional.Reduction.MEAN));
    ops.put("cross entropy", x -> Functional.crossEntropy(x, classes));
    return ops;
  }

  @Test
  @DisplayName("finds nothing left by operators made of others but their result")
  void composedOperators() {
    composed()
        .forEach(
            (name, op) -> {
              try (Scope scope = Scope.open()) {
                Tensor x = Tensors.rand(512, 512);
                MemoryPool pool = MemoryPool.host();
                op.apply(x); // packed weights and the like
                long before = pool.stats().inUse();
                Tensor out = op.apply(x);
                double left = pool.stats().inUse() - before - out.strided().storage().bytes();
                long inputs = name.equals("mse") ? MIB : 0;
                assertEquals(inputs, left, MIB / 100.0, name);
                x.requiresGrad_();
                out = op.apply(x);
                if (!out.requiresGrad()) {
                  return;
                }
                out.sum().backward();
                x.setGrad(null);
                before = pool.stats().inUse();
                out = op.apply(x);
                out.sum().backward();
                left = pool.stats().inUse() - before - out.strided().storage().bytes() - MIB;
                assertEquals(inputs, left, MIB / 100.0, name + " with gradients");
              }
            });
  }
}
