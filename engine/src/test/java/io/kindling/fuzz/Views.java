package io.kindling.fuzz;

import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Views, copies and joins. */
final class Views {
  private Views() {}

  static List<Op> ops() {
    List<Op> ops = new ArrayList<>();
    shapes(ops);
    dims(ops);
    parts(ops);
    copies(ops);
    joins(ops);
    return ops;
  }

  private static void view(List<Op> ops, String name, Op.Rule rule, Op.Ours a, Op.Theirs b) {
    ops.add(Op.of(name, rule, a, b).with(Op.Strides.EXACT));
  }

  /** Sizes with the product of {@code shape}'s, one of them perhaps -1. */
  private static long[] sizes(Draw d, long[] shape) {
    if (d.wild()) {
      return d.shape();
    }
    List<Long> out = new ArrayList<>();
    long n = 1;
    for (long s : shape) {
      if (!out.isEmpty() && d.chance(0.4)) {
        out.set(out.size() - 1, out.get(out.size() - 1) * s);
      } else if (s % 2 == 0 && s > 0 && d.chance(0.2)) {
        out.add(2L);
        out.add(s / 2);
      } else {
        out.add(s);
      }
      n *= s;
    }
    if (d.chance(0.2)) {
      out.add((int) d.between(0, out.size()), 1L);
    }
    if (!out.isEmpty() && d.chance(0.3) && n > 0) {
      out.set((int) d.between(0, out.size() - 1), -1L);
    }
    return out.stream().mapToLong(Long::longValue).toArray();
  }

  private static void shapes(List<Op> ops) {
    Op.Rule resized =
        d -> {
          int x = d.any();
          return Op.Args.of(x).with((Object) sizes(d, d.shapeOf(x)));
        };
    view(ops, "view", resized, (x, p) -> x[0].view(p.longs(0)), (x, p) -> x[0].view(p.longs(0)));
    view(
        ops,
        "reshape",
        resized,
        (x, p) -> x[0].reshape(p.longs(0)),
        (x, p) -> x[0].reshape(p.longs(0)));
    Op.Rule range =
        d -> {
          int x = d.any();
          return Op.Args.of(x).with(d.dim(x), d.dim(x));
        };
    view(
        ops,
        "flatten",
        range,
        (x, p) -> x[0].flatten(p.i(0), p.i(1)),
        (x, p) -> x[0].flatten(p.l(0), p.l(1)));
    view(
        ops,
        "transpose",
        range,
        (x, p) -> x[0].transpose(p.i(0), p.i(1)),
        (x, p) -> x[0].transpose(p.l(0), p.l(1)));
    view(
        ops,
        "expand",
        d -> {
          int x = d.any();
          long[] s = d.shapeOf(x);
          long[] out = d.wild() ? d.shape() : s;
          for (int i = 0; i < out.length; i++) {
            out[i] = out[i] == 1 && d.chance(0.7) ? d.between(1, 3) : d.chance(0.2) ? -1 : out[i];
          }
          return Op.Args.of(x).with((Object) (d.chance(0.3) ? before(d.between(1, 3), out) : out));
        },
        (x, p) -> x[0].expand(p.longs(0)),
        (x, p) -> x[0].expand(p.longs(0)));
    view(
        ops,
        "expandAs",
        d -> {
          int x = d.any();
          return Op.Args.of(x, d.like(x));
        },
        (x, p) -> x[0].expandAs(x[1]),
        (x, p) -> x[0].expand_as(x[1]));
  }

  private static long[] before(long first, long[] rest) {
    long[] out = new long[rest.length + 1];
    out[0] = first;
    System.arraycopy(rest, 0, out, 1, rest.length);
    return out;
  }

