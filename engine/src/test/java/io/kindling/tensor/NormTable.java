package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;

import io.kindling.tensor.OpSample.Arrangement;
import io.kindling.tensor.OpSample.Input;
import java.util.List;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Batch, layer and group norm. */
final class NormTable {
  private static final double EPS = 1e-3;

  private NormTable() {}

  static List<OpRow> rows() {
    return List.of(batchNorm(), evaluating(), layerNorm(), groupNorm());
  }

  private static OpRow row(String name, String method) {
    return OpRow.of(name).covers(method).tolerance32(1e-4, 1e-4);
  }

  private static TensorOptional some(org.bytedeco.pytorch.Tensor t) {
    return new TensorOptional(t);
  }

  private static TensorOptional none() {
    return new TensorOptional();
  }

  private static OpSample sample(Input x, long... shape) {
    return OpSample.of(x, in(shape), in(shape));
  }

  private static OpRow batchNorm() {
    return row("batch_norm", "batchNorm")
        .on(
            sample(in(2, 2, 2, 2), 2),
            sample(in(3, 3, 3, 2).as(Arrangement.CHANNELS_LAST), 3),
            sample(in(3, 3, 2, 3).as(Arrangement.TRANSPOSED), 3),
            sample(in(4, 3), 3),
            sample(in(3, 4, 2), 4),
            sample(in(2, 1, 3, 3).as(Arrangement.CHANNELS_LAST), 1),
            sample(in(4, 32, 6, 5).as(Arrangement.CHANNELS_LAST), 32),
            sample(in(4, 19, 6, 5).as(Arrangement.CHANNELS_LAST), 19),
            sample(in(2, 3, 2, 2), 4),
            sample(in(3), 3))
        .form(
            "",
            v -> Functional.batchNorm(v[0], null, null, v[1], v[2], true, 0.1, EPS),
            v ->
                torch.batch_norm(
                    v[0], some(v[1]), some(v[2]), none(), none(), true, 0.1, EPS, true))
        .form(
            "plain",
            v -> Functional.batchNorm(v[0], null, null, null, null, true, 0.1, EPS),
            v -> torch.batch_norm(v[0], none(), none(), none(), none(), true, 0.1, EPS, true));
  }

  private static OpRow evaluating() {
    Input mean = in(3).constant();
    Input var = in(3).of(OpSample::positive).constant();
    return row("batch_norm evaluating", "batchNorm")
        .on(
            OpSample.of(in(2, 3, 2, 2), in(3), in(3), mean, var),
            OpSample.of(in(0, 3, 2, 2), in(3), in(3), mean, var).floatingOnly(),
            OpSample.of(in(2, 3, 4, 3).as(Arrangement.CHANNELS_LAST), in(3), in(3), mean, var),
            OpSample.of(in(4, 3), in(3), in(3), mean, var))
        .form(
            "",
            v -> Functional.batchNorm(v[0], v[3], v[4], v[1], v[2], false, 0.1, EPS),
            v ->
                torch.batch_norm(
                    v[0], some(v[1]), some(v[2]), some(v[3]), some(v[4]), false, 0.1, EPS, true));
  }

  private static OpRow layerNorm() {
    return row("layer_norm", "layerNorm")
        .on(
            sample(in(3, 4), 4),
            sample(in(2, 3, 4), 4),
            sample(in(2, 3, 4).as(Arrangement.TRANSPOSED), 4),
            sample(in(4), 4),
            sample(in(0, 4), 4),
            sample(in(33, 130), 130),
            sample(in(3, 5), 4))
        .form(
            "",
            v -> Functional.layerNorm(v[0], v[1].shape(), v[1], v[2], EPS),
            v -> torch.layer_norm(v[0], Torch.shape(v[1]), some(v[1]), some(v[2]), EPS, false))
        .form(
            "plain",
            v -> Functional.layerNorm(v[0], v[1].shape(), null, null, EPS),
            v -> torch.layer_norm(v[0], Torch.shape(v[1]), none(), none(), EPS, false))
        .on(
            sample(in(2, 2, 3), 2, 3),
            sample(in(2, 3, 2, 2).as(Arrangement.CHANNELS_LAST), 3, 2, 2))
        .form(
            "of planes",
            v -> Functional.layerNorm(v[0], v[1].shape(), v[1], v[2], EPS),
            v -> torch.layer_norm(v[0], Torch.shape(v[1]), some(v[1]), some(v[2]), EPS, false));
  }

  private static OpRow groupNorm() {
    OpRow row = row("group_norm", "groupNorm");
    for (int groups : new int[] {1, 2, 4}) {
      row.on(
              sample(in(2, 4, 2, 2), 4),
              sample(in(2, 4, 3, 2).as(Arrangement.CHANNELS_LAST), 4),
              sample(in(2, 4, 3), 4),
              sample(in(3, 4, 5, 6), 4),
              sample(in(2, 3, 2, 2), 3),
              sample(in(2, 4, 2, 2), 3))
          .form(
              groups + " groups",
              v -> Functional.groupNorm(v[0], groups, v[1], v[2], EPS),
              v -> torch.group_norm(v[0], groups, some(v[1]), some(v[2]), EPS, false))
          .form(
              groups + " groups, plain",
              v -> Functional.groupNorm(v[0], groups, null, null, EPS),
              v -> torch.group_norm(v[0], groups, none(), none(), EPS, false));
    }
    return row;
  }
}
