package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("An elementwise operator")
@SuppressWarnings("NullAway") // nulls are what some of this tests
class PointwiseOpTest {
  static Stream<PointwiseOp> operators() {
    return PointwiseOps.all().values().stream();
  }

  @ParameterizedTest
  @MethodSource("operators")
  @DisplayName("A05 names an operand that is null, in every form")
  void nulls(PointwiseOp op) {
    int n = op.kernel.formula().inputs();
    double[] s = new double[op.kernel.formula().scalars()];
    for (int i = 0; i < n; i++) {
      Tensor[] in = new Tensor[n];
      java.util.Arrays.fill(in, Tensors.ones(1));
      in[i] = null;
      String text = op.name() + ": argument '";
      assertError(KindlingException.class, text, () -> op.apply(s, in));
      if (i > 0) {
        assertError(KindlingException.class, text, () -> op.applyInPlace(s, in));
      }
      assertError(KindlingException.class, text, () -> op.applyOut(Tensors.ones(1), in));
    }
  }

  @Test
  @DisplayName("A05 says which argument of a method is null, as PyTorch calls it")
  void names() {
    Tensor x = Tensors.ones(1);
    Tensor none = null;
    Number nothing = null;
    named("add: argument 'other'", () -> x.add(none));
    named("add: argument 'other'", () -> x.add(none, 2));
    named("add: argument 'alpha'", () -> x.add(x, nothing));
    named("sub: argument 'other'", () -> x.sub_(none));
    named("pow: argument 'exponent'", () -> x.pow(none));
    named("pow: argument 'exponent'", () -> x.pow(nothing));
    named("where: argument 'condition'", () -> Tensors.where(none, x, x));
    named("where: argument 'other'", () -> Tensors.where(x.gt(0), x, none));
    named("an operator with a number: argument 'other'", () -> x.mul(nothing));
    named("add: argument 'out'", () -> Tensors.out("add", none, x, x));
    named("set: argument 'value'", () -> x.set("0", nothing));
  }

  private static void named(String text, Runnable call) {
    KindlingException e = assertThrows(KindlingException.class, call::run);
    assertEquals(text + " must not be null", e.getMessage());
  }

  @Test
  @DisplayName("T15 refuses the same operands with out= as without")
  void outRefuses() {
    Tensor flag = Tensors.tensor(true);
    assertError(
        DTypeException.class,
        "Negation, the `-` operator, on a bool tensor is not supported.",
        () -> Tensors.out("neg", flag, flag));
    assertError(
        DTypeException.class,
        "Subtraction, the `-` operator, with two bool tensors is not supported.",
        () -> Tensors.out("sub", flag, flag, flag));
    assertError(
        AutogradException.class,
        "more than one element of the written-to tensor refers to a single memory location.",
        () -> Tensors.out("neg", Tensors.zeros(1).expand(3), Tensors.ones(3)));
  }

  @Test
  @DisplayName("T15 that keeps the type keeps it with out=, too")
  void outKeepsType() {
    for (String name : List.of("neg", "abs", "sign", "floor")) {
      DTypeException e =
          assertThrows(
              DTypeException.class,
              () -> Tensors.out(name, Tensors.zeros(DType.FLOAT64, 1), Tensors.ones(1)));
      assertEquals(name + ": Found dtype Double but expected Float", e.getMessage());
    }
  }

  @Test
  @DisplayName("T04 sets the sign of zero as libtorch does, in arrays of any size")
  void signOfZero() {
    for (UnaryOperator<Tensor> op : List.<UnaryOperator<Tensor>>of(Tensor::sin, Tensor::log1p)) {
      Tensor y = op.apply(Tensors.zeros(1000).neg()).reciprocal();
      assertEquals(1000, y.eq(Double.NEGATIVE_INFINITY).sum().itemLong());
    }
  }
}
