package io.kindling.tensor;

import static io.kindling.tensor.OpSample.below;
import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.SampleLists.list;
import static io.kindling.tensor.SampleLists.unary;
import static io.kindling.tensor.Torch.num;

import io.kindling.core.DType;
import io.kindling.tensor.OpSample.Arrangement;
import io.kindling.tensor.OpSample.Input;
import java.util.ArrayList;
import java.util.List;

/** Indexing, gathering and scattering. */
final class IndexTable {
  private IndexTable() {}

  private static final List<OpSample> CUBES =
      list(
          OpSample.of(in(2, 3, 4)),
          OpSample.of(in(2, 3, 4).as(Arrangement.TRANSPOSED)),
          OpSample.of(in(2, 3, 4).as(Arrangement.STEPPED)));

  static List<OpRow> rows() {
    List<OpRow> rows = new ArrayList<>();
    rows.add(get());
    rows.add(set());
    rows.addAll(picks());
    rows.addAll(masks());
    return rows;
  }

  private static Input positions(long n, long... shape) {
    return in(shape).of(below(n)).typed(DType.INT64).constant();
  }

  private static OpRow get() {
    OpRow row = OpRow.of("get");
    row.on(CUBES).form("1 -1", x -> x[0].get(1, -1), x -> x[0].select(0, 1).select(0, -1));
    for (String index :
        new String[] {
          "0",
          "-1",
          "1, 2, 3",
          "1:",
          ":1",
          "::2",
          "..., 0",
          "0, ...",
          "None",
          "..., None",
          ":, None, 1",
          "-2:, 1:-1",
          "1:1",
          "..., 1::2",
          ":, 5:",
          "0, ..., None, 2",
          "...",
          "2",
          "0, 0, 0, 0",
          "::-1",
          "::0"
        }) {
      row.form(index, x -> x[0].get(index), x -> Torch.get(x[0], Index.parse(index)));
    }
    Index rows = Index.by(Tensors.tensor(new long[] {2, 0, -1, 2}));
    Index column = Index.by(Tensors.tensor(new long[][] {{0}, {1}}));
    Index mask = Index.by(Tensors.tensor(new boolean[] {true, false, true}));
    Index outside = Index.by(Tensors.tensor(new long[] {0, 3}));
    Index none = Index.by(Tensors.zeros(DType.INT64, 0));
    Index wide =
        Index.by(Tensors.tensor(new boolean[][] {{true, false, true}, {false, false, true}}));
    List<List<Index>> combined =
        List.of(
            List.of(column),
            List.of(Index.ALL, rows),
            List.of(Index.ALL, Index.ALL, rows),
            List.of(Index.ELLIPSIS, rows),
            List.of(Index.at(0), rows),
            List.of(column, rows),
            List.of(column, Index.ALL, rows),
            List.of(Index.ALL, column, rows),
            List.of(Index.ALL, rows, Index.at(1)),
            List.of(rows, Index.NEW_AXIS),
            List.of(Index.ALL, mask),
            List.of(Index.ALL, mask, Index.range(1, 3)),
            List.of(wide),
            List.of(wide, Index.at(1)),
            List.of(Index.ALL, none),
            List.of(Index.ALL, outside),
            List.of(mask),
            List.of(Index.NEW_AXIS, Index.ALL, rows, Index.range(null, null, 2)));
    for (List<Index> index : combined) {
      row.form(
          index.toString(),
          x -> x[0].get(index.toArray(new Index[0])),
          x -> Torch.get(x[0], index));
    }
    row.on(unary())
        .form(
            "mask",
            x -> x[0].dim() == 0 ? x[0] : x[0].get(x[0].detach().gt(0)),
            x -> x[0].dim() == 0 ? x[0] : x[0].masked_select(x[0].detach().gt(num(0L))));
    return row;
  }

