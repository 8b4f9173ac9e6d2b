package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.device.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.opentest4j.MultipleFailuresError;

@DisplayName("Every operator of the table")
class OperatorTest {
  /** Differences are taken an element at a time, so only of small inputs. */
  private static final long DIFFERENCED = 32;

  /** What libtorch refuses so often it refuses for the type, and its errors are slow. */
  private static final int REFUSALS = 3;

  private static final DType[] FLOATING =
      Arrays.stream(DType.values()).filter(DType::isFloatingPoint).toArray(DType[]::new);

  private interface Check {
    /** False where libtorch refuses the call. */
    boolean run(OpRow.Form form, OpSample sample);
  }

  @TestFactory
  @DisplayName("T15 T17 T19 gives libtorch's values, type and shape, or fails where it fails")
  Stream<DynamicNode> forward() {
    return OpTable.ROWS.stream()
        .map(
            row -> {
              List<DynamicNode> tests = new ArrayList<>();
              for (DType dtype : DType.values()) {
                tests.add(test(row, dtype.torchName(), dtype, (f, s) -> forward(row, f, s, dtype)));
              }
              return dynamicContainer(row.name, tests);
            });
  }

  @TestFactory
  @DisplayName("A01 gives libtorch's gradients")
  Stream<DynamicNode> gradient() {
    return OpTable.ROWS.stream()
        .map(
            row -> {
              List<DynamicNode> tests = new ArrayList<>();
              for (DType dtype : FLOATING) {
                tests.add(
                    test(row, dtype.torchName(), dtype, (f, s) -> gradient(row, f, s, dtype)));
              }
              return dynamicContainer(row.name, tests);
            });
  }

  @TestFactory
  @DisplayName("A11 has the gradient that central differences give")
  Stream<DynamicNode> gradcheck() {
    return OpTable.ROWS.stream()
        .filter(row -> row.once)
        .map(
            row ->
                test(
                    row,
                    row.name,
                    DType.FLOAT64,
                    (f, s) -> {
                      Tensor[] x = differentiable(f, s);
                      if (x != null) {
                        Gradcheck.gradcheck(f.ours()::apply, x);
                      }
                      return true;
                    }));
  }

  @TestFactory
  @DisplayName("A10 has the second derivative that central differences give")
  Stream<DynamicNode> gradgradcheck() {
    return OpTable.ROWS.stream()
        .filter(row -> row.twice)
        .map(
            row ->
                test(
                    row,
                    row.name,
                    DType.FLOAT64,
                    (f, s) -> {
                      Tensor[] x = differentiable(f, s);
                      if (x != null) {
                        Gradcheck.gradgradcheck(f.ours()::apply, x);
                      }
                      return true;
                    }));
  }

  private static DynamicNode test(OpRow row, String label, DType dtype, Check check) {
    return dynamicTest(
        label,
        () -> {
          List<Throwable> failures = new ArrayList<>();
          for (OpRow.Form form : row.forms) {
            int refused = 0;
            for (OpSample sample : form.samples()) {
              boolean skipped = sample.onlyFloating() && dtype.isIntegral();
              if (skipped || (refused == REFUSALS && dtype.isIntegral())) {
                continue;
              }
              try (PointerScope theirs = Torch.scope();
                  Generator.Guard seeded = Generator.use(RandomStream.of(3));
                  Scope ours = Scope.open()) {
                refused = check.run(form, sample) ? 0 : refused + 1;
              } catch (AssertionError e) {
                failures.add(e);
              } catch (RuntimeException e) {
                failures.add(new AssertionError(describe(row, form, sample) + ": " + e, e));
              }
            }
          }
          if (!failures.isEmpty()) {
            throw new MultipleFailuresError(row.name + " in " + dtype, failures);
          }
        });
  }

  private static String describe(OpRow row, OpRow.Form form, OpSample sample) {
    return row.name + " " + form.label() + " on " + sample;
  }

  private static boolean forward(OpRow row, OpRow.Form form, OpSample sample, DType dtype) {
    String what = describe(row, form, sample);
    Tensor[] x = sample.make(dtype, 1);
    org.bytedeco.pytorch.Tensor expected =
        theirs(what, form, Torch.of(x), () -> form.ours().apply(x));
    if (expected == null) {
      return false;
    }
    Tensor actual = form.ours().apply(x);
    compare(row, what, dtype, expected, actual, () -> form.theirs().apply(floats(x)), false);
    return true;
  }

  /** What libtorch computes; null where it refuses, and then Kindling has to refuse too. */
  private static org.bytedeco.pytorch.Tensor theirs(
      String what, OpRow.Form form, org.bytedeco.pytorch.Tensor[] x, Executable ours) {
    try {
      return form.theirs().apply(x);
    } catch (RuntimeException e) {
      assertRefuses(what, e, ours);
      return null;
    }
  }

