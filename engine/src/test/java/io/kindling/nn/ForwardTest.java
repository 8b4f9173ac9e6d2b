package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Modules of several inputs and outputs, and modules that have no forward. */
class ForwardTest {
  static class Nothing extends Module {
    private static final long serialVersionUID = 1L;
    Linear fc = new Linear(1, 1);
  }

  static class Siamese extends Module {
    private static final long serialVersionUID = 1L;
    Linear left = new Linear(3, 2);
    Linear right = new Linear(4, 2);

    Tensor forward(Tensor a, Tensor b) {
      return left.forward(a).add(right.forward(b));
    }

    Tensor forward(Tensor a, Tensor b, @Nullable Tensor mask) {
      Tensor out = forward(a, b);
      return mask == null ? out : out.mul(mask);
    }
  }

  static class Encoder extends Module {
    private static final long serialVersionUID = 1L;
    Linear mean = new Linear(3, 2);
    Linear logVar = new Linear(3, 2);

    record Moments(Tensor mean, Tensor logVar) {}

    Moments encode(Tensor x) {
      return new Moments(mean.forward(x), logVar.forward(x));
    }
  }

  @Test
  @DisplayName("N01 a module without forward says so as PyTorch does, and what it has instead")
  void missing() {
    Tensor x = Tensors.ones(1, 3);
    for (Runnable run :
        List.<Runnable>of(
            () -> new Nothing().forward(x),
            () -> new Nothing().call(x),
            () -> new Sequential(new Nothing()).call(x),
            () -> Summary.of(new Nothing(), 1, 3))) {
      assertEquals(
          "Module [Nothing] is missing the required \"forward\" function",
          assertThrows(KindlingException.class, run::run).getMessage());
    }
    String message =
        assertThrows(KindlingException.class, () -> new Siamese().call(x)).getMessage();
    assertTrue(
        message.startsWith(
            "Module [Siamese] is missing the required \"forward\" function for one tensor; it has"
                + " forward(Tensor, Tensor"),
        message);
  }

  @Test
  @DisplayName("N01 a module of several inputs is trained and named in errors like any other")
  void severalInputs() {
    Siamese net = new Siamese();
    Tensor a = Tensors.ones(1, 3);
    Tensor b = Tensors.ones(1, 4);
    assertTrue(net.forward(a, b).equal(net.call(net::forward, a, b)));
    assertTrue(net.forward(a, b).equal(net.call((p, q) -> net.forward(p, q, null), a, b)));
    Tensor mask = Tensors.ones(1, 2).mul(3);
    assertTrue(net.forward(a, b, mask).equal(net.call(net::forward, a, b, mask)));
    net.call(net::forward, a, b).sum().backward();
    assertTrue(net.parameters().stream().allMatch(p -> p.grad() != null));
    LayerException e =
        assertThrows(LayerException.class, () -> net.call(net::forward, a, Tensors.ones(1, 5)));
    assertTrue(
        e.getMessage().startsWith("right (Linear(in_features=4, out_features=2, bias=True)): mat1"),
        e.getMessage());
    assertInstanceOf(ShapeException.class, e.getCause());
    e = assertThrows(LayerException.class, () -> net.call((p, q) -> p.add(q), a, b));
    assertTrue(e.getMessage().startsWith("Siamese: "), e.getMessage());
    assertSame(net, e.layer());
  }

  @Test
  @DisplayName("N01 a module returns a record, a list or an array of tensors")
  void severalOutputs() {
    Encoder net = new Encoder();
    Tensor x = Tensors.ones(1, 3);
    Encoder.Moments moments = net.call(net::encode, x);
    moments.mean().add(moments.logVar()).sum().backward();
    assertTrue(net.parameters().stream().allMatch(p -> p.grad() != null));
    List<Tensor> list = net.call(in -> List.of(in, net.encode(in).mean()), x);
    assertSame(x, list.get(0));
    Tensor[] array = net.call((p, q) -> new Tensor[] {p, q}, x, x);
    assertEquals(2, array.length);
    assertThrows(LayerException.class, () -> net.call(net::encode, Tensors.ones(1, 2)));
  }

  @Test
  @DisplayName("N12 a summary of several inputs counts each of them, and each output")
  void summary() {
    Siamese net = new Siamese();
    Tensor a = Tensors.ones(8, 3);
    Tensor b = Tensors.ones(8, 4);
    Summary summary = Summary.of(net, () -> net.call(net::forward, a, b));
    assertEquals(8 * 7 * 4, summary.inputBytes());
    assertEquals(2 * 2 * 8 * 2 * 4, summary.activationBytes());
    assertEquals(List.of(8L, 2L), summary.rows().get(0).outputShape());
    Encoder encoder = new Encoder();
    assertEquals(
        List.of(8L, 2L),
        Summary.of(encoder, () -> encoder.call(encoder::encode, a)).rows().get(0).outputShape());
  }

  @Test
  @DisplayName("N01 a module of a user's own in a Sequential is named in errors")
  void namedInSequential() {
    Sequential net =
        new Sequential(
            new Identity(),
            new Module() {
              private static final long serialVersionUID = 1L;

              @Override
              public Tensor forward(Tensor x) {
                return x.view(7);
              }
            });
    LayerException e = assertThrows(LayerException.class, () -> net.call(Tensors.ones(2)));
    assertTrue(e.getMessage().startsWith("1 (Module()): "), e.getMessage());
  }
}
