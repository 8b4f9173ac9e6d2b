package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.SampleLists.list;
import static io.kindling.tensor.SampleLists.unary;
import static io.kindling.tensor.Torch.noType;
import static io.kindling.tensor.Torch.num;
import static io.kindling.tensor.Torch.some;

import io.kindling.tensor.OpSample.Arrangement;
import io.kindling.tensor.OpSample.Values;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;

/** Operators that fold dimensions or walk along one. */
final class ReductionTable {
  private ReductionTable() {}

  static List<OpRow> rows() {
    List<OpRow> rows = new ArrayList<>();
    rows.addAll(sums());
    rows.addAll(spreads());
    rows.addAll(extremes());
    rows.addAll(positions());
    rows.addAll(truth());
    rows.addAll(scans());
    return rows;
  }

  private static LongArrayRefOptional all() {
    return new LongArrayRefOptional();
  }

  private static long[] dims(long... dims) {
    return dims;
  }

  /** Inputs of three dimensions, so that dimension numbers from -3 to 2 exist. */
  private static List<OpSample> cubes(Values v) {
    return list(
        OpSample.of(in(2, 3, 4).of(v)),
        OpSample.of(in(2, 3, 4).of(v).as(Arrangement.TRANSPOSED)),
        OpSample.of(in(2, 2, 3).of(v).as(Arrangement.STEPPED)),
        OpSample.of(in(3, 2, 2).of(v).as(Arrangement.EXPANDED)),
        OpSample.of(in(1, 3, 1).of(v)),
        OpSample.of(in(5, 70, 33).of(v)),
        OpSample.of(in(33, 5, 70).of(v).as(Arrangement.TRANSPOSED)));
  }

  private static List<OpSample> emptyCubes() {
    return list(OpSample.of(in(2, 0, 4)), OpSample.of(in(0, 3, 2)));
  }

  /** An expanded input has ties whatever its values. */
  private static List<OpSample> apart(List<OpSample> samples) {
    return samples.stream()
        .map(s -> s.inputs().get(0).arrangement() == Arrangement.EXPANDED ? s.kinked() : s)
        .toList();
  }

  /** On no elements at all PyTorch does not look at the type. */
  private static List<OpSample> emptyFloating() {
    return emptyCubes().stream().map(OpSample::floatingOnly).toList();
  }

  private static List<OpSample> specialCubes() {
    return list(
        OpSample.of(in(5, 2, 4).of(OpSample::special)).kinked().floatingOnly(),
        OpSample.of(in(3, 2, 4).of(OpSample::ties)).kinked());
  }

  private static List<OpRow> sums() {
    return List.of(
        OpRow.of("sum")
            .tolerance32(2e-5, 1e-4)
            .on(unary(), specialCubes())
            .form("", x -> x[0].sum(), x -> x[0].sum())
            .on(cubes(OpSample::standard), emptyCubes(), specialCubes())
            .form("1", x -> x[0].sum(1), x -> x[0].sum(1))
            .form("0 -1", x -> x[0].sum(0, -1), x -> x[0].sum(0, -1))
            .form("keep 2", x -> x[0].sum(true, 2), x -> x[0].sum(dims(2), true, noType()))
            .form("keep all", x -> x[0].sum(true), x -> x[0].sum(dims(0, 1, 2), true, noType())),
        OpRow.of("mean")
            .tolerance32(2e-5, 1e-5)
            .on(unary(), specialCubes())
            .form("", x -> x[0].mean(), x -> x[0].mean())
            .on(cubes(OpSample::standard), emptyCubes(), specialCubes())
            .form("-2", x -> x[0].mean(-2), x -> x[0].mean(-2))
            .form("0 2", x -> x[0].mean(0, 2), x -> x[0].mean(0, 2))
            .form("keep 0", x -> x[0].mean(true, 0), x -> x[0].mean(dims(0), true, noType())),
        OpRow.of("prod")
            .tolerance32(1e-3, 1e-5)
            .on(unary(OpSample.between(0.8, 1.25)))
            .form("", x -> x[0].prod(), x -> x[0].prod())
            .on(
                list(
                    OpSample.of(in(2, 3, 2)),
                    OpSample.of(in(2, 3, 2).of(OpSample::sparse)),
                    OpSample.of(in(2, 3, 3).of(OpSample::ties)).kinked(),
                    OpSample.of(in(2, 3, 2).as(Arrangement.TRANSPOSED))),
                emptyCubes())
            .form("", x -> x[0].prod(), x -> x[0].prod())
            .form("1", x -> x[0].prod(1, false), x -> x[0].prod(1, false, noType()))
            .form("keep -1", x -> x[0].prod(-1, true), x -> x[0].prod(-1, true, noType())));
  }

