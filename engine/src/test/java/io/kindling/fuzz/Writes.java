package io.kindling.fuzz;

import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch;

/** Operators in place, and with {@code out=}. */
final class Writes {
  private Writes() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    unary(ops);
    binary(ops);
    numbers(ops);
    out(ops);
    return ops;
  }

  /** Something that may be written: not a leaf that requires a gradient, mostly. */
  static int target(Draw d) {
    int v = d.existing(t -> !(t.is_leaf() && t.requires_grad()) && t.dim() > 0);
    return v < 0 || d.wild() ? d.any() : v;
  }

  private static void one(
      List<Op> ops,
      String name,
      UnaryOperator<Tensor> ours,
      UnaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    ops.add(Op.unary(name, Writes::target, ours, theirs));
  }

  private static void two(List<Op> ops, String name, Op.Ours ours, Op.Theirs theirs) {
    ops.add(Op.of(name, Op.Rule.pair(Writes::target), ours, theirs));
  }

  private static void number(List<Op> ops, String name, Op.Ours ours, Op.Theirs theirs) {
    ops.add(Op.of(name, Op.Rule.one(Writes::target).withNumber(), ours, theirs).writing());
  }

  private static void unary(List<Op> ops) {
    one(ops, "neg_", x -> x.neg_(), x -> x.neg_());
    one(ops, "abs_", x -> x.abs_(), x -> x.abs_());
    one(ops, "exp_", x -> x.exp_(), x -> x.exp_());
    one(ops, "log_", x -> x.log_(), x -> x.log_());
    one(ops, "sqrt_", x -> x.sqrt_(), x -> x.sqrt_());
    one(ops, "tanh_", x -> x.tanh_(), x -> x.tanh_());
    one(ops, "sigmoid_", x -> x.sigmoid_(), x -> x.sigmoid_());
    one(ops, "relu_", x -> x.relu_(), x -> x.relu_());
    one(ops, "zero_", x -> x.zero_(), x -> x.zero_());
    one(ops, "t_", x -> x.t_(), x -> x.t_());
  }

  private static void binary(List<Op> ops) {
    two(ops, "add_", (x, p) -> x[0].add_(x[1]), (x, p) -> x[0].add_(x[1]));
    two(ops, "sub_", (x, p) -> x[0].sub_(x[1]), (x, p) -> x[0].sub_(x[1]));
    two(ops, "mul_", (x, p) -> x[0].mul_(x[1]), (x, p) -> x[0].mul_(x[1]));
    two(ops, "div_", (x, p) -> x[0].div_(x[1]), (x, p) -> x[0].div_(x[1]));
    two(ops, "copy_", (x, p) -> x[0].copy_(x[1]), (x, p) -> x[0].copy_(x[1]));
  }

  private static void numbers(List<Op> ops) {
    number(ops, "addNumber_", (x, p) -> x[0].add_(p.num(0)), (x, p) -> x[0].add_(p.scalar(0)));
    number(ops, "subNumber_", (x, p) -> x[0].sub_(p.num(0)), (x, p) -> x[0].sub_(p.scalar(0)));
    number(ops, "mulNumber_", (x, p) -> x[0].mul_(p.num(0)), (x, p) -> x[0].mul_(p.scalar(0)));
    number(ops, "divNumber_", (x, p) -> x[0].div_(p.num(0)), (x, p) -> x[0].div_(p.scalar(0)));
    number(ops, "powNumber_", (x, p) -> x[0].pow_(p.num(0)), (x, p) -> x[0].pow_(p.scalar(0)));
    number(ops, "fill_", (x, p) -> x[0].fill_(p.num(0)), (x, p) -> x[0].fill_(p.scalar(0)));
    ops.add(
        Op.of(
            "addAlpha_",
            Op.Rule.pair(Writes::target).withNumber(),
            (x, p) -> x[0].add_(x[1], p.num(0)),
            (x, p) -> x[0].add_(x[1], p.scalar(0))));
    ops.add(
        Op.of(
            "clamp_",
            d -> Pointwise.bounds(d, target(d)),
            (x, p) -> x[0].clamp_(p.num(0), p.num(1)),
            (x, p) -> x[0].clamp_(p.optional(0), p.optional(1))));
  }

  private static void out1(List<Op> ops, String name, Op.Theirs theirs) {
    ops.add(
        Op.of(
                name + "Out",
                Op.Rule.pair(Writes::target),
                (x, p) -> Tensors.out(name, x[0], x[1]),
                theirs)
            .writing());
  }

  private static void out2(List<Op> ops, String name, Op.Theirs theirs) {
    ops.add(
        Op.of(
                name + "Out",
                d -> {
                  int out = target(d);
                  return Op.Args.of(out, d.like(out), d.like(out));
                },
                (x, p) -> Tensors.out(name, x[0], x[1], x[2]),
                theirs)
            .writing());
  }

  /** libtorch resizes an {@code out} of the wrong size; Kindling refuses. */
  private static org.bytedeco.pytorch.Tensor exact(
      org.bytedeco.pytorch.Tensor out, org.bytedeco.pytorch.Tensor... in) {
    org.bytedeco.pytorch.TensorVector all = torch.broadcast_tensors(Theirs.vector(List.of(in)));
    if (!Arrays.equals(Theirs.shape(out), Theirs.shape(all.get(0)))) {
      throw new IllegalArgumentException("out= of another size");
    }
    return out;
  }

  private static void out(List<Op> ops) {
    out1(ops, "exp", (x, p) -> torch.exp_out(exact(x[0], x[1]), x[1]));
    out1(ops, "neg", (x, p) -> torch.neg_out(exact(x[0], x[1]), x[1]));
    out1(ops, "sqrt", (x, p) -> torch.sqrt_out(exact(x[0], x[1]), x[1]));
    out1(ops, "logical_not", (x, p) -> torch.logical_not_out(exact(x[0], x[1]), x[1]));
    out2(ops, "add", (x, p) -> torch.add_out(exact(x[0], x[1], x[2]), x[1], x[2]));
    out2(ops, "mul", (x, p) -> torch.mul_out(exact(x[0], x[1], x[2]), x[1], x[2]));
    out2(ops, "div", (x, p) -> torch.div_out(exact(x[0], x[1], x[2]), x[1], x[2]));
    out2(ops, "maximum", (x, p) -> torch.maximum_out(exact(x[0], x[1], x[2]), x[1], x[2]));
    out2(ops, "gt", (x, p) -> torch.gt_out(exact(x[0], x[1], x[2]), x[1], x[2]));
  }
}
