package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.kindling.core.IndexException;
import io.kindling.core.MemoryException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.device.Window;
import io.kindling.io.SafeTensors;
import io.kindling.nn.Conv2d;
import io.kindling.nn.ParameterVector;
import io.kindling.optim.Adam;
import io.kindling.optim.SGD;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Packed weights of convolutions")
class PackedWeightsTest {
  private static final Window WINDOW = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1);

  private static final boolean ONEDNN = Cpu.backend() instanceof OneDnnBackend;

  private Tensor image = Tensors.zeros(1);

  @BeforeEach
  void draw() {
    Tensors.manualSeed(3);
    image = Tensors.randn(2, 16, 8, 8).requiresGrad_();
  }

  private static Conv2d conv() {
    return new Conv2d(16, 16, Conv2d.kernel(3).padding(1).bias(false));
  }

  /** The result and the gradient by the image. */
  private float[][] both(Tensor weight) {
    image.setGrad(null);
    Tensor out = Functional.conv2d(image, weight, null, WINDOW);
    out.square().sum().backward();
    return new float[][] {out.toFloatArray(), Objects.requireNonNull(image.grad()).toFloatArray()};
  }

  private static void assertSame(float[][] expected, float[][] actual, String what) {
    assertArrayEquals(expected[0], actual[0], "result " + what);
    assertArrayEquals(expected[1], actual[1], "gradient " + what);
  }

  private long reorders(Tensor weight) {
    long before = Primitives.local().reorders();
    both(weight);
    return Primitives.local().reorders() - before;
  }

  /** Uses weights, that are not to be derived, until they are packed for both directions. */
  private float[][] usedOften(Tensor weight) {
    float[][] first = both(weight);
    assertSame(first, both(weight), "while it is packed");
    assertSame(first, both(weight), "of packed weights");
    long packs = reorders(weight.clone_()) - reorders(weight);
    assertEquals(ONEDNN ? 2 : 0, packs, "what is saved, forward and backward");
    return first;
  }

  private static Arguments write(String name, Consumer<Conv2d> write) {
    return arguments(name, write);
  }

  private static Arguments inPlace(String name, Consumer<Tensor> write) {
    return write(name, c -> write.accept(c.weight.detach()));
  }

  static Stream<Arguments> writes() {
    return Stream.of(
        inPlace("add_", w -> w.add_(1)),
        inPlace("mul_ of another tensor", w -> w.mul_(Tensors.randn(3))),
        inPlace("relu_", Tensor::relu_),
        inPlace("fill_", w -> w.fill_(0.5)),
        inPlace("zero_", Tensor::zero_),
        inPlace("copy_", w -> w.copy_(Tensors.randn(16, 16, 3, 3))),
        inPlace("copy_ of another type", w -> w.copy_(Tensors.ones(16, 16, 3, 3).toLong())),
        inPlace("copyFrom", w -> w.copyFrom(new float[2400], 96)),
        inPlace("uniform_", w -> w.uniform_(0, 1)),
        inPlace("bernoulli_", w -> w.bernoulli_(0.5)),
        inPlace("scatter_", w -> w.scatter_(1, Tensors.zeros(1, 1, 1, 1).toLong(), 7)),
        inPlace("maskedFill_", w -> w.maskedFill_(w.gt(0), 3)),
        inPlace("an indexed write", w -> w.set("..., 0", 2)),
        inPlace("a write by positions", w -> w.set(Tensors.tensor(3L, 5L), 2)),
        inPlace("a write through a view", w -> w.narrow(0, 3, 2).mul_(-1)),
        inPlace(
            "a write through a view of a view",
            w -> w.view(-1).view(48, 48).t().select(0, 1).exp_()),
        inPlace("a write through an element", w -> w.get(15, 15, 2, 2).fill_(9)),
        write("setData", c -> c.weight.setData(Tensors.randn(16, 16, 3, 3))),
        write(
            "setData to a slice",
            c -> c.weight.setData(Tensors.randn(2, 16, 16, 3, 3).select(0, 1))),
        write("loading a state", c -> c.loadStateDict(conv().stateDict())),
        write("loading a file", c -> c.loadStateDict(throughFile(conv().stateDict()))),
        write("SGD", c -> derived(c, () -> new SGD(List.of(c.weight), 0.1).step())),
        write("Adam", c -> derived(c, () -> new Adam(List.of(c.weight), 0.1).step())),
        write("a vector of parameters", c -> ParameterVector.copyFrom(c, new float[2304])));
  }

  private static void derived(Conv2d conv, Runnable step) {
    conv.weight.setGrad(Tensors.ones(16, 16, 3, 3));
    step.run();
  }

  private static Map<String, Tensor> throughFile(Map<String, Tensor> state) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      SafeTensors.write(out, state, Map.of());
      return SafeTensors.read(new ByteArrayInputStream(out.toByteArray()), "weights");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest(name = "after {0}")
  @MethodSource("writes")
  @DisplayName("are never stale")
  void stale(String name, Consumer<Conv2d> write) {
    Conv2d conv = conv();
    float[][] before = usedOften(conv.weight.detach());
    for (int round = 0; round < 2; round++) { // the second finds weights that are used again
      write.accept(conv);
      float[][] expected = both(conv.weight.detach().clone_());
      assertSame(expected, both(conv.weight.detach()), "after " + name);
      if (round == 0) {
        assertFalse(Arrays.equals(before[0], expected[0]), name + " changes the result");
      }
      assertSame(expected, usedOften(conv.weight.detach()), "after " + name + ", again");
    }
  }

  @Test
  @DisplayName("are not stale after a write that failed on the way")
  void failedWrite() {
    Tensor weight = conv().weight.detach();
    usedOften(weight);
    Tensor index = Tensors.tensor(0L, 1L, 2304L);
    assertThrows(IndexException.class, () -> weight.view(-1).scatter_(0, index, Tensors.ones(3)));
    assertSame(both(weight.clone_()), both(weight), "after half a write");
  }

  @Test
  @DisplayName("of each view of one storage are its own")
  void views() {
    Tensor both = Tensors.randn(2, 16, 16, 3, 3);
    Tensor turned = both.select(0, 0).transpose(0, 1);
    Tensor gapped = both.view(16, 32, 3, 3).narrow(1, 8, 16);
    for (Tensor view : List.of(both.select(0, 0), both.select(0, 1), turned, gapped)) {
      assertSame(both(view.clone_()), usedOften(view), "of a view");
    }
    Tensor kept = both.select(0, 1);
    both.select(0, 0).add_(1);
    assertSame(both(kept.clone_()), both(kept), "beside a written view");
  }

  @Test
  @DisplayName("are packed once for all threads, and all compute the same bits")
  void threads() throws Exception {
    Tensor weight = conv().weight.detach();
    float[] expected = usedOften(weight)[0];
    Tensor x = image.detach();
    List<FutureTask<Long>> tasks = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      tasks.add(
          new FutureTask<>(
              () -> {
                long before = Primitives.local().reorders();
                for (int n = 0; n < 5; n++) {
                  Tensor out = Functional.conv2d(x, weight, null, WINDOW);
                  assertArrayEquals(expected, out.detach().toFloatArray());
                }
                return Primitives.local().reorders() - before;
              }));
    }
    tasks.forEach(task -> new Thread(task).start());
    for (FutureTask<Long> task : tasks) {
      // An image goes into the order of the convolution, and its result comes back.
      assertEquals(ONEDNN ? 10 : 0, task.get(), "reorders");
    }
  }

  private static long inUse() {
    return MemoryPool.host().stats().inUse();
  }

  @Test
  @DisplayName("go back when the weights are written, and when they are released")
  void freed() {
    try (Scope scope = Scope.open()) {
      usedOften(Tensors.randn(16, 16, 3, 3)); // this thread's scratch memory grows
    }
    long before = inUse();
    Tensor weight;
    try (Scope scope = Scope.open()) {
      weight = Tensors.randn(16, 16, 3, 3);
      long unpacked = inUse();
      try (Scope step = Scope.open()) {
        both(weight);
        image.setGrad(null);
      }
      assertEquals(unpacked, inUse(), "weights used once are not kept packed");
      try (Scope step = Scope.open()) {
        usedOften(weight);
        image.setGrad(null);
      }
      long kept = inUse() - unpacked; // blocks are rounded up
      assertEquals(ONEDNN ? 2 : 0, kept / (4 * 2304), "forward and backward");
      weight.mul_(2);
      assertEquals(unpacked, inUse(), "after a write");
      try (Scope step = Scope.open()) {
        usedOften(weight);
        image.setGrad(null);
      }
    }
    assertEquals(before, inUse(), "after the release");
    MemoryException e = assertThrows(MemoryException.class, () -> both(weight));
    assertTrue(e.getMessage().contains("released when its Scope closed"), e.getMessage());
  }

  @Test
  @DisplayName("do not keep unreachable weights, and go with them")
  void collected() throws InterruptedException {
    usedOften(conv().weight.detach());
    image.setGrad(null);
    long before = inUse();
    for (int n = 0; n < 8; n++) {
      usedOften(conv().weight.detach());
    }
    image.setGrad(null);
    for (int n = 0; n < 100 && inUse() > before; n++) {
      System.gc();
      Thread.sleep(10);
    }
    assertTrue(inUse() <= before, inUse() + " bytes are in use, more than " + before);
  }
}
