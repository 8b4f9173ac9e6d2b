package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.CrossEntropyLossImpl;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.MSELossImpl;
import org.bytedeco.pytorch.MaxPool2dImpl;
import org.bytedeco.pytorch.MaxPool2dOptions;
import org.bytedeco.pytorch.NLLLossImpl;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Layers and losses against libtorch's modules, in float64. */
class LayerTest {
  private static final double CLOSE = 1e-10;

  @BeforeEach
  void seed() {
    Tensors.manualSeed(5);
  }

  private static org.bytedeco.pytorch.Tensor torch(Tensor x) {
    org.bytedeco.pytorch.Tensor t =
        x.isFloatingPoint()
            ? org.bytedeco.pytorch.Tensor.create(x.toDoubleArray(), x.numel())
            : org.bytedeco.pytorch.Tensor.create(x.toLongArray(), x.numel());
    return t.reshape(x.shape());
  }

  private static double[] values(org.bytedeco.pytorch.Tensor t) {
    double[] out = new double[(int) t.numel()];
    if (out.length > 0) {
      t.detach().contiguous().data_ptr_double().get(out);
    }
    return out;
  }

  private static void assertSameValues(org.bytedeco.pytorch.Tensor expected, Tensor got) {
    for (int d = 0; d < got.dim(); d++) {
      assertEquals(expected.size(d), got.size(d), "size of dimension " + d);
    }
    assertArrayEquals(values(expected), got.toDoubleArray(), CLOSE);
  }

  private static Tensor leaf(long... shape) {
    return Tensors.randn(DType.FLOAT64, shape).requiresGrad_();
  }

  @Test
  @DisplayName("N04 Linear computes and differentiates as libtorch's, for any leading dimensions")
  void linear() {
    Linear layer = new Linear(5, 3);
    layer.to(DType.FLOAT64);
    LinearImpl other = new LinearImpl(5, 3);
    other.weight().set_data(torch(layer.weight));
    other.bias().set_data(torch(layer.bias));
    for (long[] shape : new long[][] {{5}, {4, 5}, {2, 3, 5}, {0, 5}}) {
      Tensor x = leaf(shape);
      org.bytedeco.pytorch.Tensor tx = torch(x).set_requires_grad(true);
      layer.zeroGrad();
      org.bytedeco.pytorch.Tensor expected = other.forward(tx);
      Tensor got = layer.forward(x);
      assertSameValues(expected, got);
      got.square().sum().backward();
      expected.square().sum().backward();
      assertSameValues(tx.grad(), x.grad());
    }
  }

  @Test
  @DisplayName("N05 Conv2d computes and differentiates as libtorch's with each option")
  void convolution() {
    Conv2d.Options[] options = {
      Conv2d.kernel(3),
      Conv2d.kernel(3, 2).stride(2, 1).padding(1, 0),
      Conv2d.kernel(2).dilation(2).groups(2).bias(false)
    };
    for (Conv2d.Options o : options) {
      Conv2d layer = new Conv2d(4, 6, o);
      layer.to(DType.FLOAT64);
      Conv2dOptions theirs = new Conv2dOptions(4, 6, pair(o.kernel()));
      theirs.bias().put(o.bias());
      theirs.groups().put(o.groups());
      theirs.stride().put(pair(o.stride()));
      theirs.dilation().put(pair(o.dilation()));
      theirs.padding().put(pair(o.padding()));
      Conv2dImpl other = new Conv2dImpl(theirs);
      other.weight().set_data(torch(layer.weight));
      if (o.bias()) {
        other.bias().set_data(torch(layer.bias));
      }
      Tensor x = leaf(2, 4, 7, 6);
      org.bytedeco.pytorch.Tensor tx = torch(x).set_requires_grad(true);
      org.bytedeco.pytorch.Tensor expected = other.forward(tx);
      Tensor got = layer.forward(x);
      assertSameValues(expected, got);
      got.square().sum().backward();
      expected.square().sum().backward();
      assertSameValues(tx.grad(), x.grad());
      assertSameValues(other.weight().grad(), layer.weight.grad());
    }
  }

  private static LongPointer pair(Size2d size) {
    return new LongPointer(size.height(), size.width());
  }