  private static OpRow set() {
    OpRow row = OpRow.of("set");
    List<OpSample> whole = list(OpSample.of(in(2, 3, 4), in()));
    for (String index : new String[] {"0", "-1, 1:", "..., 2", "1:1", "...", "::2, None", "2"}) {
      put(row.on(whole), Index.parse(index));
    }
    row.on(whole)
        .form(
            "number",
            x -> x[0].clone_().set("0, 1:", 3),
            x -> x[0].clone().index_put_(Torch.index(Index.parse("0, 1:")), num(3L)));
    List<OpSample> part = list(OpSample.of(in(2, 3, 4), in(3, 1)), OpSample.of(in(2, 3, 4), in(4)));
    put(row.on(part), Index.parse("1"));
    put(row.on(part), Index.parse("..., :, :"));
    put(
        row.on(OpSample.of(in(2, 3, 4), in(1, 1, 4)), OpSample.of(in(2, 3, 4), in(5))),
        Index.parse("0, 1"));
    Index rows = Index.by(Tensors.tensor(new long[] {2, 0}));
    Index mask = Index.by(Tensors.tensor(new boolean[] {true, false, true}));
    Index column = Index.by(Tensors.tensor(new long[][] {{0}, {-1}}));
    List<OpSample> strided =
        list(
            OpSample.of(in(2, 3, 4), in()),
            OpSample.of(in(2, 3, 4).as(Arrangement.TRANSPOSED), in(4)),
            OpSample.of(in(2, 3, 4), in(2, 4)),
            OpSample.of(in(2, 3, 4), in(2, 2, 4).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(2, 3, 4), in(3)));
    put(row.on(strided), List.of(Index.ALL, rows));
    put(row.on(strided), List.of(Index.ALL, mask));
    put(row.on(whole), List.of(column, rows));
    put(row.on(whole), List.of(column, Index.ALL, rows));
    put(row.on(whole), List.of(Index.at(1), rows, Index.range(1, 3)));
    row.on(list(OpSample.of(in(3, 4), in()), OpSample.of(in(3, 4), in(12))))
        .form(
            "by mask",
            x -> {
              Tensor m = Tensors.ones(DType.BOOL, 3, 4);
              return x[0].clone_().set(m, x[1]);
            },
            x -> {
              List<Index> m = List.of(Index.by(Tensors.ones(DType.BOOL, 3, 4)));
              return x[0].clone().index_put_(Torch.index(m), x[1]);
            });
    return row;
  }

  private static void put(OpRow row, List<Index> index) {
    row.form(
        index.toString(),
        x -> x[0].clone_().set(index, x[1]),
        x -> x[0].clone().index_put_(Torch.index(index), x[1]));
  }

  private static List<OpRow> picks() {
    List<OpSample> gather =
        list(
            OpSample.of(in(3, 4), positions(3, 2, 4)),
            OpSample.of(in(3, 4), positions(3, 5, 3)),
            OpSample.of(in(3, 4).as(Arrangement.TRANSPOSED), positions(3, 2, 4)),
            OpSample.of(in(3, 4), positions(3, 2, 4).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(3, 4), positions(3, 0, 4)),
            OpSample.of(in(0, 4), positions(1, 0, 4)),
            OpSample.of(in(40, 50), positions(40, 60, 50)),
            OpSample.of(in(3, 4), positions(9, 9, 4)),
            OpSample.of(in(3, 4), positions(3, 2, 5)),
            OpSample.of(in(3, 4), positions(3, 2)),
            OpSample.of(in(3), positions(3, 5)),
            OpSample.of(in(3), positions(3)),
            OpSample.of(in(3), positions(3).typed(DType.INT32)),
            OpSample.of(in(), zeros(4)),
            OpSample.of(in(), zeros()));
    // Where the source is larger than the index, libtorch's gradient has a wrong shape.
    List<OpSample> scatter =
        list(
            OpSample.of(in(3, 4), order(3, 4), in(3, 4)),
            OpSample.of(in(3, 4), order(2, 4), in(2, 4)),
            OpSample.of(in(3, 4), order(2, 3), in(3, 4).constant()),
            OpSample.of(
                in(3, 4).as(Arrangement.TRANSPOSED), order(3, 4), in(3, 4).as(Arrangement.STEPPED)),
            OpSample.of(in(3, 4), order(0, 4), in(2, 4).constant()),
            OpSample.of(in(3, 4), order(3, 5), in(3, 5)),
            OpSample.of(in(3, 4), positions(9, 9, 4), in(9, 4)));
    List<OpSample> collide =
        list(
            OpSample.of(in(3, 4), positions(3, 5, 4), in(5, 4)),
            OpSample.of(in(3, 4), positions(3, 2, 3), in(3, 4).constant()),
            OpSample.of(in(20, 30), positions(20, 50, 30), in(50, 30)));
    List<OpSample> vector =
        list(
            OpSample.of(in(3, 4), positions(3, 5)),
            OpSample.of(in(3, 4).as(Arrangement.STEPPED), positions(3, 2)),
            OpSample.of(in(3, 4), positions(3, 0)),
            OpSample.of(in(3, 4), positions(3)),
            OpSample.of(in(3, 2, 2).as(Arrangement.TRANSPOSED), positions(3, 4)),
            OpSample.of(in(3, 4), positions(3, 2, 2)),
            OpSample.of(in(3, 4), positions(3, 5).typed(DType.INT32)),
            OpSample.of(in(), zeros(1)),
            OpSample.of(in(), zeros()),
            OpSample.of(in(), zeros(2)),
            OpSample.of(in(), zeros(0)));
    return List.of(
        OpRow.of("gather")
            .on(gather)
            .form("0", x -> x[0].gather(0, x[1]), x -> x[0].gather(0, x[1])),
        OpRow.of("scatter")
            .covers("scatter_")
            .on(
                scatter,
                list(
                    OpSample.of(in(3), zeros(), in()), OpSample.of(in(), zeros(2), in(2)).kinked()))
            .form("0", x -> x[0].scatter(0, x[1], x[2]), x -> x[0].scatter(0, x[1], x[2]))
            .form(
                "_ number",
                x -> x[0].clone_().scatter_(0, x[1], 2),
                x -> x[0].clone().scatter_(0, x[1], num(2L)))
            .form(
                "_",
                x -> x[0].clone_().scatter_(0, x[1], x[2]),
                x -> x[0].clone().scatter_(0, x[1], x[2])),
        OpRow.of("scatter_add")
            .covers("scatterAdd", "scatterAdd_")
            .tolerance32(2e-5, 1e-5)
            .on(scatter, collide)
            .form("0", x -> x[0].scatterAdd(0, x[1], x[2]), x -> x[0].scatter_add(0, x[1], x[2]))
            .form(
                "_",
                x -> x[0].clone_().scatterAdd_(0, x[1], x[2]),
                x -> x[0].clone().scatter_add_(0, x[1], x[2])),
        OpRow.of("index_select")
            .covers("indexSelect")
            .on(vector)
            .form("0", x -> x[0].indexSelect(0, x[1]), x -> x[0].index_select(0, x[1])),
        OpRow.of("take")
            .on(
                OpSample.of(in(3, 4), positions(12, 5)),
                OpSample.of(in(3, 4).as(Arrangement.TRANSPOSED), positions(12, 2, 3)),
                OpSample.of(in(3), in(2).of((r, i, dtype) -> -1 - i).typed(DType.INT64).constant()),
                OpSample.of(in(2, 2), positions(4)),
                OpSample.of(in(), zeros(3)),
                OpSample.of(in(3), positions(3, 0)),
                OpSample.of(in(3), positions(9, 9)),
                OpSample.of(in(0), zeros(1)),
                OpSample.of(in(3), positions(3, 2).typed(DType.INT32)))
            .form("", x -> x[0].take(x[1]), x -> x[0].take(x[1])),
        OpRow.of("nonzero")
            .on(unary(OpSample::sparse))
            .form("", x -> x[0].nonzero(), x -> x[0].nonzero()));
  }

