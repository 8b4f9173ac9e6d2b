package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Products of vectors, matrices and batches. */
final class Products {
  private Products() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    matrices(ops);
    added(ops);
    einsum(ops);
    return ops;
  }

  private static DType type(Draw d) {
    return d.chance(0.85) ? d.floatingType() : d.dtype();
  }

  private static long size(Draw d) {
    return d.chance(0.03) ? 0 : d.chance(0.02) ? d.between(30, 50) : d.between(1, 4);
  }

  private static void product(List<Op> ops, String name, Op.Rule rule, Op.Ours a, Op.Theirs b) {
    ops.add(Op.of(name, rule, a, b));
  }

  /** One of {@code rank} dimensions from the program, or a new one. */
  private static int first(Draw d, int rank) {
    return d.ranked(type(d), rank);
  }

  private static long off(Draw d, long n) {
    return d.wild() ? n + 1 : n;
  }

  private static void matrices(List<Op> ops) {
    product(
        ops,
        "mm",
        d -> {
          int a = first(d, 2);
          return Op.Args.of(a, d.shaped(d.typeOf(a), off(d, d.shapeOf(a)[1]), size(d)));
        },
        (x, p) -> x[0].mm(x[1]),
        (x, p) -> x[0].mm(x[1]));
    product(
        ops,
        "bmm",
        d -> {
          int a = first(d, 3);
          long[] s = d.shapeOf(a);
          return Op.Args.of(a, d.shaped(d.typeOf(a), off(d, s[0]), off(d, s[2]), size(d)));
        },
        (x, p) -> x[0].bmm(x[1]),
        (x, p) -> x[0].bmm(x[1]));
    product(
        ops, "matmul", Products::batches, (x, p) -> x[0].matmul(x[1]), (x, p) -> x[0].matmul(x[1]));
    product(
        ops,
        "dot",
        d -> {
          int a = first(d, 1);
          return Op.Args.of(a, d.shaped(d.typeOf(a), off(d, d.shapeOf(a)[0])));
        },
        (x, p) -> x[0].dot(x[1]),
        (x, p) -> x[0].dot(x[1]));
    product(
        ops,
        "outer",
        d -> Op.Args.of(first(d, 1), first(d, 1)),
        (x, p) -> x[0].outer(x[1]),
        (x, p) -> x[0].outer(x[1]));
  }

  private static Op.Args batches(Draw d) {
    int a = first(d, (int) d.between(d.wild() ? 0 : 1, 4));
    long[] s = d.shapeOf(a);
    long inner = off(d, s.length == 0 ? 1 : s[s.length - 1]);
    int rank = (int) d.between(1, 4);
    long[] t = new long[rank];
    for (int i = 0; i < rank - 2; i++) {
      int same = s.length - (rank - i);
      t[i] = same >= 0 && same < s.length - 2 ? (d.chance(0.3) ? 1 : s[same]) : d.between(1, 3);
    }
    t[rank == 1 ? 0 : rank - 2] = inner;
    if (rank > 1) {
      t[rank - 1] = size(d);
    }
    return Op.Args.of(a, d.shaped(d.typeOf(a), t));
  }

  private static void added(List<Op> ops) {
    product(
        ops,
        "addmm",
        d -> {
          int a = first(d, 2);
          long[] s = d.shapeOf(a);
          int b = d.shaped(d.typeOf(a), off(d, s[1]), size(d));
          int c = d.shaped(d.typeOf(a), d.partner(new long[] {s[0], d.shapeOf(b)[1]}));
          return Op.Args.of(c, a, b).with(d.of(0L, 1L, 1L, 2L, 0.5), d.of(1L, 1L, 3L, 0.5, 0L));
        },
        (x, p) -> x[0].addmm(x[1], x[2], p.num(0), p.num(1)),
        (x, p) -> x[0].addmm(x[1], x[2], p.scalar(0), p.scalar(1)));
    Op.Rule linear =
        d -> {
          int x = first(d, (int) d.between(1, 3));
          long[] s = d.shapeOf(x);
          long out = size(d);
          int w = d.shaped(d.typeOf(x), out, off(d, s[s.length - 1]));
          return Op.Args.of(x, w, d.shaped(d.typeOf(x), off(d, out)));
        };
    product(
        ops,
        "linear",
        linear,
        (x, p) -> Functional.linear(x[0], x[1], x[2]),
        (x, p) -> torch.linear(x[0], x[1], new TensorOptional(x[2])));
    product(
        ops,
        "linearUnbiased",
        d -> new Op.Args(linear.draw(d).tensors().subList(0, 2), List.of()),
        (x, p) -> Functional.linear(x[0], x[1], null),
        (x, p) -> torch.linear(x[0], x[1]));
  }

  /** An equation over letters of fixed sizes. */
  private static Op.Args equation(Draw d) {
    String letters = "ijkl";
    long[] sizes = new long[letters.length()];
    Arrays.setAll(sizes, i -> d.chance(0.15) ? 1 : Math.min(size(d), i == 0 ? 50 : 5));
    DType type = type(d);
    List<Integer> tensors = new ArrayList<>();
    List<String> terms = new ArrayList<>();
    for (long n = d.between(1, 3); n > 0; n--) {
      StringBuilder term = new StringBuilder();
      long[] shape = new long[(int) d.between(0, 3)];
      for (int i = 0; i < shape.length; i++) {
        int l = (int) d.between(0, letters.length() - 1);
        term.append(letters.charAt(l));
        shape[i] = d.wild() ? 1 : off(d, sizes[l]);
      }
      terms.add(term.toString());
      tensors.add(d.shaped(type, shape));
    }
    String left = String.join(",", terms);
    String right =
        "ijkl"
            .chars()
            .filter(c -> left.indexOf(c) >= 0 && d.chance(0.5))
            .mapToObj(c -> String.valueOf((char) c))
            .collect(Collectors.joining());
    return new Op.Args(tensors, List.of())
        .with(d.chance(0.15) ? left : left + "->" + (d.wild() ? "iz" : right));
  }

  private static void einsum(List<Op> ops) {
    product(
        ops,
        "einsum",
        Products::equation,
        (x, p) -> Tensors.einsum(p.s(0), x),
        (x, p) -> torch.einsum(p.s(0), Theirs.vector(List.of(x))));
  }
}
