package io.kindling.fuzz;

import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch;

/** Elementwise operators, and those that make new tensors. */
final class Pointwise {
  private Pointwise() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    unary(ops);
    binary(ops);
    numbers(ops);
    others(ops);
    conversions(ops);
    return ops;
  }

  private static void one(
      List<Op> ops,
      String name,
      UnaryOperator<Tensor> ours,
      UnaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    ops.add(
        Op.unary(name, d -> d.chance(0.8) ? d.floating() : d.any(), ours, theirs)
            .with(Op.Strides.EXACT));
  }

  private static void two(
      List<Op> ops,
      String name,
      BinaryOperator<Tensor> ours,
      BinaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    ops.add(
        Op.of(
            name,
            d -> {
              int x = d.any();
              return d.chance(0.5) ? Op.Args.of(x, d.like(x)) : Op.Args.of(d.like(x), x);
            },
            (x, p) -> ours.apply(x[0], x[1]),
            (x, p) -> theirs.apply(x[0], x[1])));
  }

  private static void number(List<Op> ops, String name, Op.Ours ours, Op.Theirs theirs) {
    ops.add(Op.of(name, Op.Rule.one(Draw::any).withNumber(), ours, theirs).with(Op.Strides.EXACT));
  }

  private static void unary(List<Op> ops) {
    one(ops, "neg", x -> x.neg(), x -> x.neg());
    one(ops, "abs", x -> x.abs(), x -> x.abs());
    one(ops, "sign", x -> x.sign(), x -> x.sign());
    one(ops, "reciprocal", x -> x.reciprocal(), x -> x.reciprocal());
    one(ops, "square", x -> x.square(), x -> x.square());
    one(ops, "exp", x -> x.exp(), x -> x.exp());
    one(ops, "log", x -> x.log(), x -> x.log());
    one(ops, "log1p", x -> x.log1p(), x -> x.log1p());
    one(ops, "sqrt", x -> x.sqrt(), x -> x.sqrt());
    one(ops, "rsqrt", x -> x.rsqrt(), x -> x.rsqrt());
    one(ops, "sin", x -> x.sin(), x -> x.sin());
    one(ops, "cos", x -> x.cos(), x -> x.cos());
    one(ops, "tanh", x -> x.tanh(), x -> x.tanh());
    one(ops, "sigmoid", x -> x.sigmoid(), x -> x.sigmoid());
    one(ops, "erf", x -> x.erf(), x -> x.erf());
    one(ops, "relu", x -> x.relu(), x -> x.relu());
    one(ops, "isnan", x -> x.isnan(), x -> x.isnan());
    one(ops, "logicalNot", x -> x.logicalNot(), x -> x.logical_not());
  }

  private static void binary(List<Op> ops) {
    two(ops, "add", (a, b) -> a.add(b), (a, b) -> a.add(b));
    two(ops, "sub", (a, b) -> a.sub(b), (a, b) -> a.sub(b));
    two(ops, "mul", (a, b) -> a.mul(b), (a, b) -> a.mul(b));
    two(ops, "div", (a, b) -> a.div(b), (a, b) -> a.div(b));
    two(ops, "floorDivide", (a, b) -> a.floorDivide(b), (a, b) -> a.floor_divide(b));
    two(ops, "remainder", (a, b) -> a.remainder(b), (a, b) -> a.remainder(b));
    two(ops, "pow", (a, b) -> a.pow(b), (a, b) -> a.pow(b));
    two(ops, "maximum", (a, b) -> a.maximum(b), (a, b) -> a.maximum(b));
    two(ops, "minimum", (a, b) -> a.minimum(b), (a, b) -> a.minimum(b));
    two(ops, "eq", (a, b) -> a.eq(b), (a, b) -> a.eq(b));
    two(ops, "ne", (a, b) -> a.ne(b), (a, b) -> a.ne(b));
    two(ops, "lt", (a, b) -> a.lt(b), (a, b) -> a.lt(b));
    two(ops, "le", (a, b) -> a.le(b), (a, b) -> a.le(b));
    two(ops, "gt", (a, b) -> a.gt(b), (a, b) -> a.gt(b));
    two(ops, "ge", (a, b) -> a.ge(b), (a, b) -> a.ge(b));
    two(ops, "logicalAnd", (a, b) -> a.logicalAnd(b), (a, b) -> a.logical_and(b));
    two(ops, "logicalOr", (a, b) -> a.logicalOr(b), (a, b) -> a.logical_or(b));
    two(ops, "logicalXor", (a, b) -> a.logicalXor(b), (a, b) -> a.logical_xor(b));
  }

  private static void numbers(List<Op> ops) {
    number(ops, "addNumber", (x, p) -> x[0].add(p.num(0)), (x, p) -> x[0].add(p.scalar(0)));
    number(ops, "subNumber", (x, p) -> x[0].sub(p.num(0)), (x, p) -> x[0].sub(p.scalar(0)));
    number(ops, "rsub", (x, p) -> x[0].rsub(p.num(0)), (x, p) -> torch.rsub(x[0], p.scalar(0)));
    number(ops, "mulNumber", (x, p) -> x[0].mul(p.num(0)), (x, p) -> x[0].mul(p.scalar(0)));
    number(ops, "divNumber", (x, p) -> x[0].div(p.num(0)), (x, p) -> x[0].div(p.scalar(0)));
    number(
        ops,
        "floorDivideNumber",
        (x, p) -> x[0].floorDivide(p.num(0)),
        (x, p) -> x[0].floor_divide(p.scalar(0)));
    number(
        ops,
        "remainderNumber",
        (x, p) -> x[0].remainder(p.num(0)),
        (x, p) -> x[0].remainder(p.scalar(0)));
    number(ops, "powNumber", (x, p) -> x[0].pow(p.num(0)), (x, p) -> x[0].pow(p.scalar(0)));
    number(ops, "eqNumber", (x, p) -> x[0].eq(p.num(0)), (x, p) -> x[0].eq(p.scalar(0)));
    number(ops, "neNumber", (x, p) -> x[0].ne(p.num(0)), (x, p) -> x[0].ne(p.scalar(0)));
    number(ops, "ltNumber", (x, p) -> x[0].lt(p.num(0)), (x, p) -> x[0].lt(p.scalar(0)));
    number(ops, "leNumber", (x, p) -> x[0].le(p.num(0)), (x, p) -> x[0].le(p.scalar(0)));
    number(ops, "gtNumber", (x, p) -> x[0].gt(p.num(0)), (x, p) -> x[0].gt(p.scalar(0)));
    number(ops, "geNumber", (x, p) -> x[0].ge(p.num(0)), (x, p) -> x[0].ge(p.scalar(0)));
  }

  static Op.Args bounds(Draw d, int x) {
    return Op.Args.of(x).with(d.chance(0.2) ? null : d.number(), d.chance(0.2) ? null : d.number());
  }

  private static void others(List<Op> ops) {
    ops.add(
        Op.of(
            "addAlpha",
            Op.Rule.pair(Draw::any).withNumber(),
            (x, p) -> x[0].add(x[1], p.num(0)),
            (x, p) -> x[0].add(x[1], p.scalar(0))));
    ops.add(
        Op.of(
            "clamp",
            d -> bounds(d, d.any()),
            (x, p) -> x[0].clamp(p.num(0), p.num(1)),
            (x, p) -> x[0].clamp(p.optional(0), p.optional(1))));
    ops.add(
        Op.of(
            "leakyRelu",
            d -> Op.Args.of(d.floating()).with(d.of(0.0, 0.01, 0.2, 1.0, -0.5)),
            (x, p) -> Functional.leakyRelu(x[0], p.d(0)),
            (x, p) -> torch.leaky_relu(x[0], p.scalar(0))));
    Op.Rule where =
        d -> {
          int x = d.any();
          io.kindling.core.DType bool = io.kindling.core.DType.BOOL;
          return Op.Args.of(d.shaped(bool, d.partner(d.shapeOf(x))), x, d.like(x));
        };
    ops.add(
        Op.of(
            "where",
            where,
            (x, p) -> Tensors.where(x[0], x[1], x[2]),
            (x, p) -> torch.where(x[0], x[1], x[2])));
    ops.add(
        Op.of(
            "dropout",
            d -> Op.Args.of(d.floating()).with(d.of(0.0, 0.5, 1.0)),
            (x, p) -> Functional.dropout(x[0], p.d(0), false),
            (x, p) -> torch.dropout(x[0], p.d(0), false)));
  }

  private static void conversions(List<Op> ops) {
    ops.add(
        Op.of(
                "to",
                d -> Op.Args.of(d.any()).with(d.dtype()),
                (x, p) -> x[0].to(p.dtype(0)),
                (x, p) -> x[0].to(Theirs.type(p.dtype(0))))
            .with(Op.Strides.EXACT));
    one(ops, "zerosLike", x -> Tensors.zerosLike(x), x -> torch.zeros_like(x));
    one(ops, "onesLike", x -> Tensors.onesLike(x), x -> torch.ones_like(x));
    number(
        ops,
        "fullLike",
        (x, p) -> Tensors.fullLike(x[0], p.num(0)),
        (x, p) -> torch.full_like(x[0], p.scalar(0)));
    ops.add(
        Op.of(
            "newFull",
            d -> Op.Args.of(d.any()).with(d.number(), d.shape()),
            (x, p) -> x[0].newFull(p.num(0), p.longs(1)),
            (x, p) -> x[0].new_full(p.longs(1), p.scalar(0))));
  }
}