  private static void dims(List<Op> ops) {
    Op.Rule any = d -> Op.Args.of(d.any());
    Op.Rule dim =
        d -> {
          int x = d.any();
          return Op.Args.of(x).with(d.dim(x));
        };
    view(ops, "t", any, (x, p) -> x[0].t(), (x, p) -> x[0].t());
    view(ops, "T", any, (x, p) -> x[0].T(), (x, p) -> x[0].numpy_T());
    view(ops, "mT", any, (x, p) -> x[0].mT(), (x, p) -> x[0].mT());
    view(ops, "squeeze", any, (x, p) -> x[0].squeeze(), (x, p) -> x[0].squeeze());
    view(ops, "squeezeDim", dim, (x, p) -> x[0].squeeze(p.i(0)), (x, p) -> x[0].squeeze(p.l(0)));
    view(ops, "unsqueeze", dim, (x, p) -> x[0].unsqueeze(p.i(0)), (x, p) -> x[0].unsqueeze(p.l(0)));
    view(
        ops,
        "permute",
        d -> {
          int x = d.any();
          List<Long> order = new ArrayList<>();
          for (long i = 0; i < d.rank(x); i++) {
            order.add(d.chance(0.2) ? i - d.rank(x) : i);
          }
          java.util.Collections.shuffle(order, d.random);
          long[] dims = order.stream().mapToLong(Long::longValue).toArray();
          return Op.Args.of(x).with((Object) (d.wild() ? d.dims(x) : dims));
        },
        (x, p) -> x[0].permute(p.ints(0)),
        (x, p) -> x[0].permute(p.longs(0)));
  }

  private static void parts(List<Op> ops) {
    view(
        ops,
        "narrow",
        d -> {
          int x = d.any();
          long dim = d.dim(x);
          long n = size(d, x, dim);
          long start = d.between(0, n);
          long length = d.between(0, Math.max(0, n - start));
          return Op.Args.of(x)
              .with(dim, d.chance(0.1) ? start - n : start, length + (d.wild() ? 1 : 0));
        },
        (x, p) -> x[0].narrow(p.i(0), p.l(1), p.l(2)),
        (x, p) -> x[0].narrow(p.l(0), p.l(1), p.l(2)));
    view(
        ops,
        "select",
        d -> {
          int x = d.any();
          long dim = d.dim(x);
          long n = size(d, x, dim);
          long at = d.wild() ? n : d.between(0, Math.max(0, n - 1));
          return Op.Args.of(x).with(dim, d.chance(0.2) ? at - n : at);
        },
        (x, p) -> x[0].select(p.i(0), p.l(1)),
        (x, p) -> x[0].select(p.l(0), p.l(1)));
  }

  static long size(Draw d, int x, long dim) {
    int rank = d.rank(x);
    long at = dim < 0 ? dim + rank : dim;
    return at >= 0 && at < rank ? d.shapeOf(x)[(int) at] : 1;
  }

  private static void copies(List<Op> ops) {
    Op.Rule any = d -> Op.Args.of(d.any());
    ops.add(
        Op.of("clone_", any, (x, p) -> x[0].clone_(), (x, p) -> x[0].clone())
            .with(Op.Strides.KEPT));
    view(ops, "contiguous", any, (x, p) -> x[0].contiguous(), (x, p) -> x[0].contiguous());
    view(ops, "detach", any, (x, p) -> x[0].detach(), (x, p) -> x[0].detach());
    ops.add(
        Op.of(
            "repeat",
            d -> {
              int x = d.any();
              long[] times =
                  new long[(int) Math.max(0, d.rank(x) + (d.wild() ? -1 : d.between(0, 1)))];
              Arrays.setAll(times, i -> d.chance(0.05) ? 0 : d.between(1, 2));
              return Op.Args.of(x).with((Object) times);
            },
            (x, p) -> x[0].repeat(p.longs(0)),
            (x, p) -> x[0].repeat(p.longs(0))));
  }

  private static Op.Args several(Draw d, boolean free) {
    int x = d.any();
    long dim = d.dim(x);
    long[] shape = d.shapeOf(x);
    int at = (int) (dim < 0 ? dim + shape.length : dim);
    List<Integer> all = new ArrayList<>(List.of(x));
    for (long n = d.between(0, 2); n > 0; n--) {
      long[] s = shape.clone();
      if (free && at >= 0 && at < s.length) {
        s[at] = d.between(0, 3);
      }
      all.add(d.shaped(d.chance(0.8) ? d.typeOf(x) : d.dtype(), d.wild() ? d.shape() : s));
    }
    return new Op.Args(all, List.of()).with(dim);
  }

  private static void joins(List<Op> ops) {
    ops.add(
        Op.of(
            "cat",
            d -> several(d, true),
            (x, p) -> Tensors.cat(List.of(x), p.i(0)),
            (x, p) -> org.bytedeco.pytorch.global.torch.cat(Theirs.vector(List.of(x)), p.l(0))));
    ops.add(
        Op.of(
            "stack",
            d -> several(d, false),
            (x, p) -> Tensors.stack(List.of(x), p.i(0)),
            (x, p) -> org.bytedeco.pytorch.global.torch.stack(Theirs.vector(List.of(x)), p.l(0))));
  }
}
