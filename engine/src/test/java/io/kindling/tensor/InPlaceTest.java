package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static io.kindling.tensor.Torch.num;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.ShapeException;
import io.kindling.device.Window;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Writes in place and the graph")
class InPlaceTest {
  private static final float EPS = 1e-6f;

  private static Tensor leaf(double... values) {
    return Tensors.tensor(values).requiresGrad_();
  }

  private static String name(Tensor t) {
    Node fn = t.gradFn();
    return fn == null ? "" : fn.name();
  }

  /** The gradient of the sum of what a program makes of a result with these values. */
  private static float[] gradient(UnaryOperator<Tensor> program, double... values) {
    Tensor x = leaf(values);
    program.apply(x.mul(1)).sum().backward();
    return x.grad().toFloatArray();
  }

  /** Both the values and the gradient are libtorch's. */
  private static void assertAsLibtorch(
      UnaryOperator<Tensor> ours,
      UnaryOperator<org.bytedeco.pytorch.Tensor> theirs,
      double... values) {
    try (PointerScope scope = Torch.scope()) {
      Tensor x = leaf(values);
      org.bytedeco.pytorch.Tensor y = Torch.of(new Tensor[] {x})[0];
      Tensor out = ours.apply(x.mul(1));
      org.bytedeco.pytorch.Tensor expected = theirs.apply(y.mul(num(1L)));
      Torch.assertClose("values", expected, out, 1e-6, 1e-6);
      out.sum().backward();
      expected.sum().backward();
      Torch.assertClose("gradient", y.grad(), x.grad(), 1e-6, 1e-6);
    }
  }

  @Test
  @DisplayName(
      "A06 an operand that is the written tensor, or a part of it, counts as it was before")
  void operandIsWritten() {
    assertArrayEquals(new float[] {4, 6}, gradient(y -> y.mul_(y), 2, 3), EPS);
    assertArrayEquals(new float[] {0, 0}, gradient(y -> y.div_(y), 2, 3), EPS);
    assertArrayEquals(new float[] {7, 2}, gradient(y -> y.mul_(y.get(0)), 2, 3), EPS);
    assertArrayEquals(new float[] {-0.75f, 0.5f}, gradient(y -> y.div_(y.get(0)), 2, 3), EPS);
    assertArrayEquals(new float[] {2, 3}, gradient(y -> y.mul_(y.detach()), 2, 3), EPS);
    assertArrayEquals(
        new float[] {3, 3}, gradient(y -> y.get(0).mul_(y.get(1)).add(y.get(1)), 2, 3), EPS);
    assertArrayEquals(new float[] {2, 2}, gradient(y -> y.add_(y), 2, 3), EPS);
  }

  @Test
  @DisplayName("A06 t_ of a view transposes its gradient back and leaves the base as it was")
  void transposedView() {
    double[] v = {1, 2, 3, 4, 5, 6};
    Tensor w = Tensors.tensor(v).view(3, 2);
    org.bytedeco.pytorch.Tensor w0 = Torch.of(w);
    assertAsLibtorch(y -> y.view(2, 3).t_().mul(w), y -> y.view(2, 3).t_().mul(w0), v);
    assertAsLibtorch(
        y -> {
          y.view(2, 3).t_();
          return y.mul(w.view(6));
        },
        y -> {
          y.view(2, 3).t_();
          return y.mul(w0.view(6));
        },
        v);
    assertAsLibtorch(
        y -> {
          y.view(2, 3).t_().mul_(w);
          return y;
        },
        y -> {
          y.view(2, 3).t_().mul_(w0);
          return y;
        },
        v);
    Tensor view = leaf(v).mul(1).view(2, 3);
    assertEquals("TBackward0", name(view.t_()));
    assertError(
        AutogradException.class,
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        () -> leaf(v).view(2, 3).t_());
  }

  @Test
  @DisplayName("A06 t_ of a result keeps the views that were taken of it")
  void transposedBase() {
    double[] v = {1, 2, 3, 4, 5, 6};
    Tensor w = Tensors.tensor(1.0, 2, 3);
    org.bytedeco.pytorch.Tensor w0 = Torch.of(w);
    for (int factor : new int[] {1, 2}) {
      assertAsLibtorch(
          x -> {
            Tensor y = x.view(2, 3).mul(1);
            Tensor row = y.select(0, 0);
            y.t_().mul_(factor);
            return row.mul(w);
          },
          x -> {
            var y = x.view(2, 3).mul(num(1L));
            var row = y.select(0, 0);
            y.t_().mul_(num(factor));
            return row.mul(w0);
          },
          v);
    }
  }