  private static Input zeros(long... shape) {
    return in(shape).of((r, i, dtype) -> 0).typed(DType.INT64).constant();
  }

  private static Input mask(long... shape) {
    return in(shape).typed(DType.BOOL).constant();
  }

  private static List<OpRow> masks() {
    List<OpSample> samples =
        list(
            OpSample.of(in(3, 4), mask(3, 4)),
            OpSample.of(in(3, 4).as(Arrangement.TRANSPOSED), mask(4)),
            OpSample.of(in(3, 4), mask(3, 1).as(Arrangement.STEPPED)),
            OpSample.of(in(4), mask(3, 4)),
            OpSample.of(in(3).as(Arrangement.STEPPED), mask()),
            OpSample.of(in(), mask(3)),
            OpSample.of(in(), mask()),
            OpSample.of(in(2, 0), mask(2, 0)),
            OpSample.of(in(30, 40), mask(30, 40)),
            OpSample.of(in(3), mask(4)),
            OpSample.of(in(3), mask(3).typed(DType.UINT8)));
    List<OpSample> valued =
        list(
            OpSample.of(in(3, 4), mask(3, 4), in()),
            OpSample.of(in(4), mask(3, 4), in()),
            OpSample.of(in(3), mask(3), in().of(OpSample::positive).typed(DType.FLOAT64)),
            OpSample.of(in(3), mask(3), in(1)));
    return List.of(
        OpRow.of("masked_select")
            .covers("maskedSelect")
            .on(samples)
            .form("", x -> x[0].maskedSelect(x[1]), x -> x[0].masked_select(x[1])),
        OpRow.of("masked_fill")
            .covers("maskedFill", "maskedFill_")
            .on(samples)
            .form("2", x -> x[0].maskedFill(x[1], 2), x -> x[0].masked_fill(x[1], num(2L)))
            .form(
                "_ 2.5",
                x -> x[0].clone_().maskedFill_(x[1], 2.5),
                x -> x[0].clone().masked_fill_(x[1], num(2.5)))
            .on(valued)
            .form("value", x -> x[0].maskedFill(x[1], x[2]), x -> x[0].masked_fill(x[1], x[2]))
            .form(
                "_ value",
                x -> x[0].clone_().maskedFill_(x[1], x[2]),
                x -> x[0].clone().masked_fill_(x[1], x[2])));
  }

  /** Positions along dimension 0 that never meet in one column. */
  private static Input order(long... shape) {
    return in(shape)
        .of((r, i, dtype) -> (i / Math.max(1, shape[1]) + 1) % 3)
        .typed(DType.INT64)
        .constant();
  }
}
