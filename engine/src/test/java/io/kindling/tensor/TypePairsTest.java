package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("T06 promotion over all pairs of types")
class TypePairsTest {
  private static final boolean[] CONDITION = {true, false, false, true, false, true};

  /** An operator of two operands, each a tensor or a wrapped number. */
  private record Op(
      String name,
      BinaryOperator<Tensor> ours,
      BinaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * An operand of every kind: with dimensions, 0-D, or a Java number.
   *
   * @param left its value as the first operand
   * @param right as the second one: no zero and no large exponent
   */
  private record Operand(String name, Tensor left, Tensor right) {}

  static Stream<Op> operators() {
    return Stream.of(
        new Op("add", Tensor::add, org.bytedeco.pytorch.Tensor::add),
        new Op("mul", Tensor::mul, org.bytedeco.pytorch.Tensor::mul),
        new Op("div", Tensor::div, org.bytedeco.pytorch.Tensor::div),
        new Op("floor_divide", Tensor::floorDivide, torch::floor_divide),
        new Op("pow", Tensor::pow, TypePairsTest::theirPow),
        new Op("eq", Tensor::eq, torch::eq),
        new Op("ne", Tensor::ne, torch::ne),
        new Op("lt", Tensor::lt, torch::lt),
        new Op("le", Tensor::le, torch::le),
        new Op("gt", Tensor::gt, torch::gt),
        new Op("ge", Tensor::ge, torch::ge),
        new Op(
            "where",
            (a, b) -> Tensors.where(Tensors.tensor(CONDITION), a, b),
            (a, b) -> torch.where(Torch.of(Tensors.tensor(CONDITION)), a, b)));
  }

  /** A number is an operand of its own here, not a tensor. */
  private static org.bytedeco.pytorch.Tensor theirPow(
      org.bytedeco.pytorch.Tensor a, org.bytedeco.pytorch.Tensor b) {
    if (b.unsafeGetTensorImpl().is_wrapped_number()) {
      return torch.pow(a, b.item());
    }
    return a.unsafeGetTensorImpl().is_wrapped_number() ? torch.pow(a.item(), b) : torch.pow(a, b);
  }

  private static List<Operand> operands() {
    List<Operand> out = new ArrayList<>();
    for (DType d : DType.values()) {
      double[] left =
          switch (d) {
            case BOOL -> new double[] {1, 0, 1, 1, 0, 1};
            case UINT8 -> new double[] {7, 0, 1, 2, 200, 255};
            case INT8 -> new double[] {-7, 0, 1, 2, 127, -128};
            case INT16 -> new double[] {-7, 0, 1, 2, 32767, -32768};
            case INT32 -> new double[] {-7, 0, 1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE};
            case INT64 -> new double[] {-7, 0, 1, 2, 0x1p53, -0x1p60};
            case FLOAT16, BFLOAT16 -> new double[] {-7.5, 0, 1.25, 0.1, 300, Double.NaN};
            case FLOAT32, FLOAT64 -> new double[] {-7.5, -0.0, 1.25, 0.1, 1e9, Double.NaN};
          };
      double[] right =
          d == DType.BOOL ? new double[] {1, 1, 1, 1, 1, 1} : new double[] {2, 1, 3, 5, 1, 2};
      Tensor a = Tensors.tensor(left, d);
      Tensor b = Tensors.tensor(right, d);
      out.add(new Operand(d + " with dimensions", a, b));
      out.add(new Operand(d + " 0-D", a.get(3), b.get(2)));
    }
    out.add(new Operand("3L", Tensor.wrapped(3L), Tensor.wrapped(3L)));
    out.add(new Operand("2.5", Tensor.wrapped(2.5), Tensor.wrapped(2.5)));
    return out;
  }

  private static org.bytedeco.pytorch.Tensor theirs(Tensor x) {
    Number number = x.number();
    return number == null ? Torch.of(x) : torch.wrapped_scalar_tensor(scalar(number));
  }

  private static Scalar scalar(Number n) {
    return n instanceof Long whole ? new Scalar((long) whole) : new Scalar(n.doubleValue());
  }

  @ParameterizedTest(name = "T06 {0}")
  @MethodSource("operators")
  @DisplayName("T06 result type and values are libtorch's, whatever the operands are")
  void results(Op op) {
    for (Operand a : operands()) {
      for (Operand b : operands()) {
        if (a.left.number() == null || b.right.number() == null) {
          try (PointerScope scope = Torch.scope()) {
            assertSame(op, a.name + " " + op + " " + b.name, a.left, b.right);
          }
        }
      }
    }
  }

  private static void assertSame(Op op, String what, Tensor a, Tensor b) {
    org.bytedeco.pytorch.Tensor expected;
    try {
      expected = op.theirs.apply(theirs(a), theirs(b));
    } catch (RuntimeException e) {
      String reason = " not implemented for 'Bool'";
      assertTrue(e.getMessage().contains(reason), what + ": " + e.getMessage());
      assertError(DTypeException.class, "\"" + op + "\"" + reason, () -> op.ours.apply(a, b));
      return;
    }
    Torch.assertClose(what, expected, op.ours.apply(a, b), 1e-6, 0);
  }

  static Stream<Op> inPlaceOperators() {
    return Stream.of(
        new Op("add_", Tensor::add_, org.bytedeco.pytorch.Tensor::add_),
        new Op("mul_", Tensor::mul_, org.bytedeco.pytorch.Tensor::mul_),
        new Op("div_", Tensor::div_, org.bytedeco.pytorch.Tensor::div_));
  }

  @ParameterizedTest(name = "T16 {0}")
  @MethodSource("inPlaceOperators")
  @DisplayName("T16 in place the type stays as libtorch's does, or both refuse with one message")
  void inPlace(Op op) {
    for (DType a : DType.values()) {
      for (Operand b : operands()) {
        Tensor ours = Tensors.ones(a, 6);
        org.bytedeco.pytorch.Tensor theirs = Torch.of(ours);
        try (PointerScope scope = Torch.scope()) {
          String refusal = message(() -> op.theirs.apply(theirs, theirs(b.right)));
          if (refusal == null) {
            op.ours.apply(ours, b.right);
          } else {
            assertError(DTypeException.class, refusal, () -> op.ours.apply(ours, b.right));
          }
          Torch.assertClose(a + " " + op + " " + b.name, theirs, ours, 1e-6, 0);
        }
      }
    }
    assertError(
        DTypeException.class,
        "result type Float can't be cast to the desired output type Long",
        () -> op.ours.apply(Tensors.ones(DType.INT64, 6), Tensors.ones(6)));
  }

  private static @Nullable String message(Runnable code) {
    try {
      code.run();
      return null;
    } catch (RuntimeException e) {
      return e.getMessage().split("\n")[0];
    }
  }

  @Test
  @DisplayName("T06 where takes numbers on either side or on both")
  void whereOfNumbers() {
    Tensor condition = Tensors.tensor(CONDITION);
    org.bytedeco.pytorch.Tensor theirs = Torch.of(condition);
    for (Operand x : operands()) {
      for (Number n : new Number[] {3L, 2.5}) {
        if (x.left.number() == null) {
          Torch.assertClose(
              x.name + " where " + n,
              torch.where(theirs, Torch.of(x.left), scalar(n)),
              Tensors.where(condition, x.left, n),
              0,
              0);
          Torch.assertClose(
              n + " where " + x.name,
              torch.where(theirs, scalar(n), Torch.of(x.left)),
              Tensors.where(condition, n, x.left),
              0,
              0);
        }
      }
    }
    for (Number[] n : new Number[][] {{1L, 2L}, {1L, 2.5}, {1.5, 2.5}}) {
      Torch.assertClose(
          n[0] + " where " + n[1],
          torch.where(theirs, scalar(n[0]), scalar(n[1])),
          Tensors.where(condition, n[0], n[1]),
          0,
          0);
    }
  }

  @Test
  @DisplayName(
      "T06 halves are divided by the number on the right as it is, the one on the left is rounded")
  void halvesByNumbers() {
    Tensor number = Tensors.tensor(0.1);
    Tensor half = Tensors.tensor(new double[] {3, 5, 7, 9, 11}, DType.FLOAT16);
    for (DType d : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
      Tensor x = half.to(d);
      for (Op op : operators().filter(o -> Set.of("mul", "div").contains(o.name)).toList()) {
        assertSame(op, d + " " + op, x, number);
        assertSame(op, op + " " + d, number, x);
      }
    }
  }
}
