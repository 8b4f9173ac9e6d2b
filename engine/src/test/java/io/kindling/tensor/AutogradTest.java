package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.tensor.Functional.Reduction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AutogradTest {

  private static Tensor leaf(double... values) {
    return Tensors.tensor(values).requiresGrad_();
  }

  @Test
  @DisplayName("A01 a result requires a gradient when an input does; leaves have no grad_fn")
  void requiresGrad() {
    Tensor a = leaf(1, 2);
    Tensor b = Tensors.tensor(3.0, 4.0);
    assertTrue(a.isLeaf());
    assertTrue(a.mul(b).requiresGrad());
    assertFalse(a.mul(b).isLeaf());
    assertFalse(b.mul(b).requiresGrad());
    assertTrue(b.mul(b).isLeaf());
    assertFalse(a.gt(1).requiresGrad());
    assertFalse(a.toLong().requiresGrad());
    assertTrue(a.toDouble().requiresGrad());
    a.requiresGrad_(false);
    assertFalse(a.mul(b).requiresGrad());
    assertError(
        AutogradException.class,
        "only Tensors of floating point dtype can require gradients",
        () -> Tensors.arange(3).requiresGrad_());
    assertError(
        AutogradException.class,
        "you can only change requires_grad flags of leaf variables.",
        () -> leaf(1).mul(2).requiresGrad_(false));
  }

  private static String name(Tensor t) {
    Node fn = t.gradFn();
    return fn == null ? "" : fn.name();
  }

  @Test
  @DisplayName("A02 grad_fn has PyTorch's names")
  void names() {
    Tensor x = Tensors.rand(3, 3).requiresGrad_();
    Tensor v = leaf(1, 2, 3);
    assertEquals("AddBackward0", name(x.add(1)));
    assertEquals("SubBackward0", name(x.sub(v)));
    assertEquals("MulBackward0", name(x.mul(2)));
    assertEquals("DivBackward0", name(x.div(2)));
    assertEquals("PowBackward0", name(x.pow(2)));
    assertEquals("PowBackward1", name(x.pow(v)));
    assertEquals("NegBackward0", name(x.neg()));
    assertEquals("SumBackward0", name(x.sum()));
    assertEquals("SumBackward1", name(x.sum(0)));
    assertEquals("MeanBackward0", name(x.mean()));
    assertEquals("MeanBackward1", name(x.mean(0)));
    assertEquals("MmBackward0", name(x.mm(x)));
    assertEquals("AddmmBackward0", name(v.addmm(x, x)));
    assertEquals("DotBackward0", name(v.dot(v)));
    assertEquals("ReluBackward0", name(x.relu()));
    assertEquals("SigmoidBackward0", name(x.sigmoid()));
    assertEquals("TanhBackward0", name(x.tanh()));
    assertEquals("ExpBackward0", name(x.exp()));
    assertEquals("LogSoftmaxBackward0", name(x.logSoftmax(1)));
    assertEquals("SoftmaxBackward0", name(x.softmax(1)));
    assertEquals("MaxBackward1", name(x.max()));
    assertEquals("MaxBackward0", name(x.max(0).values()));
    assertEquals("ViewBackward0", name(x.view(9)));
    assertEquals("TBackward0", name(x.t()));
    assertEquals("TransposeBackward0", name(x.transpose(0, 1)));
    assertEquals("PermuteBackward0", name(x.permute(1, 0)));
    assertEquals("SelectBackward0", name(x.get(0)));
    assertEquals("SliceBackward0", name(x.get("1:")));
    assertEquals("UnsqueezeBackward0", name(x.unsqueeze(0)));
    assertEquals("ExpandBackward0", name(v.expand(2, 3)));
    assertEquals("CloneBackward0", name(x.clone_()));
    assertEquals("ToCopyBackward0", name(x.toDouble()));
    assertEquals("CatBackward0", name(Tensors.cat(List.of(x, x), 0)));
    assertEquals("IndexBackward0", name(x.get(x.detach().gt(0.5))));
    assertEquals("GatherBackward0", name(x.gather(0, Tensors.zeros(DType.INT64, 1, 3))));
    assertEquals("MseLossBackward0", name(Functional.mseLoss(x, x, Reduction.MEAN)));
    assertEquals("NllLossBackward0", name(Functional.nllLoss(x, Tensors.tensor(0L, 1L, 2L))));
    assertEquals("<AddBackward0>", String.valueOf(x.add(1).gradFn()));
  }

  @Test
  @DisplayName("A02 next functions lead back to the leaves")
  void graph() {
    Tensor a = leaf(1);
    Tensor b = Tensors.tensor(new double[] {2}).to(DType.FLOAT32);
    Node mul = a.exp().mul(b).gradFn();
    assertNotNull(mul);
    assertEquals("ExpBackward0", mul.nextFunctions().get(0).name());
    assertNull(mul.nextFunctions().get(1));
    assertEquals("AccumulateGrad", mul.nextFunctions().get(0).nextFunctions().get(0).name());
  }

  @Test
  @DisplayName("A03 backward without a gradient needs one element, with one the shape must fit")
  void rootErrors() {
    Tensor a = leaf(1, 2);
    assertError(
        AutogradException.class,
        "grad can be implicitly created only for scalar outputs",
        () -> a.mul(2).backward());
    assertError(
        AutogradException.class,
        "Mismatch in shape: grad_output[0] has a shape of [3] and output[0] has a shape of [2].",
        () -> a.mul(2).backward(Tensors.ones(3)));
    assertError(
        AutogradException.class,
        "element 0 of tensors does not require grad and does not have a grad_fn",
        () -> a.detach().sum().backward());
    a.mul(2).backward(Tensors.tensor(1.0, 10.0));
    assertArrayEquals(new float[] {2, 20}, a.grad().toFloatArray());
    Tensor one = leaf(3);
    one.mul(one).view(1, 1).backward();
    assertArrayEquals(new float[] {6}, one.grad().toFloatArray());
  }

  @Test
  @DisplayName("A04 gradients add up over backward calls and over uses")
  void accumulation() {
    Tensor a = leaf(2);
    a.mul(3).sum().backward();
    a.mul(4).sum().backward();
    assertEquals(7, a.grad().item());
    a.setGrad(null);
    a.mul(a).mul(a).sum().backward();
    assertEquals(12, a.grad().item());
    Tensor first = a.grad();
    a.mul(1).sum().backward();
    assertEquals(13, first.item());
  }

  @Test
  @DisplayName("A04 a second backward through a freed graph is PyTorch's error, unless retained")
  void freed() {
    Tensor a = leaf(2);
    Tensor y = a.exp().sum();
    y.backward();
    assertError(
        AutogradException.class,
        "Trying to backward through the graph a second time (or directly access saved tensors after"
            + " they have already been freed). Saved intermediate values of the graph are freed"
            + " when you call .backward() or autograd.grad(). Specify retain_graph=True if you need"
            + " to backward through the graph a second time or if you need to access saved tensors"
            + " after calling backward.",
        y::backward);
    Tensor z = a.exp().sum();
    z.backward(null, true, false);
    z.backward();
    assertEquals(3 * Math.exp(2), a.grad().item(), 1e-4);
    Tensor plain = a.add(1).sum();
    plain.backward();
    plain.backward();
  }

  @Test
  @DisplayName("A05 no_grad nests, and ends with the block even when it throws")
  void noGrad() {
    Tensor a = leaf(1);
    try (GradMode.Guard outer = Tensors.noGrad()) {
      assertFalse(a.mul(2).requiresGrad());
      try (GradMode.Guard inner = GradMode.set(true)) {
        assertTrue(a.mul(2).requiresGrad());
      }
      try (GradMode.Guard inner = Tensors.noGrad()) {
        assertFalse(a.mul(2).requiresGrad());
      }
      assertFalse(a.mul(2).requiresGrad());
    }
    assertTrue(GradMode.isEnabled());
    assertThrows(
        IllegalStateException.class,
        () -> {
          try (GradMode.Guard g = Tensors.noGrad()) {
            throw new IllegalStateException();
          }
        });
    assertTrue(a.mul(2).requiresGrad());
  }

  @Test
  @DisplayName("A05 no_grad is of one thread")
  void noGradThreads() throws InterruptedException {
    boolean[] seen = {false};
    try (GradMode.Guard g = Tensors.noGrad()) {
      Thread t = new Thread(() -> seen[0] = GradMode.isEnabled());
      t.start();
      t.join();
    }
    assertTrue(seen[0]);
  }

  @Test
  @DisplayName("A05 detach and data share values and leave the graph")
  void detach() {
    Tensor a = leaf(1, 2);
    Tensor y = a.mul(2);
    Tensor d = y.detach();
    assertFalse(d.requiresGrad());
    assertSame(y.strided().storage(), d.strided().storage());
    y.mul(d).sum().backward();
    assertArrayEquals(new float[] {4, 8}, a.grad().toFloatArray());
  }

  @Test
  @DisplayName("A08 the graph follows the program: branches, loops and recursion")
  void controlFlow() {
    for (int n = 0; n < 5; n++) {
      Tensor a = leaf(1.5);
      power(a, n).backward();
      assertEquals(n * Math.pow(1.5, n - 1), n == 0 ? 0 : a.grad().item(), 1e-5);
    }
    Tensor x = leaf(0.3);
    Tensor y = x;
    while (y.detach().item() < 10) {
      y = y.detach().item() > 1 ? y.mul(3) : y.mul(2);
    }
    y.backward();
    assertEquals(2 * 2 * 3 * 3, x.grad().item());
  }

  private static Tensor power(Tensor x, int n) {
    return n == 0 ? x.mul(0).add(1) : x.mul(power(x, n - 1));
  }

  @Test
  @DisplayName("A08 a chain of ten thousand operators does not overflow the stack")
  void deep() {
    Tensor a = leaf(1);
    Tensor y = a;
    for (int i = 0; i < 10_000; i++) {
      y = y.add(1);
    }
    y.backward();
    assertEquals(1, a.grad().item());
  }

  @Test
  @DisplayName("A09 retain_grad keeps the gradient of a result")
  void retainGrad() {
    Tensor a = leaf(1, 2);
    Tensor y = a.mul(3);
    y.retainGrad();
    y.mul(y).sum().backward();
    assertArrayEquals(new float[] {6, 12}, y.grad().toFloatArray());
    assertArrayEquals(new float[] {18, 36}, a.grad().toFloatArray());
    assertNull(a.mul(3).grad());
    assertError(
        AutogradException.class,
        "can't retain_grad on Tensor that has requires_grad=False",
        () -> Tensors.ones(1).retainGrad());
  }

  @Test
  @DisplayName("A09 hooks see and change gradients, of results and of leaves, until removed")
  void hooks() throws Exception {
    Tensor a = leaf(1, 2);
    Tensor y = a.mul(3);
    List<float[]> seen = new ArrayList<>();
    AutoCloseable onResult =
        y.registerHook(
            g -> {
              seen.add(g.toFloatArray());
              return g.mul(10);
            });
    AutoCloseable onLeaf = a.registerHook(g -> g.add(1));
    a.registerHook(g -> null);
    y.sum().backward(null, true, false);
    assertArrayEquals(new float[] {1, 1}, seen.get(0));
    assertArrayEquals(new float[] {31, 31}, a.grad().toFloatArray());
    onResult.close();
    onLeaf.close();
    a.setGrad(null);
    y.sum().backward();
    assertArrayEquals(new float[] {3, 3}, a.grad().toFloatArray());
    assertEquals(1, seen.size());
    assertError(
        AutogradException.class,
        "cannot register a hook on a tensor that doesn't require gradient",
        () -> Tensors.ones(1).registerHook(g -> g));
  }

  @Test
  @DisplayName("A09 grad gives gradients without accumulating, of leaves and of results")
  void grad() {
    Tensor a = leaf(1, 2);
    Tensor b = leaf(5, 6);
    Tensor y = a.mul(b);
    Tensor z = y.mul(y).sum();
    List<Tensor> g = Autograd.grad(List.of(z), List.of(a, y));
    assertArrayEquals(new float[] {50, 144}, g.get(0).toFloatArray());
    assertArrayEquals(new float[] {10, 24}, g.get(1).toFloatArray());
    assertNull(a.grad());
    assertNull(b.grad());
    Tensor w = a.mul(2);
    List<@Nullable Tensor> vjp =
        Autograd.grad(
            List.of(w), List.of(a), List.of(Tensors.tensor(1.0, 3.0)), false, false, false);
    assertArrayEquals(new float[] {2, 6}, vjp.get(0).toFloatArray());
    List<Tensor> two = Autograd.grad(List.of(a.sum(), a.mul(b).sum()), List.of(a));
    assertArrayEquals(new float[] {6, 7}, two.get(0).toFloatArray());
  }

  @Test
  @DisplayName("A09 grad of an unused input is an error, or null where that is allowed")
  void unused() {
    Tensor a = leaf(1);
    Tensor b = leaf(2);
    assertError(
        AutogradException.class,
        "One of the differentiated Tensors appears to not have been used in the graph. Set"
            + " allow_unused=True if this is the desired behavior.",
        () -> Autograd.grad(List.of(a.mul(2)), List.of(a, b)));
    List<@Nullable Tensor> g =
        Autograd.grad(List.of(a.mul(2)), List.of(a, b), List.of(), false, false, true);
    assertNotNull(g.get(0));
    assertNull(g.get(1));
    assertError(
        AutogradException.class,
        "One of the differentiated Tensors does not require grad",
        () -> Autograd.grad(List.of(a.mul(2)), List.of(Tensors.ones(1))));
  }

  @Test
  @DisplayName("A10 gradients of gradients: the third derivative of x^4")
  void higherOrder() {
    Tensor x = leaf(2);
    Tensor y = x.pow(4);
    for (double expected : new double[] {32, 48, 48, 24}) {
      y = Autograd.grad(List.of(y), List.of(x), List.of(), true, true, false).get(0);
      assertEquals(expected, y.item(), 1e-4);
    }
    Tensor a = leaf(3);
    a.pow(3).backward(null, false, true);
    assertTrue(a.grad().requiresGrad());
    Tensor penalty = a.grad().pow(2).sum();
    assertEquals(2 * 27 * 18, Autograd.grad(List.of(penalty), List.of(a)).get(0).item(), 1e-2);
  }

  @Test
  @DisplayName("A11 gradcheck finds a wrong derivative and names input, element and both values")
  void gradcheck() {
    Tensor x = Tensors.tensor(new double[] {1, 2}, DType.FLOAT64).requiresGrad_();
    Gradcheck.gradcheck(in -> in[0].exp(), x);
    assertError(
        AutogradException.class,
        "gradcheck: Jacobian mismatch for output 0 with respect to input 0: element [1] of the"
            + " output by element [1] of the input, numerical: 12.0",
        () -> Gradcheck.gradcheck(in -> new WrongCube().apply(in), x));
    assertError(
        AutogradException.class,
        "analytical: 13.0",
        () -> Gradcheck.gradcheck(in -> new WrongCube().apply(in), x));
    assertError(
        AutogradException.class,
        "gradcheck: input 0 is torch.float32; differences need float64",
        () -> Gradcheck.gradcheck(in -> in[0].exp(), leaf(1)));
  }

  private static final class WrongCube extends Function {
    @Override
    protected Tensor forward(Context ctx, Tensor... x) {
      ctx.saveForBackward(x[0]);
      return x[0].pow(3);
    }

    @Override
    protected Tensor[] backward(Context ctx, Tensor g) {
      Tensor x = ctx.saved(0);
      return new Tensor[] {g.mul(x.pow(2).mul(3).add(x.eq(2).toDouble()))};
    }
  }

  @Test
  @DisplayName("A12 PyTorch's tutorial values come out exactly")
  void tutorial() {
    Tensor a = leaf(2, 3);
    Tensor b = leaf(6, 4);
    a.pow(3).mul(3).sub(b.pow(2)).backward(Tensors.tensor(1.0, 1.0));
    assertArrayEquals(new float[] {36, 81}, a.grad().toFloatArray());
    assertArrayEquals(new float[] {-12, -8}, b.grad().toFloatArray());
    Tensor x = leaf(2);
    Tensor y = x.pow(2).add(3).mul(2);
    y.backward();
    assertEquals(14, y.item());
    assertEquals(8, x.grad().item());
    Tensor w = Tensors.tensor(2.0).requiresGrad_();
    Tensor c = Tensors.tensor(3.0).requiresGrad_();
    Tensor in = Tensors.tensor(1.0).requiresGrad_();
    w.mul(in).add(c).backward();
    assertEquals(1, w.grad().item());
    assertEquals(2, in.grad().item());
    assertEquals(1, c.grad().item());
  }

  private static final class Cube extends Function {
    @Override
    protected Tensor forward(Context ctx, Tensor... x) {
      ctx.saveForBackward(x[0]);
      assertFalse(GradMode.isEnabled());
      return x[0].pow(3).mul(x[1]);
    }

    @Override
    protected @Nullable Tensor[] backward(Context ctx, Tensor g) {
      assertTrue(ctx.needsInputGrad(0));
      assertFalse(ctx.needsInputGrad(1));
      return new Tensor[] {g.mul(ctx.saved(0).pow(2).mul(3)), null};
    }
  }

  private static final class Exp extends Function {
    @Override
    protected Tensor forward(Context ctx, Tensor... x) {
      Tensor y = x[0].exp();
      ctx.saveForBackward(y);
      return y;
    }

    @Override
    protected Tensor[] backward(Context ctx, Tensor g) {
      return new Tensor[] {g.mul(ctx.saved(0))};
    }
  }

  @Test
  @DisplayName("A13 a user's function takes part in the graph, in second derivatives too")
  void customFunction() {
    Tensor x = leaf(2, 3);
    Tensor y = new Cube().apply(x, Tensors.ones(2));
    assertEquals("CubeBackward", name(y));
    y.mul(2).sum().backward();
    assertArrayEquals(new float[] {24, 54}, x.grad().toFloatArray());
    Tensor d = Tensors.tensor(new double[] {0.3, -0.7}, DType.FLOAT64).requiresGrad_();
    Tensor one = Tensors.ones(DType.FLOAT64, 2);
    Gradcheck.gradcheck(in -> new Cube().apply(in[0], one), d);
    Gradcheck.gradgradcheck(in -> new Cube().apply(in[0], one), d);
    Gradcheck.gradcheck(in -> new Exp().apply(in), d);
    Gradcheck.gradgradcheck(in -> new Exp().apply(in), d);
    assertFalse(new Cube().apply(Tensors.ones(2), Tensors.ones(2)).requiresGrad());
  }

  @Test
  @DisplayName("A13 a function's saved input that changed in place is detected")
  void customFunctionVersion() {
    Tensor x = leaf(2);
    Tensor in = x.mul(1);
    Tensor y = new Exp2().apply(in);
    in.add_(1);
    assertError(
        AutogradException.class,
        "has been modified by an inplace operation: [torch.FloatTensor [1]], which is output 0 of"
            + " AddBackward0, is at version 1; expected version 0 instead.",
        y::backward);
  }

  private static final class Exp2 extends Function {
    @Override
    protected Tensor forward(Context ctx, Tensor... x) {
      ctx.saveForBackward(x[0]);
      return x[0].exp();
    }

    @Override
    protected Tensor[] backward(Context ctx, Tensor g) {
      return new Tensor[] {g.mul(ctx.saved(0).exp())};
    }
  }

  @Test
  @DisplayName("A06 leaves are updated in place under no_grad, and only there")
  void leafUpdate() {
    Tensor w = leaf(1, 2);
    w.mul(w).sum().backward();
    try (GradMode.Guard g = Tensors.noGrad()) {
      w.sub_(w.grad().mul(0.5));
    }
    assertArrayEquals(new float[] {0, 0}, w.toFloatArray());
    assertTrue(w.isLeaf());
    assertTrue(w.requiresGrad());
    assertError(
        AutogradException.class,
        "a leaf Variable that requires grad is being used in an in-place operation.",
        () -> w.add_(1));
    assertError(
        AutogradException.class,
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        () -> w.view(2).add_(1));
    assertError(
        AutogradException.class,
        "a leaf Variable that requires grad is being used in an in-place operation.",
        () -> w.normal_(0, 1));
  }

  @Test
  @DisplayName("A06 a saved tensor that changed in place is detected and named")
  void version() {
    Tensor x = leaf(1, 2);
    Tensor y = x.exp();
    y.mul_(2);
    assertError(
        AutogradException.class,
        "one of the variables needed for gradient computation has been modified by an inplace"
            + " operation: [torch.FloatTensor [2]], which is output 0 of ExpBackward0, is at"
            + " version 1; expected version 0 instead.",
        () -> y.sum().backward());
    Tensor c = Tensors.tensor(3.0, 4.0);
    Tensor z = x.mul(c);
    c.view(2).zero_();
    assertError(
        AutogradException.class,
        "[torch.FloatTensor [2]] is at version 1; expected version 0 instead.",
        () -> z.sum().backward());
    Tensor sum = x.add(c);
    c.add_(1);
    sum.sum().backward();
  }

  @Test
  @DisplayName("A06 in-place operators rename grad_fn; a write through a view becomes CopySlices")
  void inPlaceNames() {
    Tensor y = leaf(1, 2).mul(1);
    y.add_(1);
    assertEquals("AddBackward0", name(y));
    Tensor v = y.select(0, 0);
    v.mul_(2);
    assertEquals("CopySlices", name(y));
    assertEquals("AsStridedBackward0", name(v));
  }

  @Test
  @DisplayName("A07 what needs no gradient gets none and saves nothing")
  void frozen() {
    Tensor w = Tensors.rand(3, 3);
    Tensor x = Tensors.rand(2, 3).requiresGrad_();
    Tensor y = x.mm(w);
    y.sum().backward();
    assertNull(w.grad());
    assertNull(y.grad());
    assertArrayEquals(
        w.sum(1).expand(2, 3).reshape(6).toFloatArray(), x.grad().toFloatArray(), 1e-6f);
  }

  @Test
  @DisplayName("A04 a gradient of another shape cannot be assigned")
  void setGrad() {
    assertError(
        AutogradException.class,
        "assigned grad has data of a different size: [3] for a tensor of [2]",
        () -> leaf(1, 2).setGrad(Tensors.ones(3)));
  }

  @Test
  @DisplayName("A04 the gradients of two leaves, and the caller's, do not share memory")
  void gradientsOfTheirOwn() {
    Tensor a = leaf(1, 1, 1);
    Tensor b = leaf(1, 1, 1);
    a.add(b).pow(2).sum().backward();
    a.grad().mul_(10);
    assertArrayEquals(new float[] {40, 40, 40}, a.grad().toFloatArray());
    assertArrayEquals(new float[] {4, 4, 4}, b.grad().toFloatArray());
    Tensor c = leaf(1, 1, 1);
    Tensor g = Tensors.ones(3);
    c.add(1).backward(g);
    g.zero_();
    assertArrayEquals(new float[] {1, 1, 1}, c.grad().toFloatArray());
    Tensor d = leaf(2, 3);
    Tensor kept = d.mul(2);
    kept.retainGrad();
    kept.view(2).sum().backward();
    kept.grad().zero_();
    assertArrayEquals(new float[] {2, 2}, d.grad().toFloatArray());
  }

  @Test
  @DisplayName("A04 a gradient is dense and takes later ones in place")
  void accumulatesInPlace() {
    Tensor a = leaf(1, 2, 3);
    a.sum().backward();
    Tensor grad = a.grad();
    a.sum().backward();
    assertSame(grad, a.grad());
    assertArrayEquals(new float[] {2, 2, 2}, grad.toFloatArray());
    grad.zero_();
    assertArrayEquals(new float[3], a.grad().toFloatArray());
  }

  @Test
  @DisplayName("A13 a function that returns a tensor it keeps does not give it away")
  void functionKeepsItsTensor() {
    Tensor constant = Tensors.ones(2);
    Function f =
        new Function() {
          @Override
          protected Tensor forward(Context ctx, Tensor... x) {
            return x[0].mul(1);
          }

          @Override
          protected Tensor[] backward(Context ctx, Tensor grad) {
            return new Tensor[] {constant};
          }
        };
    Tensor a = leaf(1, 2);
    f.apply(a).sum().backward();
    a.grad().mul_(5);
    assertArrayEquals(new float[] {1, 1}, constant.toFloatArray());
  }

  @Test
  @DisplayName("T17 the gradient of cumsum sums from the end, without cancellation")
  void cumsumGradient() {
    Tensor a = leaf(1, 1, 1);
    a.cumsum(0).backward(Tensors.tensor(1e8, 3, 1));
    assertArrayEquals(new float[] {1e8f, 4, 1}, a.grad().toFloatArray());
  }

  @Test
  @DisplayName("T19 a batch of single rows cut from wider memory multiplies as its copy does")
  void batchOfCutRows() {
    Tensor a = Tensors.rand(2, 17, 1);
    Tensor b = Tensors.rand(2, 2, 64).get(":, ::2");
    assertArrayEquals(a.matmul(b.contiguous()).toFloatArray(), a.matmul(b).toFloatArray(), 1e-6f);
    Tensor column = Tensors.rand(3, 4, 8).get(":, :, :1");
    Tensor row = Tensors.rand(3, 1, 4);
    assertArrayEquals(
        row.bmm(column.contiguous()).toFloatArray(), row.bmm(column).toFloatArray(), 1e-6f);
  }
}
