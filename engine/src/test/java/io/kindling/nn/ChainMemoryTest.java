package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.AutogradException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("measures the memory of the process")
@DisplayName("A chain of layers")
class ChainMemoryTest {
  private static final int DEPTH = 24;
  private static final int WIDTH = 64;

  /** An activation of one MiB; the weights are a hundredth of that. */
  private static final long MIB = 1 << 20;

  private static Tensor input() {
    return Tensors.rand(MIB / (4 * WIDTH), WIDTH);
  }

  private static Sequential chain(IntFunction<Module> layer) {
    Sequential net = new Sequential();
    for (int i = 0; i < DEPTH; i++) {
      net.append(layer.apply(i));
    }
    return net;
  }

  private static Module linearOrRelu(int i) {
    return i % 2 == 0 ? new Linear(WIDTH, WIDTH) : new ReLU();
  }

  /** What other tests left to the collector must not come back while this one measures. */
  private static void settle() {
    System.gc();
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The peak beyond what is in use before, in MiB. */
  private static double peak(Runnable body) {
    MemoryPool pool = MemoryPool.host();
    settle();
    try (Scope scope = Scope.open()) {
      long before = pool.stats().inUse();
      pool.resetPeak();
      body.run();
      return (pool.stats().peak() - before) / (double) MIB;
    }
  }

  private static double trainingPeak(Module net) {
    Tensor x = input();
    net.forward(x).sum().backward(); // packed weights and the like
    net.zeroGrad();
    return peak(() -> net.forward(x).sum().backward());
  }

  private static double inferencePeak(Module net) {
    Tensor x = input();
    try (GradMode.Guard guard = Tensors.noGrad()) {
      return peak(() -> net.forward(x));
    }
  }

  @Test
  @DisplayName("T20 keeps two activations without gradients")
  void inference() {
    assertEquals(2, inferencePeak(chain(ChainMemoryTest::linearOrRelu)), 0.3);
    assertEquals(2, inferencePeak(chain(i -> new Tanh())), 0.3);
    assertEquals(
        2, inferencePeak(new Sequential(chain(i -> new ReLU(true)), chain(i -> new Tanh()))), 0.3);
  }

  @Test
  @DisplayName("T20 keeps in training what derivatives read, and two or three gradients")
  void training() {
    // A ReLU's output is the next layer's input and its own derivative's.
    assertTrue(trainingPeak(chain(ChainMemoryTest::linearOrRelu)) < DEPTH / 2 + 3.5);
    assertTrue(trainingPeak(withInput(i -> new Tanh())) < DEPTH + 3.5);
    assertTrue(trainingPeak(withInput(i -> new LogSoftmax(1))) < DEPTH + 3.5);
  }

  private static Sequential withInput(IntFunction<Module> layer) {
    Sequential net = chain(layer);
    net.set(0, new Linear(WIDTH, WIDTH));
    return net;
  }

  /** Keeps what it sees, as a user's layer may. */
  private static final class Keeper extends Module {
    private transient @Nullable Tensor in;
    private transient @Nullable Tensor out;

    @Override
    public Tensor forward(Tensor x) {
      in = x;
      out = x.mul(2);
      return out;
    }
  }

  private static final class OwnTanh extends Tanh {
    private transient @Nullable Tensor in;

    @Override
    protected Tensor compute(Tensor x) {
      in = x;
      return super.compute(x);
    }
  }

  private static void assertAlive(Tensor... tensors) {
    for (Tensor t : tensors) {
      assertFalse(t.strided().storage().isReleased());
      assertEquals(t.numel(), t.detach().eq(t.detach()).sum().item());
    }
  }

  @Test
  @DisplayName("T20 leaves alone what a user's layer or a hook has seen, the input and the output")
  void seenByUsers() {
    for (boolean training : new boolean[] {true, false}) {
      Keeper keeper = new Keeper();
      OwnTanh own = new OwnTanh();
      ReLU hooked = new ReLU();
      List<Tensor> seen = new ArrayList<>();
      hooked.registerForwardHook(
          (module, in, out) -> {
            seen.add(in[0]);
            seen.add(out);
            seen.add(out.clone_());
            return null;
          });
      Sequential net =
          new Sequential(
              new Tanh(), keeper, new Tanh(), own, new Sequential(new Tanh(), hooked), new Tanh());
      Tensor x = Tensors.rand(2, 3).requiresGrad_(training);
      Tensor y = net.forward(x);
      if (training) {
        y.sum().backward();
        assertAlive(x.grad());
      }
      assertAlive(x, y, keeper.in, keeper.out, own.in);
      assertAlive(seen.toArray(new Tensor[0]));
    }
  }

  @Test
  @DisplayName("T20 leaves alone what a layer that returns its input or a view of it passes on")
  void passedOn() {
    Module[] passing = {new Identity(), new Flatten(), new Dropout(0.3).eval(), new ReLU(true)};
    try (GradMode.Guard guard = Tensors.noGrad()) {
      for (Module layer : passing) {
        Tensor x = Tensors.rand(2, 3);
        assertAlive(x, new Sequential(layer).forward(x));
        assertAlive(x, new Sequential(layer, new Tanh()).forward(x));
        assertAlive(x, new Sequential(layer, layer, new Tanh(), layer, layer).forward(x));
        assertAlive(
            new Sequential(new Tanh(), new Sequential(layer, layer), new Flatten()).forward(x));
      }
    }
    for (Module layer : passing) {
      Tensor x = Tensors.rand(2, 3).requiresGrad_();
      Tensor y = new Sequential(new Linear(3, 3), layer, new Linear(3, 3), layer).forward(x);
      y.sum().backward();
      assertAlive(x, y, x.grad());
    }
  }

  @Test
  @DisplayName("A04 gives the gradients that the same calls one by one give, retained and twice")
  void sameGradients() {
    Sequential net =
        new Sequential(
            new Linear(5, 5), new ReLU(), new Linear(5, 4), new Tanh(), new Softmax(1), new Tanh());
    Tensor x = Tensors.rand(3, 5).requiresGrad_();
    Tensor one = x;
    for (Module layer : net) {
      one = layer.forward(one);
    }
    one.square().sum().backward();
    float[] expected = x.grad().toFloatArray();
    float[] weights = net.parameters().get(0).grad().toFloatArray();
    for (boolean again : new boolean[] {false, true}) {
      x.setGrad(null);
      net.zeroGrad();
      Tensor loss = net.forward(x).square().sum();
      if (again) {
        loss.backward(null, true, false);
        x.setGrad(null);
        net.zeroGrad();
      }
      loss.backward();
      assertArrayEquals(expected, x.grad().toFloatArray());
      assertArrayEquals(weights, net.parameters().get(0).grad().toFloatArray());
      AutogradException freed = assertThrows(AutogradException.class, loss::backward);
      assertTrue(freed.getMessage().contains("backward through the graph a second time"));
    }
    x.setGrad(null);
    Tensor loss = net.forward(x).square().sum();
    loss.backward(null, true, true);
    Tensor penalty = x.grad().square().sum();
    x.setGrad(null);
    penalty.backward();
    assertAlive(x.grad());
  }
}