  @Test
  @DisplayName("A06 an expanded view of a result that is written later has a gradient")
  void expandedThenWritten() {
    assertAsLibtorch(
        y -> {
          Tensor wide = y.unsqueeze(0).expand(3, 2);
          y.mul_(2);
          return wide;
        },
        y -> {
          var wide = y.unsqueeze(0).expand(3, 2);
          y.mul_(num(2L));
          return wide;
        },
        2,
        3);
    assertAsLibtorch(
        y -> {
          Tensor wide = y.view(1, 2, 1).expand(2, 2, 4).select(0, 1);
          y.exp_();
          return wide.mul(wide);
        },
        y -> {
          var wide = y.view(1, 2, 1).expand(2, 2, 4).select(0, 1);
          y.exp_();
          return wide.mul(wide);
        },
        2,
        3);
  }

  @Test
  @DisplayName("A06 a write through a view of a cut-out tensor stays within its memory")
  void baseWithGaps() {
    Tensor x = leaf(5, 6);
    Tensor y = Tensors.arange(0, 90_001, 1).toFloat().get("::45000").detach();
    y.narrow(0, 1, 2).copy_(x);
    y.mul(y).sum().backward();
    assertArrayEquals(new float[] {10, 12}, x.grad().toFloatArray(), EPS);
  }

  @Test
  @DisplayName("A06 integers that take a copy of floats with a gradient do not require one")
  void copyIntoIntegers() {
    Tensor x = leaf(2, 3);
    for (DType dtype : new DType[] {DType.INT64, DType.UINT8, DType.BOOL}) {
      Tensor whole = Tensors.zeros(dtype, 2).copy_(x);
      assertFalse(whole.requiresGrad());
      Tensor rows = Tensors.zeros(dtype, 2, 2);
      rows.set("0", x);
      assertFalse(rows.requiresGrad());
      assertFalse(rows.get(0).requiresGrad());
    }
  }

  @Test
  @DisplayName("T09 an expanded tensor can be filled and transposed in place, not computed on")
  void expanded() {
    try (PointerScope scope = Torch.scope()) {
      Torch.assertClose(
          "fill_",
          torch.zeros(1).expand(3).fill_(num(2L)),
          Tensors.zeros(1).expand(3).fill_(2),
          0,
          0);
      Torch.assertClose(
          "zero_", torch.ones(1).expand(3).zero_(), Tensors.ones(1).expand(3).zero_(), 0, 0);
      Torch.assertClose(
          "t_",
          Torch.of(Tensors.arange(2)).unsqueeze(1).expand(2, 3).t_(),
          Tensors.arange(2).unsqueeze(1).expand(2, 3).t_(),
          0,
          0);
    }
    Tensor base = Tensors.zeros(2, 1);
    base.expand(2, 3).fill_(4);
    assertArrayEquals(new float[] {4, 4}, base.toFloatArray());
    String refused =
        "unsupported operation: more than one element of the written-to tensor refers to a single"
            + " memory location. Please clone() the tensor before performing the operation.";
    Tensor wide = Tensors.zeros(1).expand(3);
    assertError(AutogradException.class, refused, () -> wide.copy_(Tensors.ones(3)));
    assertError(AutogradException.class, refused, () -> wide.add_(1));
    assertError(AutogradException.class, refused, () -> wide.relu_());
    assertError(AutogradException.class, refused, () -> wide.normal_(0, 1));
    assertError(AutogradException.class, refused, () -> wide.set(":2", 1));
    assertError(
        AutogradException.class,
        refused,
        () -> Tensors.out("add", wide, Tensors.ones(3), Tensors.ones(3)));
  }

  @Test
  @DisplayName("T15 out= wraps and truncates as a cast does")
  void outWraps() {
    try (PointerScope scope = Torch.scope()) {
      DType[] types = {DType.UINT8, DType.BOOL, DType.INT64};
      for (DType to : types) {
        for (DType from : types) {
          Tensor a = Tensors.tensor(200L, 1, 0, 255).to(from);
          Tensor b = Tensors.tensor(100L, 1, 0, 255).to(from);
          org.bytedeco.pytorch.Tensor expected = torch.zeros(4).to(Torch.type(to));
          if (from.category().compareTo(to.category()) <= 0) {
            torch.add_out(expected, Torch.of(a), Torch.of(b));
            Torch.assertClose(
                from + " to " + to, expected, Tensors.out("add", Tensors.zeros(to, 4), a, b), 0, 0);
          }
        }
      }
    }
  }

