package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LayerErrorTest {
  static class Net extends Module {
    private static final long serialVersionUID = 1L;
    Sequential features = new Sequential(new Conv2d(1, 2, 3), new ReLU());
    Linear fc1 = new Linear(784, 512);

    @Override
    public Tensor forward(Tensor x) {
      return fc1.forward(x.dim() == 4 ? features.forward(x).view(1, 9) : x);
    }
  }

  private static final String LINEAR = "Linear(in_features=784, out_features=512, bias=True)";

  @Test
  @DisplayName("N01 an input that does not fit names the layer by its path, with the shapes")
  void namesThePath() {
    Net net = new Net();
    LayerException e = assertThrows(LayerException.class, () -> net.call(Tensors.ones(64, 100)));
    assertTrue(
        e.getMessage().startsWith("fc1 (" + LINEAR + "): mat1 and mat2 shapes"), e.getMessage());
    assertTrue(e.getMessage().contains("[64, 100]"), e.getMessage());
    assertTrue(e.getMessage().contains("784"), e.getMessage());
    assertInstanceOf(ShapeException.class, e.getCause());
    assertSame(net.fc1, e.layer());
  }

  @Test
  @DisplayName("N01 the path goes through containers, however deep the call")
  void namesNestedPath() {
    Sequential outer = new Sequential(new Identity(), new Net());
    LayerException e =
        assertThrows(LayerException.class, () -> outer.call(Tensors.ones(1, 3, 8, 8)));
    assertTrue(
        e.getMessage()
            .startsWith(
                "1.features.0 (Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))): Given groups=1"),
        e.getMessage());
    assertTrue(
        e.getMessage().contains("expected input[1, 3, 8, 8] to have 1 channels"), e.getMessage());
  }

  @Test
  @DisplayName("N01 without call the layer names itself, and can be named afterwards")
  void namesAfterwards() {
    Net net = new Net();
    LayerException e = assertThrows(LayerException.class, () -> net.forward(Tensors.ones(2, 5)));
    assertTrue(e.getMessage().startsWith(LINEAR + ": "), e.getMessage());
    assertTrue(e.namedIn(net).getMessage().startsWith("fc1 (" + LINEAR), e.getMessage());
    assertSame(e, e.namedIn(new Net()));
    LayerException sent = Serial.copy(e);
    assertNull(sent.layer());
    assertSame(sent, sent.namedIn(net));
    assertEquals(e.getMessage(), sent.getMessage());
  }

  @Test
  @DisplayName("N01 an operator of the model's own code names the model")
  void namesTheModel() {
    LayerException e =
        assertThrows(LayerException.class, () -> new Net().call(Tensors.ones(1, 1, 8, 8)));
    assertTrue(e.getMessage().startsWith("Net: "), e.getMessage());
    assertTrue(e.getMessage().contains("[1, 9]"), e.getMessage());
  }
}
