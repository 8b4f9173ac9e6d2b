package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.Torch.num;

import java.util.List;
import org.bytedeco.pytorch.LongOptional;

/** Small programs that write through views; their gradients show what a view knows of its base. */
final class InPlaceTable {
  private InPlaceTable() {}

  static List<OpRow> rows() {
    return List.of(
        OpRow.of("writes through views")
            .on(OpSample.of(in(2, 3), in(3)))
            .form(
                "into a row",
                x -> {
                  Tensor y = x[0].clone_();
                  y.select(0, 1).mul_(x[1]);
                  return y;
                },
                x -> {
                  var y = x[0].clone();
                  y.select(0, 1).mul_(x[1]);
                  return y;
                })
            .form(
                "a view taken before the base is written",
                x -> {
                  Tensor y = x[0].clone_();
                  Tensor v = y.view(6);
                  y.mul_(x[1]);
                  return v;
                },
                x -> {
                  var y = x[0].clone();
                  var v = y.view(6);
                  y.mul_(x[1]);
                  return v;
                })
            .form(
                "the view and the base together",
                x -> {
                  Tensor y = x[0].clone_();
                  Tensor v = y.narrow(1, 0, 2);
                  v.add_(x[1].narrow(0, 1, 2));
                  return v.sum().mul(y);
                },
                x -> {
                  var y = x[0].clone();
                  var v = y.narrow(1, 0, 2);
                  v.add_(x[1].narrow(0, 1, 2));
                  return v.sum().mul(y);
                })
            .form(
                "overlapping views",
                x -> {
                  Tensor y = x[0].clone_();
                  Tensor row = y.select(0, 0);
                  Tensor column = y.select(1, 1);
                  row.mul_(x[1]);
                  column.exp_();
                  return y.add(row).add(column.sum());
                },
                x -> {
                  var y = x[0].clone();
                  var row = y.select(0, 0);
                  var column = y.select(1, 1);
                  row.mul_(x[1]);
                  column.exp_();
                  return y.add(row).add(column.sum());
                })
            .form(
                "a view of a view",
                x -> {
                  Tensor y = x[0].mul(2);
                  y.view(3, 2).t().select(0, 1).sigmoid_();
                  return y.mul(y);
                },
                x -> {
                  var y = x[0].mul(num(2L));
                  y.view(3, 2).t().select(0, 1).sigmoid_();
                  return y.mul(y);
                })
            .form(
                "a stepped view filled",
                x -> {
                  Tensor y = x[0].mul(x[1]);
                  y.get(":, ::2").fill_(0.5);
                  return y.mul(x[0]);
                },
                x -> {
                  var y = x[0].mul(x[1]);
                  y.slice(1, new LongOptional(), new LongOptional(), 2).fill_(num(0.5));
                  return y.mul(x[0]);
                })
            .form(
                "one row copied over another",
                x -> {
                  Tensor y = x[0].mul(x[1]);
                  y.select(0, 0).copy_(y.select(0, 1));
                  return y.mul(y);
                },
                x -> {
                  var y = x[0].mul(x[1]);
                  y.select(0, 0).copy_(y.select(0, 1));
                  return y.mul(y);
                })
            .form(
                "one after another",
                x -> {
                  Tensor y = x[0].mul(1).neg_().mul_(3).add_(x[1]);
                  y.select(0, 0).neg_();
                  y.div_(2);
                  y.select(1, 0).sub_(x[0].select(1, 2));
                  return y;
                },
                x -> {
                  var y = x[0].mul(num(1L)).neg_().mul_(num(3L)).add_(x[1]);
                  y.select(0, 0).neg_();
                  y.div_(num(2L));
                  y.select(1, 0).sub_(x[0].select(1, 2));
                  return y;
                })
            .form(
                "into a plain tensor",
                x -> {
                  Tensor y = Tensors.zeros(x[0].dtype(), 4, 3);
                  y.narrow(0, 1, 2).copy_(x[0]);
                  y.select(0, 3).copy_(x[1]);
                  return y.mul(y);
                },
                x -> {
                  var y = Torch.of(Tensors.zeros(Torch.type(x[0].scalar_type()), 4, 3));
                  y.narrow(0, 1, 2).copy_(x[0]);
                  y.select(0, 3).copy_(x[1]);
                  return y.mul(y);
                }));
  }
}
