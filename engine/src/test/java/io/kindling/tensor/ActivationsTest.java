package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.Layout;
import io.kindling.device.Window;
import io.kindling.tensor.OpSample.Arrangement;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The memory order of activations")
class ActivationsTest {
  private static final Window SAME = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
  private static final Window HALVES = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);

  private static Tensor made(boolean channelsLast, long... shape) {
    Arrangement how = channelsLast ? Arrangement.CHANNELS_LAST : Arrangement.DENSE;
    return OpSample.of(OpSample.in(shape).as(how)).make(io.kindling.core.DType.FLOAT32, 5)[0];
  }

  private static org.bytedeco.pytorch.Tensor theirs(boolean channelsLast, Tensor x) {
    org.bytedeco.pytorch.Tensor t = Torch.of(x);
    return channelsLast ? t.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : t;
  }

  private static Tensor convolved() {
    return Functional.conv2d(made(false, 2, 3, 4, 4), made(false, 5, 3, 3, 3), null, SAME);
  }

  private static long[] strides(org.bytedeco.pytorch.Tensor t) {
    long[] out = new long[(int) t.dim()];
    for (int d = 0; d < out.length; d++) {
      out[d] = t.stride(d);
    }
    return out;
  }

  @ParameterizedTest(name = "input channels-last {0}, weight {1}, {2} channels to {3}")
  @CsvSource({
    "false, false, 3, 5",
    "true, false, 3, 5",
    "false, true, 3, 5",
    "true, true, 3, 5",
    "false, false, 1, 5",
    "false, false, 3, 1"
  })
  @DisplayName("N05 strides of convolutions, pools and what follows them are libtorch's")
  void strides(boolean last, boolean lastWeight, long in, long out) {
    Tensor x = made(last, 2, in, 4, 4);
    Tensor w = made(lastWeight, out, in, 3, 3);
    org.bytedeco.pytorch.Tensor x2 = theirs(last, x);
    org.bytedeco.pytorch.Tensor y2 =
        torch.conv2d(
            x2,
            theirs(lastWeight, w),
            new TensorOptional(),
            new long[] {1, 1},
            new long[] {1, 1},
            new long[] {1, 1},
            1);
    Tensor y = Functional.conv2d(x, w, null, SAME);
    assertArrayEquals(strides(y2.relu()), y.relu().stride());
    assertArrayEquals(
        strides(torch.max_pool2d(y2, 2, 2)), Functional.maxPool2d(y, HALVES).stride());
    assertArrayEquals(
        strides(torch.max_pool2d(x2, 2, 2)), Functional.maxPool2d(x, HALVES).stride());
    assertEquals(y2.is_contiguous(), y.isContiguous());
    assertArrayEquals(strides(y2), y.stride());
  }

  @Test
  @DisplayName(
      "N05 a convolution of a row-major image can be viewed, and the view shares its memory")
  void view() {
    Tensor y = convolved();
    Tensor before = y.clone_();
    Tensor same = y.detach();
    Tensor v = y.view(2, -1);
    assertTrue(v.equal(before.reshape(2, -1)));
    assertTrue(same.equal(before));
    v.mul_(2);
    assertTrue(y.equal(before.mul(2)));
    assertTrue(same.equal(before.mul(2)));
    same.view(-1).zero_();
    assertEquals(0, v.abs().sum().item());
    assertSame(y, y.contiguous());
  }

  @Test
  @DisplayName("N05 every view of a convolution is one of row-major memory")
  void everyView() {
    List<UnaryOperator<Tensor>> views =
        List.of(
            y -> y.select(0, 1).view(-1),
            y -> y.narrow(0, 0, 1).view(-1),
            y -> y.unsqueeze(0).view(-1),
            y -> y.transpose(0, 1).transpose(1, 0).view(-1),
            y -> y.permute(0, 1, 2, 3).view(2, -1),
            y -> y.squeeze().view(-1),
            y -> y.expand(2, 5, 4, 4).view(-1),
            y -> y.unbind(0).get(1).view(-1),
            y -> y.relu().view(-1),
            y -> Functional.maxPool2d(y, HALVES).view(2, -1));
    for (UnaryOperator<Tensor> f : views) {
      Tensor plain = convolved().clone_();
      plain = ViewOps.copyOf(plain, Layout.contiguous(plain.shape()));
      assertTrue(f.apply(convolved()).equal(f.apply(plain)));
    }
  }

  @Test
  @DisplayName("N05 gradients pass through a view of a convolution")
  void gradient() {
    Tensor x = made(false, 2, 3, 4, 4).requiresGrad_();
    Tensor w = made(false, 5, 3, 3, 3).requiresGrad_();
    Tensor scale = made(false, 2, 80);
    Functional.conv2d(x, w, null, SAME).relu().view(2, -1).mul(scale).sum().backward();
    Tensor dx = x.grad();
    Tensor dw = w.grad();
    x.setGrad(null);
    w.setGrad(null);
    Functional.conv2d(x, w, null, SAME).relu().flatten(1).mul(scale).sum().backward();
    assertTrue(dx.equal(x.grad()));
    assertTrue(dw.equal(w.grad()));
  }

  @Test
  @DisplayName("N05 a write through a view of a saved activation is noticed")
  void versions() {
    Tensor x = made(false, 2, 3, 4, 4);
    Tensor w = made(false, 5, 3, 3, 3).requiresGrad_();
    Tensor y = Functional.conv2d(x, w, null, SAME);
    Tensor z = y.mul(y);
    y.detach().view(-1).zero_();
    Errors.assertError(
        io.kindling.core.AutogradException.class,
        "modified by an inplace operation",
        () -> z.sum().backward());
  }

  @Test
  @DisplayName("joined activations keep their order")
  void cat() {
    Tensor y = Tensors.cat(List.of(convolved(), convolved()), 1);
    assertEquals(convolved().layout().isProvisional(), y.layout().isProvisional());
    assertTrue(y.view(-1).equal(y.clone_().flatten()));
    assertTrue(y.isContiguous());
  }
}