  @Test
  @DisplayName("N05 MaxPool2d computes and differentiates as libtorch's, batched or not")
  void maxPool() {
    MaxPool2d layer = new MaxPool2d(MaxPool2d.kernel(3, 2).stride(2).padding(1));
    MaxPool2dOptions theirs = new MaxPool2dOptions(new LongPointer(3, 2));
    theirs.stride().put(new LongPointer(2, 2));
    theirs.padding().put(new LongPointer(1, 1));
    MaxPool2dImpl other = new MaxPool2dImpl(theirs);
    for (long[] shape : new long[][] {{2, 3, 8, 7}, {3, 8, 7}}) {
      Tensor x = leaf(shape);
      org.bytedeco.pytorch.Tensor tx = torch(x).set_requires_grad(true);
      org.bytedeco.pytorch.Tensor expected = other.forward(tx);
      Tensor got = layer.forward(x);
      assertSameValues(expected, got);
      got.square().sum().backward();
      expected.square().sum().backward();
      assertSameValues(tx.grad(), x.grad());
    }
  }

  @Test
  @DisplayName("N07 activations are the functions of their names")
  void activations() {
    Tensor x = Tensors.randn(DType.FLOAT64, 3, 4);
    org.bytedeco.pytorch.Tensor tx = torch(x);
    assertSameValues(torch.relu(tx), new ReLU().forward(x));
    assertSameValues(torch.leaky_relu(tx), new LeakyReLU().forward(x));
    assertSameValues(torch.sigmoid(tx), new Sigmoid().forward(x));
    assertSameValues(torch.tanh(tx), new Tanh().forward(x));
    assertSameValues(torch.softmax(tx, 1), new Softmax(-1).forward(x));
    assertSameValues(torch.log_softmax(tx, 0), new LogSoftmax(0).forward(x));
    assertSame(x, new Identity().forward(x));
    Tensor copy = x.clone_();
    assertSame(copy, new ReLU(true).forward(copy));
    assertTrue(copy.equal(x.relu()));
  }

  @Test
  @DisplayName("N04 Flatten keeps the batch, and merges what it is told to")
  void flatten() {
    Tensor x = Tensors.randn(2, 3, 4, 5);
    assertArrayEquals(new long[] {2, 60}, new Flatten().forward(x).shape());
    assertArrayEquals(new long[] {24, 5}, new Flatten(0, 2).forward(x).shape());
  }

  @Test
  @DisplayName("N07 Dropout zeroes with probability p, scales the rest, and obeys its generator")
  void dropout() {
    Dropout layer = new Dropout(0.25);
    Tensor x = Tensors.ones(20_000);
    Tensor y = layer.forward(x);
    double zeros = y.eq(0).to(DType.FLOAT64).mean().item();
    assertEquals(0.25, zeros, 0.02);
    assertEquals(4.0 / 3, y.max().item(), 1e-6);
    try (Generator.Guard g = Generator.use(RandomStream.of(1, 2))) {
      y = layer.forward(x);
    }
    try (Generator.Guard g = Generator.use(RandomStream.of(1, 2))) {
      assertTrue(y.equal(layer.forward(x)));
    }
    layer.eval();
    assertSame(x, layer.forward(x));
    assertEquals(0, new Dropout(1).forward(x).sum().item());
    KindlingException e = assertThrows(KindlingException.class, () -> new Dropout(1.5));
    assertEquals("dropout probability has to be between 0 and 1, but got 1.5", e.getMessage());
  }

  @Test
  @DisplayName("N09 MSELoss, NLLLoss and CrossEntropyLoss are libtorch's, values and gradients")
  void losses() {
    Tensor x = leaf(6, 4);
    Tensor target = Tensors.randn(DType.FLOAT64, 6, 4);
    check(new MSELoss().forward(x, target), x, tx -> new MSELossImpl().forward(tx, torch(target)));
    Tensor classes = Tensors.tensor(0, 3, 1, 1, 2, 0);
    check(
        new NLLLoss().forward(x, classes), x, tx -> new NLLLossImpl().forward(tx, torch(classes)));
    check(
        new CrossEntropyLoss().forward(x, classes),
        x,
        tx -> new CrossEntropyLossImpl().forward(tx, torch(classes)));
    Tensor weight = Tensors.tensor(new double[] {0.5, 1, 2, 3}, DType.FLOAT64);
    CrossEntropyLossOptions o = new CrossEntropyLossOptions();
    o.weight().put(torch(weight));
    o.ignore_index().put(1);
    o.label_smoothing().put(0.1);
    check(
        new CrossEntropyLoss(
                CrossEntropyLoss.options().weight(weight).ignoreIndex(1).labelSmoothing(0.1))
            .forward(x, classes),
        x,
        tx -> new CrossEntropyLossImpl(o).forward(tx, torch(classes)));
  }