  private static void assertRefuses(String what, RuntimeException theirs, Executable ours) {
    try {
      ours.execute();
    } catch (KindlingException | ArithmeticException e) {
      return;
    } catch (Throwable e) {
      throw new AssertionError(what + ": not an error of ours: " + e, e);
    }
    throw new AssertionError(what + ": libtorch refuses this, Kindling does not: " + theirs);
  }

  /** The coarsest type in the computation decides. */
  private static void compare(
      OpRow row,
      String what,
      DType dtype,
      org.bytedeco.pytorch.Tensor expected,
      Tensor actual,
      boolean gradient) {
    double rtol = Math.max(row.rtol(dtype), row.rtol(actual.dtype()));
    double atol = Math.max(row.atol(dtype), row.atol(actual.dtype()));
    // A gradient is a sum of parts as large as the output's, which is around one.
    boolean ofHalves = gradient && isHalf(dtype);
    Torch.assertClose(what, expected, actual, rtol, ofHalves ? rtol : atol);
  }

  private static boolean isHalf(DType dtype) {
    return dtype == DType.FLOAT16 || dtype == DType.BFLOAT16;
  }

  /**
   * In a half the answer is libtorch's, or nearer to what libtorch computes of the same numbers in
   * float32: some of its operators round to the half between their steps, ours once at the end.
   */
  private static void compare(
      OpRow row,
      String what,
      DType dtype,
      org.bytedeco.pytorch.Tensor expected,
      Tensor actual,
      Supplier<org.bytedeco.pytorch.Tensor> inFloat,
      boolean gradient) {
    try {
      compare(row, what, dtype, expected, actual, gradient);
    } catch (AssertionError e) {
      if (!isHalf(dtype)) {
        throw e;
      }
      compare(
          row,
          what + " (also in float32)",
          dtype,
          inFloat.get().to(Torch.type(actual.dtype())),
          actual,
          gradient);
    }
  }

  private static org.bytedeco.pytorch.Tensor[] floats(Tensor[] x) {
    return Torch.of(
        Arrays.stream(x)
            .map(
                t ->
                    t.isFloatingPoint() && t.dtype() != DType.FLOAT64
                        ? t.detach().to(DType.FLOAT32).requiresGrad_(t.requiresGrad())
                        : t)
            .toArray(Tensor[]::new));
  }

  private static Tensor[] leaves(OpSample sample, DType dtype) {
    Tensor[] x = sample.make(dtype, 2);
    for (int i = 0; i < x.length; i++) {
      if (x[i].isFloatingPoint() && sample.inputs().get(i).differentiable()) {
        x[i].requiresGrad_();
      }
    }
    return x;
  }

  private static boolean gradient(OpRow row, OpRow.Form form, OpSample sample, DType dtype) {
    String what = describe(row, form, sample);
    Tensor[] x = leaves(sample, dtype);
    org.bytedeco.pytorch.Tensor[] y = Torch.of(x);
    org.bytedeco.pytorch.Tensor expected = theirs(what, form, y, () -> form.ours().apply(x));
    if (expected == null) {
      return false;
    }
    Tensor out = form.ours().apply(x);
    assertEquals(expected.requires_grad(), out.requiresGrad(), what + ": requires_grad");
    if (!out.requiresGrad()) {
      return true;
    }
    Tensor g = Tensors.randnLike(out.detach());
    try {
      expected.backward(Torch.of(g), new BoolOptional(), false, new TensorArrayRefOptional());
    } catch (RuntimeException e) {
      assertRefuses(what + ": backward", e, () -> out.backward(g));
      return true;
    }
    out.backward(g);
    for (int i = 0; i < x.length; i++) {
      org.bytedeco.pytorch.Tensor gradient = y[i].grad();
      if (!gradient.defined()) {
        assertNull(x[i].grad(), what + ": gradient of input " + i);
      } else {
        assertNotNull(x[i].grad(), what + ": gradient of input " + i);
        int input = i;
        compare(
            row,
            what + ": gradient of input " + i,
            dtype,
            gradient,
            x[i].grad(),
            () -> gradientInFloat(form, x, g, input),
            true);
      }
    }
    return true;
  }

  private static org.bytedeco.pytorch.Tensor gradientInFloat(
      OpRow.Form form, Tensor[] x, Tensor g, int input) {
    org.bytedeco.pytorch.Tensor[] y = floats(x);
    org.bytedeco.pytorch.Tensor out = form.theirs().apply(y);
    out.backward(
        Torch.of(g).to(out.scalar_type()), new BoolOptional(), false, new TensorArrayRefOptional());
    return y[input].grad();
  }

  /** Inputs for differences, or null where none can be taken. */
  private static Tensor[] differentiable(OpRow.Form form, OpSample sample) {
    if (!sample.smooth() || sample.numel() > DIFFERENCED) {
      return null;
    }
    Tensor[] x = leaves(sample, DType.FLOAT64);
    Tensor out;
    try {
      out = form.ours().apply(x);
    } catch (KindlingException e) {
      return null; // the forward test sees to it that libtorch refuses this too
    }
    if (!out.requiresGrad()) {
      return null;
    }
    return x;
  }
}
