package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.core.Shapes;
import io.kindling.tensor.Index;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Slice;
import org.bytedeco.pytorch.SymInt;
import org.bytedeco.pytorch.SymIntOptional;
import org.bytedeco.pytorch.TensorIndex;
import org.bytedeco.pytorch.TensorIndexVector;

/**
 * Reading and writing through indices. An index is a text as PyTorch's, in which {@code $} stands
 * for the next of the tensors after the first.
 */
final class Indices {
  private Indices() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    reads(ops);
    assignments(ops);
    picks(ops);
    masks(ops);
    return ops;
  }

  private static List<Index> ours(String text, Tensor[] x) {
    List<Index> out = new ArrayList<>();
    int tensor = 1;
    for (String part : text.split(",")) {
      if (part.strip().equals("$")) {
        out.add(Index.by(x[tensor++]));
      } else {
        out.addAll(Index.parse(part));
      }
    }
    return out;
  }

  private static TensorIndexVector theirs(String text, org.bytedeco.pytorch.Tensor[] x) {
    TensorIndexVector out = new TensorIndexVector();
    int tensor = 1;
    for (String raw : text.split(",")) {
      String part = raw.strip();
      if (part.equals("$")) {
        out.push_back(new TensorIndex(x[tensor++]));
      } else if (part.equals("...")) {
        out.push_back(new TensorIndex("..."));
      } else if (part.contains(":")) {
        String[] ends = (part + ":").split(":", -1);
        out.push_back(
            new TensorIndex(
                new Slice(end(ends[0]), end(ends[1]), end(ends[2].isEmpty() ? "1" : ends[2]))));
      } else {
        out.push_back(new TensorIndex(Long.parseLong(part)));
      }
    }
    return out;
  }

  private static SymIntOptional end(String text) {
    return text.isEmpty()
        ? new SymIntOptional()
        : new SymIntOptional(new SymInt(Long.parseLong(text)));
  }

  /** An index into {@code x} and the tensors in it; {@code share} is the chance of a tensor. */
  private static Op.Args index(Draw d, int x, double share) {
    List<Integer> tensors = new ArrayList<>(List.of(x));
    List<String> parts = new ArrayList<>();
    long[] shape = d.shapeOf(x);
    long[] common = d.shape(d.chance(0.7) ? 1 : (int) d.between(0, 2));
    int rank = shape.length;
    int used = (int) d.between(Math.min(1, rank), rank + (d.wild() ? 1 : 0));
    boolean dots = d.chance(0.2);
    int dim = dots ? Math.max(0, rank - used) : 0;
    if (dots) {
      parts.add("...");
    }
    for (int k = 0; k < used; k++, dim++) {
      long n = dim < rank ? shape[dim] : 1;
      if (!d.chance(share)) {
        parts.add(plain(d, n));
      } else if (d.chance(0.4)) {
        int span = d.chance(0.4) && k + 1 < used && dim + 1 < rank ? 2 : 1;
        long[] mask = span == 1 ? new long[] {n} : new long[] {n, shape[dim + 1]};
        long[] size = d.wild() ? d.shape() : d.chance(0.05) ? new long[0] : mask;
        tensors.add(
            d.chance(0.85)
                ? d.shaped(DType.BOOL, size)
                : d.leaf(DType.UINT8, Data.Kind.TIES, d.between(0, 99), size));
        parts.add("$");
        k += span - 1;
        dim += span - 1;
      } else {
        DType type = d.chance(0.85) ? DType.INT64 : DType.INT32;
        long[] size = d.chance(0.8) ? common : d.partner(common);
        tensors.add(d.positions(type, n + (d.wild() ? 1 : 0), size));
        parts.add("$");
      }
    }
    if (parts.isEmpty()) {
      parts.add("...");
    }
    return new Op.Args(tensors, List.of()).with(String.join(", ", parts));
  }

  private static String plain(Draw d, long n) {
    if (d.chance(0.35)) {
      long at = d.wild() ? n : d.between(0, Math.max(0, n - 1));
      return String.valueOf(d.chance(0.3) ? at - n : at);
    }
    String start = d.chance(0.5) ? "" : String.valueOf(d.between(-1, n));
    String end = d.chance(0.5) ? "" : String.valueOf(d.between(-1, n + 1));
    return start + ":" + end + (d.chance(0.3) ? ":" + d.between(d.wild() ? -1 : 1, 3) : "");
  }

  private static void reads(List<Op> ops) {
    Op.Ours get = (x, p) -> x[0].get(ours(p.s(0), x).toArray(new Index[0]));
    Op.Theirs theirs = (x, p) -> x[0].index(theirs(p.s(0), x));
    ops.add(Op.of("get", d -> index(d, d.any(), 0), get, theirs).with(Op.Strides.EXACT));
    ops.add(Op.of("getBy", d -> index(d, d.any(), 0.6), get, theirs));
  }

  /** A shape that broadcasts into what the index selects. */
  private static int value(Draw d, Op.Args index) {
    int x = index.tensors().get(0);
    long[] selected = new long[0];
    try {
      org.bytedeco.pytorch.Tensor[] all =
          index.tensors().stream().map(d::tensor).toArray(org.bytedeco.pytorch.Tensor[]::new);
      selected = Theirs.shape(all[0].detach().index(theirs((String) index.params().get(0), all)));
    } catch (RuntimeException e) {
      // the assignment will be refused
    }
    // where positions meet it is open which value stays
    boolean open = index.tensors().stream().skip(1).anyMatch(i -> d.typeOf(i).size() > 1);
    long[] s = open || d.chance(0.4) ? new long[0] : d.partner(selected);
    return d.shaped(d.chance(0.8) ? d.typeOf(x) : d.dtype(), s);
  }

  private static void assignments(List<Op> ops) {
    Op.Rule tensor =
        d -> {
          Op.Args i = index(d, Writes.target(d), d.chance(0.5) ? 0 : 0.6);
          int v = value(d, i);
          List<Integer> all = new ArrayList<>(i.tensors());
          all.add(v);
          return new Op.Args(all, i.params());
        };
    ops.add(
        Op.of(
                "set",
                tensor,
                (x, p) -> x[0].set(ours(p.s(0), x), x[x.length - 1]),
                (x, p) -> {
                  x[0].index_put_(theirs(p.s(0), x), x[x.length - 1]);
                  return x[0];
                })
            .writing());
    ops.add(
        Op.of(
                "setNumber",
                d -> index(d, Writes.target(d), 0).with(d.number()),
                (x, p) -> x[0].set(p.s(0), p.num(1)),
                (x, p) -> {
                  x[0].index_put_(theirs(p.s(0), x), p.scalar(1));
                  return x[0];
                })
            .writing());
    ops.add(
        Op.of(
                "setMaskedNumber",
                d -> {
                  int x = Writes.target(d);
                  return Op.Args.of(x, d.shaped(DType.BOOL, d.shapeOf(x))).with(d.number());
                },
                (x, p) -> x[0].set(x[1], p.num(0)),
                (x, p) -> {
                  x[0].index_put_(theirs("$", x), p.scalar(0));
                  return x[0];
                })
            .writing());
  }

  /** Positions for gather and scatter: no larger than {@code x} beside the dimension. */
  private static Op.Args along(Draw d, int x) {
    long dim = d.dim(x);
    long[] s = d.shapeOf(x);
    int at = (int) (dim < 0 ? dim + s.length : dim);
    for (int i = 0; i < s.length; i++) {
      s[i] = i == at ? d.between(0, 4) : d.chance(0.8) ? s[i] : d.between(0, s[i]);
    }
    long n = Views.size(d, x, dim);
    int index = d.positions(n + (d.wild() ? 1 : 0), d.wild() ? d.shape() : s);
    return Op.Args.of(x, index).with(dim);
  }

  private static Op.Args along(Draw d, int x, Op.Args base) {
    int source =
        d.shaped(d.chance(0.9) ? d.typeOf(x) : d.dtype(), d.shapeOf(base.tensors().get(1)));
    return new Op.Args(List.of(x, base.tensors().get(1), source), base.params());
  }

  private static Op.Args masked(Draw d, int x, boolean broadcast) {
    long[] s = broadcast ? d.partner(d.shapeOf(x)) : d.shapeOf(x);
    return Op.Args.of(x, d.shaped(d.wild() ? d.dtype() : DType.BOOL, s));
  }

  private static void masks(List<Op> ops) {
    ops.add(
        Op.of(
            "maskedSelect",
            d -> masked(d, d.any(), true),
            (x, p) -> x[0].maskedSelect(x[1]),
            (x, p) -> x[0].masked_select(x[1])));
    ops.add(
        Op.of(
            "maskedFillNumber",
            d -> masked(d, d.any(), true).with(d.number()),
            (x, p) -> x[0].maskedFill(x[1], p.num(0)),
            (x, p) -> x[0].masked_fill(x[1], p.scalar(0))));
    ops.add(
        Op.of(
            "maskedFill",
            d -> {
              Op.Args m = masked(d, d.any(), true);
              int value = d.shaped(d.dtype(), new long[d.wild() ? 1 : 0]);
              return Op.Args.of(m.tensors().get(0), m.tensors().get(1), value);
            },
            (x, p) -> x[0].maskedFill(x[1], x[2]),
            (x, p) -> x[0].masked_fill(x[1], x[2])));
    ops.add(
        Op.of(
                "maskedFill_",
                d -> masked(d, Writes.target(d), d.wild()).with(d.number()),
                (x, p) -> x[0].maskedFill_(x[1], p.num(0)),
                (x, p) -> x[0].masked_fill_(x[1], p.scalar(0)))
            .writing());
  }

  private static void picks(List<Op> ops) {
    ops.add(
        Op.of(
            "gather",
            d -> along(d, d.any()),
            (x, p) -> x[0].gather(p.i(0), x[1]),
            (x, p) -> x[0].gather(p.l(0), x[1])));
    ops.add(
        Op.of(
            "indexSelect",
            d -> {
              int x = d.any();
              long dim = d.dim(x);
              long n = Views.size(d, x, dim);
              return Op.Args.of(
                      x, d.positions(n + (d.wild() ? 1 : 0), d.shape(d.chance(0.9) ? 1 : 0)))
                  .with(dim);
            },
            (x, p) -> x[0].indexSelect(p.i(0), x[1]),
            (x, p) -> x[0].index_select(p.l(0), x[1])));
    ops.add(
        Op.of(
            "scatterAdd",
            d -> {
              int x = d.any();
              return along(d, x, along(d, x));
            },
            (x, p) -> x[0].scatterAdd(p.i(0), x[1], x[2]),
            (x, p) -> x[0].scatter_add(p.l(0), x[1], x[2])));
    // Where positions collide it is open which value stays: a scatter of one number always agrees.
    ops.add(
        Op.of(
            "scatter_",
            d -> along(d, Writes.target(d)).with(d.number()),
            (x, p) -> x[0].scatter_(p.i(0), x[1], p.num(1)),
            (x, p) -> x[0].scatter_(p.l(0), x[1], p.scalar(1))));
    ops.add(
        Op.of(
            "scatter",
            d -> {
              int x = d.any();
              Op.Args base = along(d, x);
              int source = d.leaf(d.typeOf(x), Data.Kind.TIES, 0, d.shapeOf(base.tensors().get(1)));
              return new Op.Args(List.of(x, base.tensors().get(1), source), base.params());
            },
            (x, p) -> x[0].scatter(p.i(0), x[1], x[2].mul(0).add(1)),
            (x, p) ->
                x[0].scatter(
                    p.l(0),
                    x[1],
                    x[2].mul(new org.bytedeco.pytorch.Scalar(0L))
                        .add(new org.bytedeco.pytorch.Scalar(1L)))));
    ops.add(
        Op.of(
            "take",
            d -> {
              int x = d.any();
              long n = Math.max(1, Shapes.numel(d.shapeOf(x)));
              return Op.Args.of(x, d.positions(n + (d.wild() ? 1 : 0), d.shape()));
            },
            (x, p) -> x[0].take(x[1]),
            (x, p) -> x[0].take(x[1])));
    ops.add(
        Op.of(
            "nonzero",
            d -> Op.Args.of(d.any()),
            (x, p) -> x[0].nonzero(),
            (x, p) -> x[0].nonzero().contiguous()));
  }
}