  @Test
  @DisplayName("A06 a comparison writes out= whatever requires a gradient, and records nothing")
  void comparisonOut() {
    Tensor x = leaf(1, 2);
    Tensor flags = Tensors.out("gt", Tensors.zeros(DType.BOOL, 2), x, leaf(2, 1));
    assertArrayEquals(new long[] {0, 1}, flags.toLongArray());
    assertFalse(flags.requiresGrad());
    Tensor result = leaf(0, 0).mul(2);
    Node before = result.gradFn();
    Tensors.out("gt", result, x, leaf(2, 1));
    assertEquals(before, result.gradFn());
    assertArrayEquals(new float[] {0, 1}, result.toFloatArray());
    assertError(
        AutogradException.class,
        "functions with out=... arguments don't support automatic differentiation, but one of the"
            + " arguments requires grad.",
        () -> Tensors.out("sign", Tensors.zeros(2), x));
  }

  @Test
  @DisplayName("T09 reshape speaks of itself and has PyTorch's names in the graph")
  void reshape() {
    Tensor x = Tensors.zeros(2, 3);
    assertError(
        ShapeException.class,
        "reshape: shape '[4, 2]' is invalid for input of size 6",
        () -> x.reshape(4, 2));
    assertError(ShapeException.class, "reshape: only one dimension", () -> x.t().reshape(-1, -1));
    assertError(
        ShapeException.class, "view: shape '[4, 2]' is invalid for input", () -> x.view(4, 2));
    try (PointerScope scope = Torch.scope()) {
      Tensor a = Tensors.zeros(2, 3).requiresGrad_();
      org.bytedeco.pytorch.Tensor b = Torch.of(new Tensor[] {a})[0];
      assertSameName(b.reshape(3, 2), a.reshape(3, 2));
      assertSameName(b.t().reshape(3, 2), a.t().reshape(3, 2));
      assertSameName(b.t().reshape(6), a.t().reshape(6));
      assertSameName(b.t().reshape(3, 1, 2), a.t().reshape(3, 1, 2));
      assertSameName(b.flatten(), a.flatten());
      assertSameName(b.t().flatten(), a.t().flatten());
      assertSameName(b.view(6), a.view(6));
    }
  }

  @Test
  @DisplayName("A06 an operand that no derivative reads may change before backward")
  void unread() {
    Tensor x = Tensors.rand(3, 3).requiresGrad_();
    Tensor bias = Tensors.rand(3).requiresGrad_();
    Tensor image = Tensors.rand(1, 1, 3, 3).requiresGrad_();
    Tensor one = Tensors.rand(3, 3);
    Tensor result = x.mul(1);
    Tensor y = result.mm(one);
    Tensor z = bias.addmm(one, Tensors.rand(3, 3));
    Tensor pixels = image.mul(1);
    Tensor conv =
        Functional.conv2d(
            pixels, Tensors.rand(1, 1, 2, 2), null, new Window(2, 2, 1, 1, 0, 0, 1, 1, 1));
    Tensor loss = y.sum().add(z.sum()).add(conv.sum());
    result.add_(1);
    pixels.add_(1);
    loss.backward();
    assertArrayEquals(new float[] {3, 3, 3}, bias.grad().toFloatArray());
    Tensor product = bias.detach().addmm(x, one);
    one.zero_();
    assertError(
        AutogradException.class,
        "modified by an inplace operation",
        () -> product.sum().backward());
  }

  @Test
  @DisplayName("A04 a node that saved a number alone is not freed by a backward")
  void numbersStay() {
    Tensor x = leaf(2, 3);
    Tensor y = x.div(2).mul(4).sum();
    y.backward();
    y.backward();
    assertArrayEquals(new float[] {4, 4}, x.grad().toFloatArray());
  }

  @Test
  @DisplayName("T16 the extreme of a 0-D tensor is no view of it")
  void extremeOfOne() {
    Tensor x = leaf(2).get(0).detach().requiresGrad_();
    Tensor max = x.max(0).values();
    assertEquals("MaxBackward0", name(max));
    max.mul_(3).backward();
    assertEquals(3, x.grad().item());
    assertEquals(2, x.item());
  }

  private static void assertSameName(org.bytedeco.pytorch.Tensor expected, Tensor actual) {
    assertEquals(expected.grad_fn().name().getString(), name(actual));
  }
}
