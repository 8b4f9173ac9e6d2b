package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.SampleLists.binary;
import static io.kindling.tensor.SampleLists.binaryEdges;
import static io.kindling.tensor.SampleLists.edges;
import static io.kindling.tensor.SampleLists.list;
import static io.kindling.tensor.SampleLists.unary;
import static io.kindling.tensor.Torch.num;
import static io.kindling.tensor.Torch.some;

import io.kindling.core.DType;
import io.kindling.tensor.OpSample.Arrangement;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.global.torch;

/** Elementwise operators. */
final class PointwiseTable {
  private PointwiseTable() {}

  static List<OpRow> rows() {
    List<OpRow> rows = new ArrayList<>();
    rows.addAll(arithmetic());
    rows.addAll(division());
    rows.addAll(powers());
    rows.addAll(signs());
    rows.addAll(choices());
    rows.addAll(functions());
    rows.addAll(activations());
    rows.addAll(comparisons());
    return rows;
  }

  private static List<OpRow> arithmetic() {
    List<OpSample> inPlace =
        list(
            OpSample.of(in(3, 4), in(4)),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in()),
            OpSample.of(in(2, 3), in(2, 3).typed(DType.INT64)),
            OpSample.of(in(3), in(3).typed(DType.FLOAT64)),
            OpSample.of(in(0, 2), in(2)));
    return List.of(
        OpRow.of("add")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].add(x[1]), x -> x[0].add(x[1]))
            .on(binary())
            .covers("add_scaled")
            .form("alpha", x -> x[0].add(x[1], 2), x -> x[0].add(x[1], num(2L)))
            .on(unary())
            .form("2", x -> x[0].add(2), x -> x[0].add(num(2L)))
            .form("0.5", x -> x[0].add(0.5), x -> x[0].add(num(0.5)))
            .form("itself", x -> x[0].add(x[0]), x -> x[0].add(x[0]))
            .on(inPlace)
            .covers("add_")
            .form("_", x -> x[0].clone_().add_(x[1]), x -> x[0].clone().add_(x[1]))
            .form("_ 3", x -> x[0].clone_().add_(3), x -> x[0].clone().add_(num(3L)))
            .form(
                "_ alpha", x -> x[0].clone_().add_(x[1], 3), x -> x[0].clone().add_(x[1], num(3L))),
        OpRow.of("sub")
            .covers("rsub", "sub_")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].sub(x[1]), x -> x[0].sub(x[1]))
            .on(unary())
            .form("2", x -> x[0].sub(2), x -> x[0].sub(num(2L)))
            .form("rsub 1.5", x -> x[0].rsub(1.5), x -> torch.rsub(x[0], num(1.5)))
            .on(inPlace)
            .form("_", x -> x[0].clone_().sub_(x[1]), x -> x[0].clone().sub_(x[1]))
            .form("_ 3", x -> x[0].clone_().sub_(3), x -> x[0].clone().sub_(num(3L))),
        OpRow.of("mul")
            .covers("mul_")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].mul(x[1]), x -> x[0].mul(x[1]))
            .on(unary())
            .form("3", x -> x[0].mul(3), x -> x[0].mul(num(3L)))
            .form("0.5", x -> x[0].mul(0.5), x -> x[0].mul(num(0.5)))
            .form("itself", x -> x[0].mul(x[0]), x -> x[0].mul(x[0]))
            .on(inPlace)
            .form("_", x -> x[0].clone_().mul_(x[1]), x -> x[0].clone().mul_(x[1]))
            .form("_ 3", x -> x[0].clone_().mul_(3), x -> x[0].clone().mul_(num(3L))),
        OpRow.of("square").on(unary(), edges()).form("", x -> x[0].square(), x -> x[0].square()));
  }

  private static List<OpRow> division() {
    List<OpSample> pairs =
        list(
            OpSample.of(in(3, 4), in(4)),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in()),
            OpSample.of(in(3), in(3).typed(DType.FLOAT64)));
    return List.of(
        OpRow.of("div")
            .covers("div_")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].div(x[1]), x -> x[0].div(x[1]))
            .on(unary())
            .form("2", x -> x[0].div(2), x -> x[0].div(num(2L)))
            .form("0.3", x -> x[0].div(0.3), x -> x[0].div(num(0.3)))
            .on(pairs)
            .form("_", x -> x[0].clone_().div_(x[1]), x -> x[0].clone().div_(x[1]))
            .form("_ 4", x -> x[0].clone_().div_(4), x -> x[0].clone().div_(num(4L))),
        OpRow.of("floor_divide")
            .notDifferentiable()
            .covers("floorDivide")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].floorDivide(x[1]), x -> x[0].floor_divide(x[1]))
            .on(unary())
            .form("-2", x -> x[0].floorDivide(-2), x -> x[0].floor_divide(num(-2L)))
            .form("0.1", x -> x[0].floorDivide(0.1), x -> x[0].floor_divide(num(0.1))),
        OpRow.of("remainder")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].remainder(x[1]), x -> x[0].remainder(x[1]))
            .on(unary())
            .form("-3", x -> x[0].remainder(-3), x -> x[0].remainder(num(-3L)))
            .form("0.7", x -> x[0].remainder(0.7), x -> x[0].remainder(num(0.7))),
        OpRow.of("reciprocal")
            .on(unary(), edges())
            .form("", x -> x[0].reciprocal(), x -> x[0].reciprocal()));
  }

  private static List<OpRow> powers() {
    return List.of(
        OpRow.of("pow_scalar")
            .covers("pow_", "pow_half", "pow_minus_half")
            .on(unary(), edges())
            .form("2", x -> x[0].pow(2), x -> x[0].pow(num(2L)))
            .form("3", x -> x[0].pow(3), x -> x[0].pow(num(3L)))
            .form("1", x -> x[0].pow(1), x -> x[0].pow(num(1L)))
            .form("0", x -> x[0].pow(0), x -> x[0].pow(num(0L)))
            .form("-1", x -> x[0].pow(-1), x -> x[0].pow(num(-1L)))
            .form("2.0", x -> x[0].pow(2.0), x -> x[0].pow(num(2.0)))
            .on(unary(OpSample::positive))
            .form("0.5", x -> x[0].pow(0.5), x -> x[0].pow(num(0.5)))
            .form("-0.5", x -> x[0].pow(-0.5), x -> x[0].pow(num(-0.5)))
            .form("-1.5", x -> x[0].pow(-1.5), x -> x[0].pow(num(-1.5)))
            .form("_ 2", x -> x[0].clone_().pow_(2), x -> x[0].clone().pow_(num(2L)))
            .form("_ 0.5", x -> x[0].clone_().pow_(0.5), x -> x[0].clone().pow_(num(0.5))),
        OpRow.of("pow")
            .on(binary(OpSample::positive, OpSample::standard), binaryEdges())
            .form("", x -> x[0].pow(x[1]), x -> x[0].pow(x[1])));
  }

  private static List<OpRow> signs() {
    return List.of(
        OpRow.of("neg")
            .covers("neg_")
            .on(unary(), edges())
            .form("", x -> x[0].neg(), x -> x[0].neg())
            .form("_", x -> x[0].clone_().neg_(), x -> x[0].clone().neg_()),
        OpRow.of("abs")
            .covers("abs_")
            .on(unary(), edges())
            .form("", x -> x[0].abs(), x -> x[0].abs())
            .form("_", x -> x[0].clone_().abs_(), x -> x[0].clone().abs_()),
        OpRow.of("sign").on(unary(), edges()).form("", x -> x[0].sign(), x -> x[0].sign()),
        OpRow.of("floor")
            .on(unary(), edges())
            .form("", x -> ArithmeticOps.FLOOR.apply(x[0]), x -> x[0].floor()));
  }

  private static List<OpRow> choices() {
    List<OpSample> where = new ArrayList<>();
    for (OpSample s : binary()) {
      where.add(
          OpSample.of(s.inputs().get(0).typed(DType.BOOL), s.inputs().get(0), s.inputs().get(1)));
    }
    return List.of(
        OpRow.of("maximum")
            .on(binary(OpSample::standard, OpSample::positive), binaryEdges())
            .form("", x -> x[0].maximum(x[1]), x -> x[0].maximum(x[1])),
        OpRow.of("minimum")
            .on(binary(OpSample::standard, OpSample::positive), binaryEdges())
            .form("", x -> x[0].minimum(x[1]), x -> x[0].minimum(x[1])),
        OpRow.of("clamp")
            .covers("clamp_", "clamp_min", "clamp_max", "clamp_nan")
            .on(unary(), edges())
            .form("-1 1", x -> x[0].clamp(-1, 1), x -> x[0].clamp(some(-1L), some(1L)))
            .form("0.1 null", x -> x[0].clamp(0.1, null), x -> x[0].clamp(some(0.1), none()))
            .form("null 1", x -> x[0].clamp(null, 1), x -> x[0].clamp(none(), some(1L)))
            .form("1 0", x -> x[0].clamp(1, 0), x -> x[0].clamp(some(1L), some(0L)))
            .form("null null", x -> x[0].clamp(null, null), x -> x[0].clamp(none(), none()))
            .form(
                "_",
                x -> x[0].clone_().clamp_(-1, 1),
                x -> x[0].clone().clamp_(some(-1L), some(1L))),
        OpRow.of("where")
            .on(where)
            .form("method", x -> x[1].where(x[0], x[2]), x -> x[1].where(x[0], x[2]))
            .form("", x -> Tensors.where(x[0], x[1], x[2]), x -> torch.where(x[0], x[1], x[2])));
  }

  private static ScalarOptional none() {
    return new ScalarOptional();
  }

  private static List<OpRow> functions() {
    return List.of(
        OpRow.of("exp")
            .covers("exp_")
            .on(unary(), edges())
            .form("", x -> x[0].exp(), x -> x[0].exp())
            .form("_", x -> x[0].clone_().exp_(), x -> x[0].clone().exp_()),
        OpRow.of("log")
            .covers("log_")
            .on(unary(OpSample::positive), edges())
            .form("", x -> x[0].log(), x -> x[0].log())
            .form("_", x -> x[0].clone_().log_(), x -> x[0].clone().log_()),
        OpRow.of("log1p")
            .on(unary(OpSample::positive), edges())
            .form("", x -> x[0].log1p(), x -> x[0].log1p()),
        OpRow.of("sqrt")
            .covers("sqrt_")
            .on(unary(OpSample::positive), edges())
            .form("", x -> x[0].sqrt(), x -> x[0].sqrt())
            .form("_", x -> x[0].clone_().sqrt_(), x -> x[0].clone().sqrt_()),
        OpRow.of("rsqrt")
            .on(unary(OpSample::positive), edges())
            .form("", x -> x[0].rsqrt(), x -> x[0].rsqrt()),
        OpRow.of("sin").on(unary(), edges()).form("", x -> x[0].sin(), x -> x[0].sin()),
        OpRow.of("cos").on(unary(), edges()).form("", x -> x[0].cos(), x -> x[0].cos()),
        OpRow.of("erf")
            .on(unary(), unary(OpSample.between(-6, 6)), edges())
            .form("", x -> x[0].erf(), x -> x[0].erf()));
  }

  private static List<OpRow> activations() {
    List<OpSample> pairs = binary();
    List<OpSample> same = new ArrayList<>();
    for (OpSample s : pairs) {
      if (java.util.Arrays.equals(s.inputs().get(0).shape(), s.inputs().get(1).shape())
          && s.inputs().get(1).dtype() == null) {
        same.add(s.floatingOnly());
      }
    }
    return List.of(
        OpRow.of("tanh")
            .covers("tanh_")
            .on(unary(), edges())
            .form("", x -> x[0].tanh(), x -> x[0].tanh())
            .form("_", x -> x[0].clone_().tanh_(), x -> x[0].clone().tanh_()),
        OpRow.of("sigmoid")
            .covers("sigmoid_")
            .on(unary(), edges())
            .form("", x -> x[0].sigmoid(), x -> x[0].sigmoid())
            .form("_", x -> x[0].clone_().sigmoid_(), x -> x[0].clone().sigmoid_()),
        OpRow.of("relu")
            .covers("relu_")
            .on(unary(), edges())
            .form("", x -> x[0].relu(), x -> x[0].relu())
            .form("_", x -> x[0].clone_().relu_(), x -> x[0].clone().relu_()),
        OpRow.of("leaky_relu")
            .covers("leakyRelu")
            .on(unary(), edges())
            .form(
                "0.2", x -> Functional.leakyRelu(x[0], 0.2), x -> torch.leaky_relu(x[0], num(0.2))),
        OpRow.of("tanh_backward")
            .on(same)
            .form("", x -> MathOps.TANH_BACKWARD.apply(x), x -> torch.tanh_backward(x[0], x[1])),
        OpRow.of("sigmoid_backward")
            .on(same)
            .form(
                "",
                x -> MathOps.SIGMOID_BACKWARD.apply(x),
                x -> torch.sigmoid_backward(x[0], x[1])),
        OpRow.of("relu_backward")
            .on(
                same,
                list(
                    OpSample.of(in(11), in(11).of(OpSample::kinks)).kinked().floatingOnly(),
                    OpSample.of(in(10), in(10).of(OpSample::special)).kinked().floatingOnly()))
            .form(
                "",
                x -> MathOps.RELU_BACKWARD.apply(x[0], x[1].detach()),
                x -> torch.threshold_backward(x[0], x[1].detach(), num(0L))));
  }

  private static List<OpRow> comparisons() {
    return List.of(
        OpRow.of("eq")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].eq(x[1]), x -> x[0].eq(x[1]))
            .form("1", x -> x[0].eq(1), x -> x[0].eq(num(1L))),
        OpRow.of("ne")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].ne(x[1]), x -> x[0].ne(x[1]))
            .form("0.5", x -> x[0].ne(0.5), x -> x[0].ne(num(0.5))),
        OpRow.of("lt")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].lt(x[1]), x -> x[0].lt(x[1]))
            .form("0.5", x -> x[0].lt(0.5), x -> x[0].lt(num(0.5))),
        OpRow.of("le")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].le(x[1]), x -> x[0].le(x[1]))
            .form("1", x -> x[0].le(1), x -> x[0].le(num(1L))),
        OpRow.of("gt")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].gt(x[1]), x -> x[0].gt(x[1]))
            .form("0.5", x -> x[0].gt(0.5), x -> x[0].gt(num(0.5))),
        OpRow.of("ge")
            .on(binary(), binaryEdges())
            .form("", x -> x[0].ge(x[1]), x -> x[0].ge(x[1]))
            .form("-1", x -> x[0].ge(-1), x -> x[0].ge(num(-1L))),
        OpRow.of("logical_and")
            .covers("logicalAnd")
            .on(binary(OpSample::sparse, OpSample::sparse), binaryEdges())
            .form("", x -> x[0].logicalAnd(x[1]), x -> x[0].logical_and(x[1])),
        OpRow.of("logical_or")
            .covers("logicalOr")
            .on(binary(OpSample::sparse, OpSample::sparse), binaryEdges())
            .form("", x -> x[0].logicalOr(x[1]), x -> x[0].logical_or(x[1])),
        OpRow.of("logical_xor")
            .covers("logicalXor")
            .on(binary(OpSample::sparse, OpSample::sparse), binaryEdges())
            .form("", x -> x[0].logicalXor(x[1]), x -> x[0].logical_xor(x[1])),
        OpRow.of("logical_not")
            .covers("logicalNot")
            .on(unary(OpSample::sparse), edges())
            .form("", x -> x[0].logicalNot(), x -> x[0].logical_not()),
        OpRow.of("isnan").on(unary(), edges()).form("", x -> x[0].isnan(), x -> x[0].isnan()));
  }
}