  private static void check(
      Tensor got, Tensor x, java.util.function.UnaryOperator<org.bytedeco.pytorch.Tensor> other) {
    org.bytedeco.pytorch.Tensor tx = torch(x).set_requires_grad(true);
    org.bytedeco.pytorch.Tensor expected = other.apply(tx);
    assertSameValues(expected, got);
    x.setGrad(null);
    got.backward();
    expected.backward();
    assertSameValues(tx.grad(), x.grad());
  }

  @Test
  @DisplayName("N09 the reductions sum and none")
  void reductions() {
    Tensor x = Tensors.tensor(1.0, 3.0);
    Tensor y = Tensors.tensor(0.0, 1.0);
    assertEquals(5, new MSELoss(Reduction.SUM).forward(x, y).item());
    assertArrayEquals(new float[] {1, 4}, new MSELoss(Reduction.NONE).forward(x, y).toFloatArray());
    Tensor logits = Tensors.zeros(2, 4);
    Tensor classes = Tensors.tensor(0, 1);
    assertEquals(
        2 * Math.log(4), new CrossEntropyLoss(Reduction.SUM).forward(logits, classes).item(), 1e-6);
    assertEquals(2, new NLLLoss(Reduction.NONE).forward(logits, classes).numel());
  }

  @Test
  @DisplayName("N09 a loss without a target, a class out of range and a bad smoothing are refused")
  void lossMisuse() {
    KindlingException e =
        assertThrows(KindlingException.class, () -> new MSELoss().forward(Tensors.ones(1)));
    assertEquals(
        "MSELoss: a loss takes an input and a target: forward(input, target)", e.getMessage());
    e =
        assertThrows(
            KindlingException.class,
            () -> new CrossEntropyLoss(CrossEntropyLoss.options().labelSmoothing(2)));
    assertEquals("label_smoothing must be between 0.0 and 1.0. Got: 2.0", e.getMessage());
    e =
        assertThrows(
            IndexException.class,
            () ->
                new CrossEntropyLoss().forward(Tensors.zeros(1, 3), Tensors.tensor(new int[] {3})));
    assertTrue(e.getMessage().startsWith("Target 3 is out of bounds"), e.getMessage());
  }

  @Test
  @DisplayName("N05 channels that groups do not divide and sizes out of range are refused")
  void convolutionMisuse() {
    assertRefused(
        "Conv2d: in_channels must be divisible by groups, got in_channels=3 and groups=2",
        () -> new Conv2d(3, 4, Conv2d.kernel(3).groups(2)));
    assertRefused(
        "Conv2d: out_channels must be divisible by groups, got out_channels=5 and groups=2",
        () -> new Conv2d(4, 5, Conv2d.kernel(3).groups(2)));
    assertRefused(
        "Conv2d: groups must be a positive integer, got 0",
        () -> new Conv2d(4, 5, Conv2d.kernel(3).groups(0)));
    assertRefused(
        "Conv2d: expected kernel_size, stride and dilation of 1 or more and padding of 0 or more,"
            + " got kernel_size=(3, 3), stride=(0, 0), dilation=(1, 1), padding=(0, 0)",
        () -> new Conv2d(4, 5, Conv2d.kernel(3).stride(0)));
    assertRefused(
        "MaxPool2d: expected kernel_size, stride and dilation of 1 or more and padding of 0 or"
            + " more, got kernel_size=2, stride=2, padding=-1, dilation=1",
        () -> new MaxPool2d(MaxPool2d.kernel(2).padding(-1)));
    ShapeException e = assertThrows(ShapeException.class, () -> new Linear(-1, 2));
    assertEquals(
        "Linear: expected sizes of 0 or more, got in_features=-1, out_features=2", e.getMessage());
  }

  private static void assertRefused(String message, Runnable body) {
    KindlingException e = assertThrows(KindlingException.class, body::run);
    assertEquals(message, e.getMessage());
  }

  @Test
  @DisplayName("N04 a layer without bias has none")
  void noBias() {
    Linear layer = new Linear(2, 3, false);
    assertEquals(1, layer.parameters().size());
    assertEquals(0, layer.forward(Tensors.zeros(1, 2)).abs().sum().item());
    assertFalse(layer.namedParameters().containsKey("bias"));
  }
}
