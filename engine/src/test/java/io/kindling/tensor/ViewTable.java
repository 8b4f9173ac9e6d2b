package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.SampleLists.list;
import static io.kindling.tensor.SampleLists.unary;
import static io.kindling.tensor.Torch.num;

import io.kindling.core.DType;
import io.kindling.tensor.OpSample.Arrangement;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/** Views, copies, conversions, fills and joins. */
final class ViewTable {
  private ViewTable() {}

  private static final List<OpSample> CUBES =
      list(
          OpSample.of(in(2, 3, 4)),
          OpSample.of(in(2, 3, 4).as(Arrangement.TRANSPOSED)),
          OpSample.of(in(2, 3, 4).as(Arrangement.STEPPED)),
          OpSample.of(in(2, 3, 4).as(Arrangement.EXPANDED)));

  private static final List<OpSample> MATRICES =
      list(
          OpSample.of(in(2, 3)),
          OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED)),
          OpSample.of(in(3, 2).as(Arrangement.STEPPED)),
          OpSample.of(in(0, 3)));

  private static final List<OpSample> ONES =
      list(
          OpSample.of(in(1, 3, 1)),
          OpSample.of(in(1, 1)),
          OpSample.of(in(1, 0, 1)),
          OpSample.of(in(2, 1, 3).as(Arrangement.STEPPED)));

  static List<OpRow> rows() {
    List<OpRow> rows = new ArrayList<>();
    rows.addAll(shapes());
    rows.addAll(transpositions());
    rows.addAll(ones());
    rows.addAll(parts());
    rows.addAll(copies());
    rows.addAll(writes());
    rows.addAll(joins());
    rows.addAll(apart());
    return rows;
  }

  private static List<OpRow> shapes() {
    return List.of(
        OpRow.of("view")
            .on(OpSample.of(in(2, 3, 4)), OpSample.of(in(4, 3, 2)), OpSample.of(in(24)))
            .form("-1", x -> x[0].view(-1), x -> x[0].view(-1))
            .form("6 4", x -> x[0].view(6, 4), x -> x[0].view(6, 4))
            .form("2 -1 2", x -> x[0].view(2, -1, 2), x -> x[0].view(2, -1, 2))
            .form("5 -1", x -> x[0].view(5, -1), x -> x[0].view(5, -1))
            .form("-1 -1", x -> x[0].view(-1, -1), x -> x[0].view(-1, -1))
            .form("5", x -> x[0].view(5), x -> x[0].view(5)),
        OpRow.of("reshape")
            .on(CUBES)
            .form("-1", x -> x[0].reshape(-1), x -> x[0].reshape(-1))
            .form("4 6", x -> x[0].reshape(4, 6), x -> x[0].reshape(4, 6))
            .form("3 -1 2", x -> x[0].reshape(3, -1, 2), x -> x[0].reshape(3, -1, 2))
            .on(OpSample.of(in(2, 0, 3)))
            .form("0 5", x -> x[0].reshape(0, 5), x -> x[0].reshape(0, 5))
            .form("-1 0", x -> x[0].reshape(-1, 0), x -> x[0].reshape(-1, 0))
            .on(OpSample.of(in()))
            .form("1 1", x -> x[0].reshape(1, 1), x -> x[0].reshape(1, 1)),
        OpRow.of("flatten")
            .on(CUBES, list(OpSample.of(in()), OpSample.of(in(3)), OpSample.of(in(2, 0, 3))))
            .form("", x -> x[0].flatten(), x -> x[0].flatten())
            .on(CUBES)
            .form("1", x -> x[0].flatten(1), x -> x[0].flatten(1, -1))
            .form("0 1", x -> x[0].flatten(0, 1), x -> x[0].flatten(0, 1))
            .form("2 1", x -> x[0].flatten(2, 1), x -> x[0].flatten(2, 1)));
  }

  private static List<OpRow> transpositions() {
    return List.of(
        OpRow.of("transpose")
            .on(CUBES)
            .form("0 2", x -> x[0].transpose(0, 2), x -> x[0].transpose(0, 2))
            .form("-1 1", x -> x[0].transpose(-1, 1), x -> x[0].transpose(-1, 1))
            .form("1 3", x -> x[0].transpose(1, 3), x -> x[0].transpose(1, 3))
            .form("mT", x -> x[0].mT(), x -> x[0].mT())
            .covers("mT"),
        OpRow.of("T")
            .on(MATRICES, list(OpSample.of(in(2, 3, 4)), OpSample.of(in(0, 2)), OpSample.of(in())))
            .form("", x -> x[0].T(), x -> x[0].numpy_T()),
        OpRow.of("t")
            .covers("t_")
            .on(MATRICES, list(OpSample.of(in()), OpSample.of(in(3)), OpSample.of(in(2, 2, 2))))
            .form("", x -> x[0].t(), x -> x[0].t())
            .form("_", x -> x[0].clone_().t_(), x -> x[0].clone().t_())
            .form(
                "_ then mul_",
                x -> x[0].clone_().t_().mul_(2),
                x -> x[0].clone().t_().mul_(num(2L))),
        OpRow.of("permute")
            .on(CUBES)
            .form("2 0 1", x -> x[0].permute(2, 0, 1), x -> x[0].permute(2, 0, 1))
            .form("-1 1 0", x -> x[0].permute(-1, 1, 0), x -> x[0].permute(-1, 1, 0))
            .form("0 0 1", x -> x[0].permute(0, 0, 1), x -> x[0].permute(0, 0, 1))
            .form("0 1", x -> x[0].permute(0, 1), x -> x[0].permute(0, 1)));
  }

  private static List<OpRow> ones() {
    return List.of(
        OpRow.of("squeeze")
            .on(ONES)
            .form("", x -> x[0].squeeze(), x -> x[0].squeeze())
            .form("0", x -> x[0].squeeze(0), x -> x[0].squeeze(0))
            .form("-1", x -> x[0].squeeze(-1), x -> x[0].squeeze(-1))
            .form("2", x -> x[0].squeeze(2), x -> x[0].squeeze(2)),
        OpRow.of("unsqueeze")
            .on(MATRICES, list(OpSample.of(in())))
            .form("0", x -> x[0].unsqueeze(0), x -> x[0].unsqueeze(0))
            .form("-1", x -> x[0].unsqueeze(-1), x -> x[0].unsqueeze(-1))
            .form("1", x -> x[0].unsqueeze(1), x -> x[0].unsqueeze(1))
            .form("3", x -> x[0].unsqueeze(3), x -> x[0].unsqueeze(3)),
        OpRow.of("expand")
            .covers("expandAs")
            .on(ONES)
            .form("2 3 3", x -> x[0].expand(2, 3, 3), x -> x[0].expand(2, 3, 3))
            .form("2 2 -1 -1", x -> x[0].expand(2, 2, -1, -1), x -> x[0].expand(2, 2, -1, -1))
            .form("2 -1 0 -1", x -> x[0].expand(2, -1, 0, -1), x -> x[0].expand(2, -1, 0, -1))
            .form("3", x -> x[0].expand(3), x -> x[0].expand(3))
            .on(OpSample.of(in()))
            .form("2 2", x -> x[0].expand(2, 2), x -> x[0].expand(2, 2))
            .form("-1 2", x -> x[0].expand(-1, 2), x -> x[0].expand(-1, 2))
            .on(OpSample.of(in(3, 1), in(2, 3, 4)))
            .form("as", x -> x[0].expandAs(x[1]), x -> x[0].expand_as(x[1])),
        OpRow.of("repeat")
            .on(MATRICES)
            .form("2 2", x -> x[0].repeat(2, 2), x -> x[0].repeat(2, 2))
            .form("2 1 3", x -> x[0].repeat(2, 1, 3), x -> x[0].repeat(2, 1, 3))
            .form("0 2", x -> x[0].repeat(0, 2), x -> x[0].repeat(0, 2))
            .form("2", x -> x[0].repeat(2), x -> x[0].repeat(2)));
  }

  private static List<OpRow> parts() {
    return List.of(
        OpRow.of("narrow")
            .on(CUBES)
            .form("1 1 2", x -> x[0].narrow(1, 1, 2), x -> x[0].narrow(1, 1, 2))
            .form("-1 0 0", x -> x[0].narrow(-1, 0, 0), x -> x[0].narrow(-1, 0, 0))
            .form("0 -1 1", x -> x[0].narrow(0, -1, 1), x -> x[0].narrow(0, -1, 1))
            .form("1 2 2", x -> x[0].narrow(1, 2, 2), x -> x[0].narrow(1, 2, 2)),
        OpRow.of("select")
            .on(CUBES)
            .form("0 1", x -> x[0].select(0, 1), x -> x[0].select(0, 1))
            .form("-1 -2", x -> x[0].select(-1, -2), x -> x[0].select(-1, -2))
            .form("1 3", x -> x[0].select(1, 3), x -> x[0].select(1, 3)));
  }

  private static List<OpRow> copies() {
    List<OpSample> all = unary();
    return List.of(
        OpRow.of("clone_")
            .covers("contiguous", "cpu", "data", "detach")
            .on(all)
            .form("", x -> x[0].clone_(), x -> x[0].clone())
            .form("contiguous", x -> x[0].contiguous(), x -> x[0].contiguous())
            .form("cpu", x -> x[0].cpu(), x -> x[0].cpu())
            .form("data", x -> x[0].data(), x -> x[0].detach())
            .form("detach", x -> x[0].detach(), x -> x[0].detach()),
        OpRow.of("to")
            .covers("toFloat", "toDouble", "toLong", "toBool")
            .on(all)
            .form("double", x -> x[0].toDouble(), x -> x[0].to(Torch.type(DType.FLOAT64)))
            .form("long", x -> x[0].toLong(), x -> x[0].to(Torch.type(DType.INT64)))
            .form("bool", x -> x[0].toBool(), x -> x[0].to(Torch.type(DType.BOOL)))
            .form(
                "half up",
                x -> x[0].add(300).toLong().to(DType.UINT8),
                x -> x[0].add(num(300L)).to(Torch.type(DType.INT64)).to(Torch.type(DType.UINT8))),
        // Differences of a result rounded to float32 say nothing.
        OpRow.of("toFloat")
            .notDifferentiable()
            .on(all)
            .form("", x -> x[0].toFloat(), x -> x[0].to(Torch.type(DType.FLOAT32)))
            .covers("toHalf", "toBfloat16", "toByte", "toChar", "toShort", "toInt")
            .form("half", x -> x[0].toHalf(), x -> x[0].to(Torch.type(DType.FLOAT16)))
            .form("bfloat16", x -> x[0].toBfloat16(), x -> x[0].to(Torch.type(DType.BFLOAT16)))
            .form(
                "byte", x -> x[0].ne(0).toByte(), x -> x[0].ne(num(0L)).to(Torch.type(DType.UINT8)))
            .form("char", x -> x[0].toChar(), x -> x[0].to(Torch.type(DType.INT8)))
            .form("short", x -> x[0].toShort(), x -> x[0].to(Torch.type(DType.INT16)))
            .form("int", x -> x[0].toInt(), x -> x[0].to(Torch.type(DType.INT32))));
  }

  private static List<OpRow> writes() {
    List<OpSample> pairs =
        list(
            OpSample.of(in(2, 3), in(2, 3).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(2, 3), in(3)),
            OpSample.of(in(2, 3), in()),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in(2, 1)),
            OpSample.of(in(2, 3), in(2, 3).typed(DType.FLOAT64)),
            OpSample.of(in(2, 3), in(3).typed(DType.INT64)),
            OpSample.of(in(0, 3), in(3)),
            OpSample.of(in(2, 3), in(4)));
    return List.of(
        OpRow.of("copy_")
            .on(pairs)
            .form("", x -> x[0].clone_().copy_(x[1]), x -> x[0].clone().copy_(x[1])),
        OpRow.of("fill_")
            .covers("zero_")
            .on(unary())
            .form("2.5", x -> x[0].clone_().fill_(2.5), x -> x[0].clone().fill_(num(2.5)))
            .form("1", x -> x[0].clone_().fill_(1), x -> x[0].clone().fill_(num(1L)))
            .form("zero", x -> x[0].clone_().zero_(), x -> x[0].clone().zero_()),
        OpRow.of("fill_like")
            .covers("zerosLike", "onesLike", "fullLike")
            .notDifferentiable()
            .on(unary())
            .form("zeros", x -> Tensors.zerosLike(x[0]), x -> torch.zeros_like(x[0]))
            .form("ones", x -> Tensors.onesLike(x[0]), x -> torch.ones_like(x[0]))
            .form("full", x -> Tensors.fullLike(x[0], 3), x -> torch.full_like(x[0], num(3L))));
  }

  private static List<OpRow> joins() {
    List<OpSample> pairs =
        list(
            OpSample.of(in(2, 3), in(2, 3)),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in(2, 3).as(Arrangement.STEPPED)),
            OpSample.of(in(0, 3), in(0, 3)),
            OpSample.of(in(2, 3), in(2, 3).typed(DType.FLOAT64)));
    return List.of(
        OpRow.of("cat")
            .on(
                pairs,
                list(
                    OpSample.of(in(2, 3), in(1, 3)),
                    OpSample.of(in(2, 1), in(2, 3)),
                    OpSample.of(in(2, 3), in(0, 3)),
                    OpSample.of(in(2, 3), in(0)),
                    OpSample.of(in(2, 3), in(3)),
                    OpSample.of(in(), in())))
            .form("0", x -> Tensors.cat(List.of(x), 0), x -> torch.cat(Torch.list(x), 0))
            .form("-1", x -> Tensors.cat(List.of(x), -1), x -> torch.cat(Torch.list(x), -1)),
        OpRow.of("stack")
            .on(pairs, list(OpSample.of(in(), in()), OpSample.of(in(2, 3), in(3, 2))))
            .form("0", x -> Tensors.stack(List.of(x), 0), x -> torch.stack(Torch.list(x), 0))
            .form("-1", x -> Tensors.stack(List.of(x), -1), x -> torch.stack(Torch.list(x), -1))
            .form("1", x -> Tensors.stack(List.of(x), 1), x -> torch.stack(Torch.list(x), 1)));
  }

  /** Of several outputs one, the first and last together, or all but one. */
  private static List<OpRow> apart() {
    List<OpSample> samples = new ArrayList<>(MATRICES);
    samples.addAll(CUBES);
    samples.addAll(list(OpSample.of(in()), OpSample.of(in(7)), OpSample.of(in(0))));
    return List.of(
        OpRow.of("unbind")
            .on(CUBES, list(OpSample.of(in()), OpSample.of(in(7)), OpSample.of(in(3, 1))))
            .form("first", x -> x[0].unbind().get(0), x -> torch.unbind(x[0], 0).get(0))
            .form("ends", x -> ends(x[0].unbind(-1)), x -> ends(torch.unbind(x[0], -1))),
        OpRow.of("split")
            .on(samples)
            .form("2", x -> x[0].split(2, 0).get(0), x -> torch.split(x[0], 2, 0).get(0))
            .form("1 of -1", x -> ends(x[0].split(1, -1)), x -> ends(torch.split(x[0], 1, -1)))
            .form("0", x -> x[0].split(0, 0).get(0), x -> torch.split(x[0], 0, 0).get(0))
            .form("-1", x -> x[0].split(-1, 0).get(0), x -> torch.split(x[0], -1, 0).get(0))
            .form(
                "sizes",
                x -> x[0].split(new long[] {1, 1}, 0).get(1),
                x -> torch.split_with_sizes(x[0], new long[] {1, 1}, 0).get(1))
            .form(
                "negative sizes",
                x -> x[0].split(new long[] {-1, 3}, 0).get(1),
                x -> torch.split_with_sizes(x[0], new long[] {-1, 3}, 0).get(1)),
        OpRow.of("chunk")
            .on(samples)
            .form("2", x -> ends(x[0].chunk(2, -1)), x -> ends(torch.chunk(x[0], 2, -1)))
            .form("3", x -> x[0].chunk(3, 0).get(0), x -> torch.chunk(x[0], 3, 0).get(0))
            .form("0", x -> x[0].chunk(0, 0).get(0), x -> torch.chunk(x[0], 0, 0).get(0)));
  }

  private static Tensor ends(List<Tensor> parts) {
    return parts.get(0).sum().mul(parts.get(parts.size() - 1));
  }

  private static org.bytedeco.pytorch.Tensor ends(org.bytedeco.pytorch.TensorVector parts) {
    return parts.get(0).sum().mul(parts.get(parts.size() - 1));
  }
}
