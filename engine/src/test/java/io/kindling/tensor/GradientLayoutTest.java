package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.device.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A gradient lies in memory as what it is the gradient of")
class GradientLayoutTest {
  private static Tensor activation() {
    return ViewOps.channelsLast(Tensors.randn(2, 3, 4, 6)).detach().requiresGrad_();
  }

  /** Channels-last, or a gradient that is the same all over a plane and takes no memory for it. */
  private static boolean follows(Tensor g) {
    return g.layout().hasRepeats() || (g.layout().isChannelsLast() && !g.isContiguous());
  }

  private static Map<String, UnaryOperator<Tensor>> programs() {
    Map<String, UnaryOperator<Tensor>> p = new TreeMap<>();
    Tensor other = ViewOps.channelsLast(Tensors.randn(2, 3, 4, 6)).detach();
    p.put("sum", y -> y.sum(2, 3));
    p.put("mean", y -> y.mean(2, 3));
    p.put("mean of relu", y -> y.relu().mean(2, 3));
    p.put("var", y -> y.var(2, 3));
    p.put("std", y -> y.std(1));
    p.put("prod", y -> y.prod(1, false));
    p.put("amax", y -> y.amax(false, 2, 3));
    p.put("max", Tensor::max);
    p.put("max of a dimension", y -> y.max(3).values());
    p.put("norm", y -> y.norm(2, false, 2, 3));
    p.put("1-norm", y -> y.norm(1, false, 2, 3));
    p.put("logsumexp", y -> y.logsumexp(false, 2, 3));
    p.put("select", y -> y.select(2, 1).exp());
    p.put("slice", y -> y.narrow(1, 0, 2).exp());
    p.put("every second", y -> y.get(":, :, ::2").relu());
    p.put("split", y -> y.split(2, 1).get(0).exp());
    p.put("cat", y -> Tensors.cat(List.of(y, y.mul(2)), 1).exp());
    p.put("flatten", y -> y.flatten(1).exp());
    p.put("contiguous", y -> y.contiguous().exp());
    p.put("add", y -> y.add(other).mul(y).mean(2, 3));
    p.put("broadcast", y -> y.select(0, 0).unsqueeze(0).mul(other).sum());
    p.put("written through a view", y -> written(y.mul(1)));
    p.put("max pool", y -> Functional.maxPool2d(y, pool()).mean(2, 3));
    p.put("a residual block", y -> y.add(y.mul(2).relu()).relu().mean(2, 3));
    return p;
  }

  private static Tensor written(Tensor y) {
    y.narrow(1, 0, 1).mul_(2);
    return y;
  }

  private static Window pool() {
    return new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
  }

  @Test
  @DisplayName("A04 through reductions, parts, joins, broadcasts and pooling, and in the leaf")
  void channelsLastStays() {
    List<String> wrong = new ArrayList<>();
    programs()
        .forEach(
            (name, program) -> {
              Tensor x = activation();
              Tensor y = x.mul(1);
              List<Tensor> seen = new ArrayList<>();
              y.registerHook(
                  g -> {
                    seen.add(g);
                    return null;
                  });
              Tensor out = program.apply(y);
              out.backward(Tensors.onesLike(out.detach()));
              assertNotNull(x.grad());
              boolean leaf = x.grad().layout().sameOrder(x.layout());
              if (!follows(seen.get(0)) || !leaf) {
                wrong.add(name + ": " + seen.get(0).layout() + ", leaf " + x.grad().layout());
              }
            });
    assertEquals(List.of(), wrong);
  }

  @Test
  @DisplayName("A04 an operand's gradient that was summed up is laid out as the operand")
  void broadcast() {
    Tensor x = ViewOps.channelsLast(Tensors.randn(1, 3, 4, 6)).detach().requiresGrad_();
    Tensor y = x.mul(1);
    boolean[] follows = {false};
    y.registerHook(
        g -> {
          follows[0] = follows(g);
          return null;
        });
    y.mul(ViewOps.channelsLast(Tensors.randn(5, 3, 4, 6))).exp().sum().backward();
    assertTrue(follows[0]);
  }

  @Test
  @DisplayName("A04 of a leaf has the leaf's strides, as libtorch's")
  void leaves() {
    try (PointerScope scope = Torch.scope()) {
      assertLeaf(
          Tensors.rand(2, 3).t().detach(),
          torch.rand(2, 3).t().detach(),
          Tensors.rand(3, 2),
          torch.rand(3, 2));
      assertLeaf(
          Tensors.rand(2, 3, 8).permute(2, 0, 1).get("::2").detach(),
          every(torch.rand(2, 3, 8).permute(2, 0, 1)).detach(),
          Tensors.rand(4, 2, 3),
          torch.rand(4, 2, 3));
    }
  }

  private static void assertLeaf(
      Tensor x,
      org.bytedeco.pytorch.Tensor y,
      Tensor factor,
      org.bytedeco.pytorch.Tensor theirFactor) {
    x.requiresGrad_().mul(factor).sum().backward();
    y.set_requires_grad(true);
    y.mul(theirFactor).sum().backward();
    if (x.layout().isDense()) { // PyTorch takes row-major for others
      assertArrayEquals(strides(y.grad()), x.grad().stride());
    }
  }

  private static org.bytedeco.pytorch.Tensor every(org.bytedeco.pytorch.Tensor t) {
    var open = new org.bytedeco.pytorch.LongOptional();
    return t.slice(0, open, open, 2);
  }

  private static long[] strides(org.bytedeco.pytorch.Tensor t) {
    long[] out = new long[(int) t.dim()];
    for (int d = 0; d < out.length; d++) {
      out[d] = t.stride(d);
    }
    return out;
  }

  @Test
  @DisplayName(
      "T09 what is like a tensor with gaps or repeats is dense in its order, as libtorch's")
  void likeDense() {
    try (PointerScope scope = Torch.scope()) {
      org.bytedeco.pytorch.Tensor c =
          torch.rand(2, 3, 4, 5).contiguous(torch.MemoryFormat.ChannelsLast);
      Tensor x = ViewOps.channelsLast(Tensors.rand(2, 3, 4, 5));
      assertSame(c.narrow(1, 0, 2), x.narrow(1, 0, 2));
      assertSame(c.select(2, 0), x.select(2, 0));
      assertSame(every(c.permute(3, 1, 0, 2)), x.permute(3, 1, 0, 2).get("::2"));
      assertSame(
          c.select(2, 0).unsqueeze(2).expand(2, 3, 4, 5),
          x.select(2, 0).unsqueeze(2).expand(2, 3, 4, 5));
      assertSame(torch.rand(3, 1, 2).expand(3, 4, 2), Tensors.rand(3, 1, 2).expand(3, 4, 2));
      assertSame(torch.rand(3).expand(4, 3), Tensors.rand(3).expand(4, 3));
    }
  }

  private static void assertSame(org.bytedeco.pytorch.Tensor theirs, Tensor ours) {
    assertArrayEquals(strides(theirs.clone()), ours.clone_().stride());
    assertArrayEquals(strides(theirs.relu()), ours.relu().stride());
  }
}