  private static List<OpRow> spreads() {
    return List.of(
        OpRow.of("var")
            .tolerance32(2e-5, 1e-5)
            .on(
                list(
                    OpSample.of(in()).kinked(),
                    OpSample.of(in(0)),
                    OpSample.of(in(7)),
                    OpSample.of(in(3, 1031)),
                    OpSample.of(in(3, 4).as(Arrangement.TRANSPOSED))))
            .form("", x -> x[0].var(), x -> x[0].var())
            .on(cubes(OpSample::standard), emptyCubes())
            .form("1", x -> x[0].var(1), x -> x[0].var(dims(1), true, false))
            .form(
                "population keep 0 2",
                x -> x[0].var(0, true, 0, 2),
                x -> x[0].var(dims(0, 2), some(0L), true)),
        OpRow.of("std")
            .tolerance32(2e-5, 1e-5)
            .on(list(OpSample.of(in(7)), OpSample.of(in(3, 4).as(Arrangement.TRANSPOSED))))
            .form("", x -> x[0].std(), x -> x[0].std())
            .on(
                list(
                    OpSample.of(in(2, 3, 4)),
                    OpSample.of(in(2, 3, 3).as(Arrangement.STEPPED)),
                    OpSample.of(in(5, 70, 33))),
                emptyCubes())
            .form("1", x -> x[0].std(1), x -> x[0].std(dims(1), true, false))
            .form(
                "population keep 0 2",
                x -> x[0].std(0, true, 0, 2),
                x -> x[0].std(dims(0, 2), some(0L), true)),
        norm(),
        OpRow.of("logsumexp")
            .tolerance32(2e-5, 1e-5)
            .on(cubes(OpSample::standard), specialCubes(), list(OpSample.of(in(0, 3, 2))))
            .form("1", x -> x[0].logsumexp(false, 1), x -> x[0].logsumexp(1))
            .form(
                "keep 1 2",
                x -> x[0].logsumexp(true, 1, 2),
                x -> x[0].logsumexp(dims(1, 2), true)));
  }

  private static OpRow norm() {
    List<OpSample> small =
        list(
            OpSample.of(in(2, 3, 4)),
            OpSample.of(in(2, 3, 4).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(2, 3, 4).of(OpSample::ties)).kinked());
    return OpRow.of("norm")
        .tolerance32(2e-5, 1e-5)
        .on(unary())
        .form("", x -> x[0].norm(), x -> x[0].norm())
        .on(small)
        .form(
            "2 keep 1",
            x -> x[0].norm(2, true, 1),
            x -> torch.linalg_vector_norm(x[0], num(2.0), dims(1), true, noType()))
        .form(
            "3 of 0 2",
            x -> x[0].norm(3, false, 0, 2),
            x -> torch.linalg_vector_norm(x[0], num(3.0), dims(0, 2), false, noType()))
        .form(
            "1 of 2",
            x -> x[0].norm(1, false, 2),
            x -> torch.linalg_vector_norm(x[0], num(1.0), dims(2), false, noType()))
        .form(
            "0 of 2",
            x -> x[0].norm(0, false, 2),
            x -> torch.linalg_vector_norm(x[0], num(0.0), dims(2), false, noType()))
        .form(
            "inf of 1",
            x -> x[0].norm(Double.POSITIVE_INFINITY, false, 1),
            x ->
                torch.linalg_vector_norm(
                    x[0], num(Double.POSITIVE_INFINITY), dims(1), false, noType()))
        .form(
            "-inf",
            x -> x[0].norm(Double.NEGATIVE_INFINITY, false),
            x ->
                torch.linalg_vector_norm(
                    x[0], num(Double.NEGATIVE_INFINITY), all(), false, noType()));
  }

