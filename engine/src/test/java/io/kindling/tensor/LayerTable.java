package io.kindling.tensor;

import static io.kindling.tensor.OpSample.below;
import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.SampleLists.list;
import static io.kindling.tensor.SampleLists.unary;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.nll_loss_nd;

import io.kindling.core.DType;
import io.kindling.device.Window;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.OpSample.Arrangement;
import io.kindling.tensor.OpSample.Input;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Operators of layers and losses. */
final class LayerTable {
  private LayerTable() {}

  static List<OpRow> rows() {
    List<OpRow> rows = new ArrayList<>();
    rows.add(linear());
    rows.add(conv2d());
    rows.add(maxPool2d());
    rows.add(avgPool2d());
    rows.add(dropout());
    rows.add(mse());
    rows.add(nll());
    rows.add(crossEntropy());
    rows.add(withProbabilities());
    return rows;
  }

  private static OpRow linear() {
    return OpRow.of("linear")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(2, 3), in(4, 3), in(4)),
            OpSample.of(in(3), in(4, 3), in(4)),
            OpSample.of(in(2, 2, 3), in(2, 3), in(2)),
            OpSample.of(
                in(2, 3).as(Arrangement.TRANSPOSED), in(4, 3).as(Arrangement.STEPPED), in(4)),
            OpSample.of(in(0, 3), in(4, 3), in(4)),
            OpSample.of(in(64, 130), in(70, 130), in(70)),
            OpSample.of(in(2, 5), in(4, 3), in(4)))
        .form(
            "", x -> Functional.linear(x[0], x[1], x[2]), x -> torch.linear(x[0], x[1], some(x[2])))
        .form("no bias", x -> Functional.linear(x[0], x[1], null), x -> torch.linear(x[0], x[1]));
  }

  private static TensorOptional some(org.bytedeco.pytorch.Tensor t) {
    return new TensorOptional(t);
  }

  private static OpRow conv2d() {
    OpRow row = OpRow.of("conv2d").tolerance32(5e-5, 1e-4);
    Window plain = new Window(2, 2, 1, 1, 0, 0, 1, 1, 1);
    Window padded = new Window(3, 2, 2, 1, 1, 1, 1, 1, 1);
    Window dilated = new Window(2, 2, 1, 1, 1, 0, 2, 1, 1);
    Window grouped = new Window(2, 2, 1, 2, 0, 0, 1, 1, 2);
    convolution(row, plain, in(1, 2, 3, 3), in(1, 2, 2, 2), in(1));
    convolution(row, plain, in(2, 3, 5, 4).as(Arrangement.CHANNELS_LAST), in(4, 3, 2, 2), in(4));
    convolution(row, plain, in(2, 3, 5, 4), in(4, 3, 2, 2).as(Arrangement.CHANNELS_LAST), in(4));
    convolution(row, plain, in(2, 2, 4, 4).as(Arrangement.TRANSPOSED), in(3, 2, 2, 2), in(3));
    convolution(row, plain, in(0, 2, 4, 4), in(3, 2, 2, 2), in(3));
    convolution(row, plain, in(2, 4, 4), in(3, 2, 2, 2), in(3));
    convolution(row, padded, in(1, 1, 3, 3), in(2, 1, 3, 2), in(2));
    Window overhanging = new Window(2, 1, 1, 2, 0, 1, 1, 2, 1);
    convolution(row, overhanging, in(1, 2, 8, 1), in(3, 2, 2, 1), in(3));
    convolution(row, padded, in(2, 3, 6, 5), in(4, 3, 3, 2), in(4));
    convolution(row, dilated, in(1, 1, 3, 3), in(1, 1, 2, 2), in(1));
    convolution(row, grouped, in(1, 2, 3, 4), in(2, 1, 2, 2), in(2));
    convolution(row, grouped, in(2, 4, 5, 6), in(6, 2, 2, 2), in(6));
    convolution(row, plain, in(2, 3, 4, 4), in(3, 2, 2, 2), in(3));
    convolution(row, plain, in(2, 2, 1, 4), in(3, 2, 2, 2), in(3));
    convolution(row, padded, in(2, 2, 0, 5), in(3, 2, 3, 2), in(3));
    convolution(row, padded, in(0, 2, 0, 5), in(3, 2, 3, 2), in(3));
    convolution(row, padded, in(2, 0, 5), in(3, 2, 3, 2), in(3));
    convolution(row, plain, in(2, 0, 4, 4), in(3, 0, 2, 2), in(3));
    convolution(row, plain, in(2, 2, 4, 4), in(0, 2, 2, 2), in(0));
    convolution(
        row, new Window(5, 5, 1, 1, 2, 2, 1, 1, 1), in(3, 1, 12, 12), in(6, 1, 5, 5), in(6));
    return row;
  }

  private static void convolution(OpRow row, Window w, Input x, Input weight, Input bias) {
    long[] stride = {w.strideH(), w.strideW()};
    long[] pad = {w.padH(), w.padW()};
    long[] dilation = {w.dilationH(), w.dilationW()};
    row.on(OpSample.of(x, weight, bias))
        .form(
            w.toString(),
            v -> Functional.conv2d(v[0], v[1], v[2], w),
            v -> torch.conv2d(v[0], v[1], some(v[2]), stride, pad, dilation, w.groups()))
        .form(
            w + " no bias",
            v -> Functional.conv2d(v[0], v[1], null, w),
            v -> torch.conv2d(v[0], v[1], new TensorOptional(), stride, pad, dilation, w.groups()));
  }

  private static OpRow maxPool2d() {
    OpRow row = OpRow.of("max_pool2d").covers("maxPool2d");
    Window halves = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
    Window overlapping = new Window(3, 2, 1, 1, 1, 1, 1, 1, 1);
    Window dilated = new Window(2, 2, 1, 1, 0, 0, 2, 1, 1);
    for (Window w : new Window[] {halves, overlapping, dilated}) {
      row.on(
              OpSample.of(in(1, 2, 4, 4).of(OpSample::distinct)),
              OpSample.of(in(2, 3, 5, 6).of(OpSample::distinct).as(Arrangement.CHANNELS_LAST)),
              OpSample.of(in(2, 3, 5, 6).of(OpSample::distinct).as(Arrangement.TRANSPOSED)),
              OpSample.of(in(2, 4, 5).of(OpSample::distinct)),
              OpSample.of(in(0, 2, 4, 4)),
              OpSample.of(in(2, 0, 4, 4)),
              OpSample.of(in(2, 2, 0, 4)),
              OpSample.of(in(2, 4, 0)),
              OpSample.of(in(0, 4, 4)),
              OpSample.of(in(1, 2, 4, 4).of(OpSample::ties)).kinked(),
              OpSample.of(in(4, 6, 24, 24)).kinked(),
              OpSample.of(in(1, 1, 1, 1)).kinked())
          .form(
              w.toString(),
              x -> Functional.maxPool2d(x[0], w),
              x ->
                  torch.max_pool2d(
                      x[0],
                      new long[] {w.kernelH(), w.kernelW()},
                      new long[] {w.strideH(), w.strideW()},
                      new long[] {w.padH(), w.padW()},
                      new long[] {w.dilationH(), w.dilationW()},
                      false));
    }
    return row;
  }

  private static OpRow avgPool2d() {
    OpRow row = OpRow.of("avg_pool2d").covers("avgPool2d");
    Window halves = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
    Window overlapping = new Window(3, 2, 1, 1, 1, 1, 1, 1, 1);
    for (Window w : new Window[] {halves, overlapping}) {
      for (boolean pads : new boolean[] {false, true}) {
        row.on(
                OpSample.of(in(1, 2, 4, 4)),
                OpSample.of(in(2, 3, 5, 3).as(Arrangement.CHANNELS_LAST)),
                OpSample.of(in(2, 3, 3, 2).as(Arrangement.TRANSPOSED)),
                OpSample.of(in(2, 4, 3)),
                OpSample.of(in(0, 2, 4, 4)),
                OpSample.of(in(2, 2, 0, 4)),
                OpSample.of(in(4, 6, 24, 24)),
                OpSample.of(in(1, 1, 1, 1)))
            .form(
                w + (pads ? " counting padding" : ""),
                x -> Functional.avgPool2d(x[0], w, pads),
                x ->
                    torch.avg_pool2d(
                        x[0],
                        new long[] {w.kernelH(), w.kernelW()},
                        new long[] {w.strideH(), w.strideW()},
                        new long[] {w.padH(), w.padW()},
                        false,
                        pads,
                        new LongOptional()));
      }
    }
    return row;
  }

  private static OpRow dropout() {
    return OpRow.of("dropout")
        .on(unary())
        .form(
            "evaluating",
            x -> Functional.dropout(x[0], 0.5, false),
            x -> torch.dropout(x[0], 0.5, false))
        .form("0", x -> Functional.dropout(x[0], 0, true), x -> torch.dropout(x[0], 0, true))
        .form("1", x -> Functional.dropout(x[0], 1, true), x -> torch.dropout(x[0], 1, true))
        .form("2", x -> Functional.dropout(x[0], 2, true), x -> torch.dropout(x[0], 2, true));
  }

  private static OpRow mse() {
    OpRow row =
        OpRow.of("mse_loss")
            .covers("mseLoss")
            .on(
                OpSample.of(in(2, 3), in(2, 3)),
                OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in(2, 3)),
                OpSample.of(in(2, 3), in(1, 3)),
                OpSample.of(in(0, 3), in(0, 3)),
                OpSample.of(in(64, 100), in(64, 100)));
    for (Reduction r : Reduction.values()) {
      row.form(
          r.name(),
          x -> Functional.mseLoss(x[0], x[1], r),
          x -> torch.mse_loss(x[0], x[1].expand_as(x[0]), r.ordinal()));
    }
    return row;
  }

  private static Input classes(long n, long... shape) {
    return in(shape).of(below(n)).typed(DType.INT64).constant();
  }

  private static List<OpSample> labelled() {
    return list(
        OpSample.of(in(4, 3), classes(3, 4), in(3).of(OpSample::positive).constant()),
        OpSample.of(
            in(4, 3).as(Arrangement.TRANSPOSED),
            classes(3, 4),
            in(3).of(OpSample::positive).constant()),
        OpSample.of(in(3), classes(1), in(3).of(OpSample::positive).constant()),
        OpSample.of(in(2, 3, 2), classes(3, 2, 2), in(3).of(OpSample::positive).constant()),
        OpSample.of(in(2, 3, 1, 2), classes(3, 2, 1, 2), in(3).of(OpSample::positive).constant()),
        OpSample.of(in(0, 3), classes(3, 0), in(3).of(OpSample::positive).constant()),
        OpSample.of(in(64, 10), classes(10, 64), in(10).of(OpSample::positive).constant()),
        OpSample.of(in(4, 3), classes(9, 4), in(3).of(OpSample::positive).constant()),
        OpSample.of(in(4, 3), classes(3, 5), in(3).of(OpSample::positive).constant()),
        OpSample.of(in(4, 3), classes(3, 4), in(2).of(OpSample::positive).constant()));
  }

  private static OpRow nll() {
    OpRow row = OpRow.of("nll_loss").covers("nllLoss").tolerance32(2e-5, 1e-5).on(labelled());
    for (Reduction r : Reduction.values()) {
      int n = r.ordinal();
      row.form(
              "weighted " + r,
              x -> Functional.nllLoss(x[0], x[1], x[2], -100, r),
              x -> nll_loss_nd(x[0], x[1], some(x[2]), n, -100))
          .form(
              "ignoring 1 " + r,
              x -> Functional.nllLoss(x[0], x[1], null, 1, r),
              x -> nll_loss_nd(x[0], x[1], new TensorOptional(), n, 1))
          .form(
              "weighted ignoring 1 " + r,
              x -> Functional.nllLoss(x[0], x[1], x[2], 1, r),
              x -> nll_loss_nd(x[0], x[1], some(x[2]), n, 1));
    }
    return row.form("", x -> Functional.nllLoss(x[0], x[1]), x -> nll_loss_nd(x[0], x[1]));
  }

  private static OpRow crossEntropy() {
    OpRow row =
        OpRow.of("cross_entropy").covers("crossEntropy").tolerance32(2e-5, 1e-5).on(labelled());
    for (Reduction r : Reduction.values()) {
      int n = r.ordinal();
      row.form(
              "smoothed " + r,
              x -> Functional.crossEntropy(x[0], x[1], null, -100, 0.1, r),
              x -> cross_entropy_loss(x[0], x[1], new TensorOptional(), n, -100, 0.1))
          .form(
              "weighted " + r,
              x -> Functional.crossEntropy(x[0], x[1], x[2], -100, 0, r),
              x -> cross_entropy_loss(x[0], x[1], some(x[2]), n, -100, 0))
          .form(
              "weighted smoothed ignoring 1 " + r,
              x -> Functional.crossEntropy(x[0], x[1], x[2], 1, 0.2, r),
              x -> cross_entropy_loss(x[0], x[1], some(x[2]), n, 1, 0.2));
    }
    return row.form(
        "", x -> Functional.crossEntropy(x[0], x[1]), x -> cross_entropy_loss(x[0], x[1]));
  }

  private static OpRow withProbabilities() {
    OpRow row =
        OpRow.of("cross_entropy with probabilities")
            .tolerance32(2e-5, 1e-5)
            .on(
                OpSample.of(
                    in(3, 4),
                    in(3, 4).of(OpSample::positive).constant(),
                    in(4).of(OpSample::positive).constant()),
                OpSample.of(
                    in(4),
                    in(4).of(OpSample::positive).constant(),
                    in(4).of(OpSample::positive).constant()),
                OpSample.of(
                    in(2, 3, 2),
                    in(2, 3, 2).of(OpSample::positive),
                    in(3).of(OpSample::positive).constant()),
                OpSample.of(
                    in(3, 4),
                    in(3, 5).of(OpSample::positive).constant(),
                    in(4).of(OpSample::positive).constant()));
    for (Reduction r : Reduction.values()) {
      int n = r.ordinal();
      row.form(
              "" + r,
              x -> Functional.crossEntropy(x[0], x[1], null, -100, 0, r),
              x -> cross_entropy_loss(x[0], x[1], new TensorOptional(), n, -100, 0))
          .form(
              "weighted smoothed " + r,
              x -> Functional.crossEntropy(x[0], x[1], x[2], -100, 0.1, r),
              x -> cross_entropy_loss(x[0], x[1], some(x[2]), n, -100, 0.1));
    }
    return row;
  }
}
