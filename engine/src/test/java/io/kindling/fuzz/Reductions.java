package io.kindling.fuzz;

import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch;

/** Operators that fold dimensions or walk along one. */
final class Reductions {
  private Reductions() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    whole(ops);
    overSome(ops);
    overOne(ops);
    return ops;
  }

  private static int input(Draw d) {
    return d.chance(0.6) ? d.floating() : d.any();
  }

  private static void all(
      List<Op> ops,
      String name,
      UnaryOperator<Tensor> ours,
      UnaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    ops.add(Op.unary(name, Reductions::input, ours, theirs));
  }

  private static void whole(List<Op> ops) {
    all(ops, "sumAll", x -> x.sum(), x -> x.sum());
    all(ops, "meanAll", x -> x.mean(), x -> x.mean());
    all(ops, "prodAll", x -> x.prod(), x -> x.prod());
    all(ops, "maxAll", x -> x.max(), x -> x.max());
    all(ops, "minAll", x -> x.min(), x -> x.min());
    all(ops, "argmaxAll", x -> x.argmax(), x -> x.argmax());
    all(ops, "argminAll", x -> x.argmin(), x -> x.argmin());
    all(ops, "anyAll", x -> x.any(), x -> x.any());
    all(ops, "allAll", x -> x.all(), x -> x.all());
    all(ops, "normAll", x -> x.norm(), x -> x.norm());
    all(ops, "varAll", x -> x.var(), x -> x.var());
    all(ops, "stdAll", x -> x.std(), x -> x.std());
  }

  private static void some(List<Op> ops, String name, Op.Ours ours, Op.Theirs theirs) {
    ops.add(
        Op.of(
            name,
            d -> {
              int x = input(d);
              return Op.Args.of(x).with(d.chance(0.4), d.dims(x));
            },
            ours,
            theirs));
  }

  private static ScalarTypeOptional noType() {
    return new ScalarTypeOptional();
  }

  private static void overSome(List<Op> ops) {
    some(
        ops,
        "sum",
        (x, p) -> x[0].sum(p.b(0), p.ints(1)),
        (x, p) -> x[0].sum(p.longs(1), p.b(0), noType()));
    some(
        ops,
        "mean",
        (x, p) -> x[0].mean(p.b(0), p.ints(1)),
        (x, p) -> x[0].mean(p.longs(1), p.b(0), noType()));
    some(
        ops,
        "amax",
        (x, p) -> x[0].amax(p.b(0), p.ints(1)),
        (x, p) -> x[0].amax(p.longs(1), p.b(0)));
    some(
        ops,
        "amin",
        (x, p) -> x[0].amin(p.b(0), p.ints(1)),
        (x, p) -> x[0].amin(p.longs(1), p.b(0)));
    some(
        ops,
        "logsumexp",
        (x, p) -> x[0].logsumexp(p.b(0), p.ints(1)),
        (x, p) -> torch.logsumexp(x[0], p.longs(1), p.b(0)));
    Op.Rule corrected =
        d -> {
          int x = input(d);
          long[] dims = d.dims(x);
          // libtorch's derivative for an empty list divides by one element
          return Op.Args.of(x)
              .with(d.between(0, 2), d.chance(0.4), dims.length == 0 ? new long[] {-1} : dims);
        };
    ops.add(
        Op.of(
            "var",
            corrected,
            (x, p) -> x[0].var(p.i(0), p.b(1), p.ints(2)),
            (x, p) -> x[0].var(p.longs(2), new ScalarOptional(p.scalar(0)), p.b(1))));
    ops.add(
        Op.of(
            "std",
            corrected,
            (x, p) -> x[0].std(p.i(0), p.b(1), p.ints(2)),
            (x, p) -> x[0].std(p.longs(2), new ScalarOptional(p.scalar(0)), p.b(1))));
    ops.add(
        Op.of(
            "norm",
            d -> {
              int x = input(d);
              Double inf = Double.POSITIVE_INFINITY;
              return Op.Args.of(x)
                  .with(
                      d.of(2.0, 2.0, 1.0, 0.0, 0.5, 3.0, inf, -inf, -1.0),
                      d.chance(0.4),
                      d.dims(x));
            },
            (x, p) -> x[0].norm(p.d(0), p.b(1), p.ints(2)),
            (x, p) -> x[0].norm(new ScalarOptional(new Scalar(p.d(0))), p.longs(2), p.b(1))));
  }

  private static void one(List<Op> ops, String name, Op.Ours ours, Op.Theirs theirs) {
    ops.add(
        Op.of(
            name,
            d -> {
              int x = input(d);
              return Op.Args.of(x).with(d.dim(x), d.chance(0.4));
            },
            ours,
            theirs));
  }

  private static void overOne(List<Op> ops) {
    one(
        ops,
        "prod",
        (x, p) -> x[0].prod(p.i(0), p.b(1)),
        (x, p) -> x[0].prod(p.l(0), p.b(1), noType()));
    one(
        ops,
        "maxValues",
        (x, p) -> x[0].max(p.i(0), p.b(1)).values(),
        (x, p) -> x[0].max(p.l(0), p.b(1)).get0());
    one(
        ops,
        "maxIndices",
        (x, p) -> x[0].max(p.i(0), p.b(1)).indices(),
        (x, p) -> x[0].max(p.l(0), p.b(1)).get1());
    one(
        ops,
        "minValues",
        (x, p) -> x[0].min(p.i(0), p.b(1)).values(),
        (x, p) -> x[0].min(p.l(0), p.b(1)).get0());
    one(
        ops,
        "minIndices",
        (x, p) -> x[0].min(p.i(0), p.b(1)).indices(),
        (x, p) -> x[0].min(p.l(0), p.b(1)).get1());
    one(
        ops,
        "argmax",
        (x, p) -> x[0].argmax(p.i(0), p.b(1)),
        (x, p) -> x[0].argmax(new LongOptional(p.l(0)), p.b(1)));
    one(
        ops,
        "argmin",
        (x, p) -> x[0].argmin(p.i(0), p.b(1)),
        (x, p) -> x[0].argmin(new LongOptional(p.l(0)), p.b(1)));
    one(ops, "any", (x, p) -> x[0].any(p.i(0), p.b(1)), (x, p) -> x[0].any(p.l(0), p.b(1)));
    one(ops, "all", (x, p) -> x[0].all(p.i(0), p.b(1)), (x, p) -> x[0].all(p.l(0), p.b(1)));
    one(ops, "cumsum", (x, p) -> x[0].cumsum(p.i(0)), (x, p) -> x[0].cumsum(p.l(0)));
    one(ops, "softmax", (x, p) -> x[0].softmax(p.i(0)), (x, p) -> x[0].softmax(p.l(0)));
    one(ops, "logSoftmax", (x, p) -> x[0].logSoftmax(p.i(0)), (x, p) -> x[0].log_softmax(p.l(0)));
  }
}