  private static List<OpRow> extremes() {
    List<OpSample> whole = apart(unary(OpSample::distinct));
    return List.of(
        OpRow.of("max")
            .on(whole, specialCubes())
            .form("", x -> x[0].max(), x -> x[0].max())
            .on(
                apart(cubes(OpSample::distinct)),
                emptyCubes(),
                specialCubes(),
                list(OpSample.of(in())))
            .form("-1", x -> x[0].max(-1).values(), x -> x[0].max(-1).get0())
            .form("-1 indices", x -> x[0].max(-1).indices(), x -> x[0].max(-1).get1())
            .form("keep 0", x -> x[0].max(0, true).values(), x -> x[0].max(0, true).get0()),
        OpRow.of("min")
            .on(whole, specialCubes())
            .form("", x -> x[0].min(), x -> x[0].min())
            .on(
                apart(cubes(OpSample::distinct)),
                emptyCubes(),
                specialCubes(),
                list(OpSample.of(in())))
            .form("-1", x -> x[0].min(-1).values(), x -> x[0].min(-1).get0())
            .form("-1 indices", x -> x[0].min(-1).indices(), x -> x[0].min(-1).get1())
            .form("keep 0", x -> x[0].min(0, true).values(), x -> x[0].min(0, true).get0()),
        OpRow.of("amax")
            .on(apart(cubes(OpSample::distinct)), emptyCubes(), specialCubes())
            .form("1", x -> x[0].amax(false, 1), x -> x[0].amax(dims(1), false))
            .form("keep 0 2", x -> x[0].amax(true, 0, 2), x -> x[0].amax(dims(0, 2), true)),
        OpRow.of("amin")
            .on(apart(cubes(OpSample::distinct)), emptyCubes(), specialCubes())
            .form("1", x -> x[0].amin(false, 1), x -> x[0].amin(dims(1), false))
            .form("keep 0 2", x -> x[0].amin(true, 0, 2), x -> x[0].amin(dims(0, 2), true)));
  }

  private static List<OpRow> positions() {
    return List.of(
        OpRow.of("argmax")
            .on(unary(OpSample::distinct), specialCubes())
            .form("", x -> x[0].argmax(), x -> x[0].argmax())
            .on(cubes(OpSample::ties), emptyCubes(), specialCubes(), list(OpSample.of(in())))
            .form("0", x -> x[0].argmax(0), x -> x[0].argmax(new LongOptional(0), false))
            .form(
                "keep -1",
                x -> x[0].argmax(-1, true),
                x -> x[0].argmax(new LongOptional(-1), true)),
        OpRow.of("argmin")
            .on(unary(OpSample::distinct), specialCubes())
            .form("", x -> x[0].argmin(), x -> x[0].argmin())
            .on(cubes(OpSample::ties), emptyCubes(), specialCubes(), list(OpSample.of(in())))
            .form("0", x -> x[0].argmin(0), x -> x[0].argmin(new LongOptional(0), false))
            .form(
                "keep -1",
                x -> x[0].argmin(-1, true),
                x -> x[0].argmin(new LongOptional(-1), true)));
  }

  private static List<OpRow> truth() {
    return List.of(
        OpRow.of("any")
            .on(unary(OpSample::sparse), specialCubes())
            .form("", x -> x[0].any(), x -> x[0].any())
            .on(cubes(OpSample::sparse), emptyCubes(), specialCubes())
            .form("keep 1", x -> x[0].any(1, true), x -> x[0].any(1L, true))
            .form("-1", x -> x[0].any(-1, false), x -> x[0].any(-1L, false)),
        OpRow.of("all")
            .on(unary(OpSample::sparse), specialCubes())
            .form("", x -> x[0].all(), x -> x[0].all())
            .on(cubes(OpSample::sparse), emptyCubes(), specialCubes())
            .form("keep 1", x -> x[0].all(1, true), x -> x[0].all(1L, true))
            .form("-1", x -> x[0].all(-1, false), x -> x[0].all(-1L, false)));
  }

  private static List<OpRow> scans() {
    return List.of(
        OpRow.of("cumsum")
            .covers("cumsum_reversed")
            .tolerance32(2e-5, 1e-5)
            .on(
                cubes(OpSample::standard),
                emptyCubes(),
                specialCubes(),
                list(OpSample.of(in()), OpSample.of(in(6))))
            .form("0", x -> x[0].cumsum(0), x -> x[0].cumsum(0))
            .form("-1", x -> x[0].cumsum(-1), x -> x[0].cumsum(-1)),
        OpRow.of("softmax")
            .covers("softmax_backward")
            .on(
                cubes(OpSample::standard),
                emptyFloating(),
                specialCubes(),
                list(OpSample.of(in()), OpSample.of(in(6))))
            .form("0", x -> x[0].softmax(0), x -> x[0].softmax(0))
            .form("-1", x -> x[0].softmax(-1), x -> x[0].softmax(-1)),
        OpRow.of("log_softmax")
            .covers("logSoftmax", "log_softmax_backward")
            .on(
                cubes(OpSample::standard),
                emptyFloating(),
                specialCubes(),
                list(OpSample.of(in()), OpSample.of(in(6))))
            .form("0", x -> x[0].logSoftmax(0), x -> x[0].log_softmax(0))
            .form("-1", x -> x[0].logSoftmax(-1), x -> x[0].log_softmax(-1)));
  }
}
