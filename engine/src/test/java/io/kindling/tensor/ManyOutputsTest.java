package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Operators with several outputs")
class ManyOutputsTest {
  private static Tensor leaf(double... values) {
    return Tensors.tensor(values, DType.FLOAT64).requiresGrad_();
  }

  private static class SinCos extends MultiFunction {
    @Override
    protected Tensor[] forward(Function.Context ctx, Tensor... x) {
      Tensor sin = x[0].sin();
      Tensor cos = x[0].cos();
      ctx.saveForBackward(sin, cos);
      return new Tensor[] {sin, cos};
    }

    @Override
    protected @Nullable Tensor[] backward(Function.Context ctx, @Nullable Tensor... g) {
      return new Tensor[] {g[0].mul(ctx.saved(1)).sub(g[1].mul(ctx.saved(0)))};
    }
  }

  @Test
  @DisplayName("A13 a user's function of two outputs has first and second derivatives")
  void function() {
    Tensor x = leaf(0.3, -0.7);
    Tensor[] y = new SinCos().apply(x);
    assertEquals("SinCosBackward", String.valueOf(y[1].gradFn().name()));
    assertSame(y[0].gradFn(), y[1].gradFn());
    Tensor loss = y[0].mul(2).add(y[1].mul(y[0])).sum();
    loss.backward();
    double[] expected = new double[2];
    for (int i = 0; i < 2; i++) {
      double v = i == 0 ? 0.3 : -0.7;
      expected[i] = 2 * Math.cos(v) + Math.cos(2 * v);
    }
    assertArrayEquals(expected, x.grad().toDoubleArray(), 1e-12);
    Gradcheck.gradcheck(in -> new SinCos().apply(in)[0].mul(new SinCos().apply(in)[1]), x);
    Gradcheck.gradgradcheck(
        in -> {
          Tensor[] two = new SinCos().apply(in);
          return two[0].exp().mul(two[1]);
        },
        x);
    assertFalse(new SinCos().apply(Tensors.ones(2))[0].requiresGrad());
  }

  @Test
  @DisplayName("A13 an output from which nothing is computed has zeros as its gradient, or null")
  void undefined() {
    Tensor x = leaf(0.3);
    new SinCos().apply(x)[1].sum().backward();
    assertEquals(-Math.sin(0.3), x.grad().item(), 1e-12);
    List<Boolean> arrived = new ArrayList<>();
    MultiFunction bare =
        new MultiFunction() {
          @Override
          protected Tensor[] forward(Function.Context ctx, Tensor... in) {
            ctx.setMaterializeGrads(false);
            return new Tensor[] {in[0].mul(2), in[0].mul(3), in[0].gt(0)};
          }

          @Override
          protected @Nullable Tensor[] backward(Function.Context ctx, @Nullable Tensor... g) {
            for (Tensor each : g) {
              arrived.add(each != null);
            }
            return new Tensor[] {g[1].mul(3)};
          }
        };
    Tensor z = leaf(1);
    Tensor[] out = bare.apply(z);
    assertFalse(out[2].requiresGrad());
    out[1].backward(Tensors.ones(DType.FLOAT64, 1));
    assertEquals(List.of(false, true, false), arrived);
    assertEquals(3, z.grad().item());
  }

  @Test
  @DisplayName("A13 a result marked as not differentiable requires no gradient")
  void constant() {
    MultiFunction f =
        new MultiFunction() {
          @Override
          protected Tensor[] forward(Function.Context ctx, Tensor... in) {
            Tensor c = in[0].add(1);
            ctx.markNonDifferentiable(c);
            return new Tensor[] {in[0].mul(2), c};
          }

          @Override
          protected @Nullable Tensor[] backward(Function.Context ctx, @Nullable Tensor... g) {
            return new Tensor[] {g[0].mul(2), null};
          }
        };
    Tensor[] out = f.apply(leaf(1));
    assertTrue(out[0].requiresGrad());
    assertFalse(out[1].requiresGrad());
    assertError(
        AutogradException.class,
        "returned an incorrect number of gradients (expected 1, got 2)",
        () -> out[0].sum().backward());
  }

  @Test
  @DisplayName("A09 a hook belongs to one output")
  void hooks() {
    Tensor x = leaf(1, 2, 3, 4);
    List<Tensor> rows = x.mul(1).view(2, 2).unbind();
    rows.get(1).registerHook(g -> g.mul(10));
    rows.get(0).retainGrad();
    rows.get(0).add(rows.get(1)).sum().backward(null, true, false);
    assertArrayEquals(new double[] {1, 1, 10, 10}, x.grad().toDoubleArray());
    assertArrayEquals(new double[] {1, 1}, rows.get(0).grad().toDoubleArray());
    x.setGrad(null);
    rows.get(1).sum().backward();
    assertArrayEquals(new double[] {0, 0, 10, 10}, x.grad().toDoubleArray());
  }

  @Test
  @DisplayName("A09 grad collects at one output of several")
  void captured() {
    Tensor x = leaf(1, 2, 3, 4);
    List<Tensor> rows = x.mul(1).view(2, 2).unbind();
    Tensor loss = rows.get(0).mul(rows.get(1)).sum();
    List<Tensor> g = Autograd.grad(List.of(loss), List.of(rows.get(1), rows.get(0)));
    assertArrayEquals(new double[] {1, 2}, g.get(0).toDoubleArray());
    assertArrayEquals(new double[] {3, 4}, g.get(1).toDoubleArray());
    List<@Nullable Tensor> one =
        Autograd.grad(
            List.of(rows.get(0).sum()),
            List.of(rows.get(0), rows.get(1)),
            List.of(),
            false,
            false,
            true);
    assertNotNull(one.get(0));
    assertNull(one.get(1));
  }

  @Test
  @DisplayName("A06 a saved output that changed in place is named by its number")
  void savedOutput() {
    Tensor[] y = new SinCos().apply(leaf(1));
    y[1].mul_(2);
    assertError(
        AutogradException.class,
        "which is output 1 of SinCosBackward, is at version 1; expected version 0 instead.",
        () -> y[0].sum().backward());
  }

  @Test
  @DisplayName("A06 views given together cannot be written while gradients are recorded")
  void views() {
    Tensor y = leaf(1, 2, 3, 4).mul(1).view(2, 2);
    assertError(
        AutogradException.class,
        "Output 1 of UnbindBackward0 is a view and is being modified inplace. This view is the"
            + " output of a function that returns multiple views. Such functions do not allow the"
            + " output views to be modified inplace. You should replace the inplace operation by an"
            + " out-of-place one.",
        () -> y.unbind().get(1).add_(1));
    assertError(
        AutogradException.class,
        "Output 0 of ViewBackward0 is a view and is being modified inplace.",
        () -> y.split(1, 0).get(1).view(2).add_(1));
    assertError(
        AutogradException.class,
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled.",
        () -> Tensors.zeros(2, 2).unbind().get(0).mul_(leaf(1, 2).toFloat()));
    Tensor plain = Tensors.zeros(2, 2);
    plain.chunk(2, 1).get(1).add_(1);
    assertArrayEquals(new float[] {0, 1, 0, 1}, plain.toFloatArray());
    assertEquals("UnbindBackward0", y.unbind().get(0).gradFn().name());
    assertEquals("SplitBackward0", y.split(1, 0).get(0).gradFn().name());
    assertEquals("SplitBackward0", y.chunk(2, 0).get(0).gradFn().name());
    assertEquals("SplitWithSizesBackward0", y.split(new long[] {1, 1}, 0).get(0).gradFn().name());
  }
}
