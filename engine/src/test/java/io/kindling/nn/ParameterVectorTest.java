package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ParameterVectorTest {
  static class Net extends Module {
    private static final long serialVersionUID = 1L;
    Linear a = new Linear(2, 3);
    Linear b = new Linear(3, 1, false);
    @Buffer Tensor mean = Tensors.tensor(1.0, 2.0);
    @Buffer Tensor count = Tensors.tensor(7);

    @Override
    public Tensor forward(Tensor x) {
      return b.forward(a.forward(x));
    }
  }

  private static float[] counting(int n) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = i;
    }
    return out;
  }

  @Test
  @DisplayName("N01 parameters travel flat in the order of their names, frozen ones too")
  void parameters() {
    Net net = new Net();
    net.a.bias.requiresGrad_(false);
    assertEquals(12, ParameterVector.size(net));
    ParameterVector.copyFrom(net, counting(12));
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, net.a.weight.toFloatArray());
    assertArrayEquals(new float[] {6, 7, 8}, net.a.bias.toFloatArray());
    assertArrayEquals(new float[] {9, 10, 11}, net.b.weight.toFloatArray());
    float[] out = new float[12];
    ParameterVector.copyTo(net, out);
    assertArrayEquals(counting(12), out);
  }

  @Test
  @DisplayName("N01 gradients travel flat: zeros where there is none, none for frozen parameters")
  void gradients() {
    Net net = new Net();
    net.a.weight.requiresGrad_(false);
    float[] out = new float[12];
    Arrays.fill(out, 5);
    ParameterVector.gradTo(net, out);
    assertArrayEquals(new float[12], out);
    net.forward(Tensors.ones(1, 2)).sum().backward();
    ParameterVector.gradTo(net, out);
    assertArrayEquals(new float[6], Arrays.copyOf(out, 6));
    assertArrayEquals(net.b.weight.toFloatArray(), Arrays.copyOfRange(out, 6, 9));

    Net other = new Net();
    other.a.weight.requiresGrad_(false);
    ParameterVector.setGrad(other, counting(12));
    assertNull(other.a.weight.grad());
    assertArrayEquals(new float[] {6, 7, 8}, other.a.bias.grad().toFloatArray());
    assertArrayEquals(new float[] {9, 10, 11}, other.b.weight.grad().toFloatArray());
  }

  @Test
  @DisplayName("N01 buffers travel flat, whatever their type")
  void buffers() {
    Net net = new Net();
    assertEquals(3, ParameterVector.bufferSize(net));
    float[] out = new float[3];
    ParameterVector.copyBuffersTo(net, out);
    assertArrayEquals(new float[] {1, 2, 7}, out);
    ParameterVector.copyBuffersFrom(net, new float[] {3, 4, 9});
    assertArrayEquals(new float[] {3, 4}, net.mean.toFloatArray());
    assertEquals(9, net.count.itemLong());
    assertEquals(DType.INT64, net.count.dtype());
  }

  @Test
  @DisplayName("N01 a gradient that was set is of the parameter's type, and not another's memory")
  void ownGradients() {
    Net net = new Net();
    net.to(DType.FLOAT64);
    Tensor shared = Tensors.zeros(DType.FLOAT64, 3);
    net.a.bias.setGrad(shared);
    ParameterVector.setGrad(net, counting(12));
    assertNotNull(net.a.bias.grad());
    assertEquals(DType.FLOAT64, net.a.bias.grad().dtype());
    assertEquals(0, shared.sum().item());
  }

  @Test
  @DisplayName("N01 an array of another model's length is refused")
  void wrongLength() {
    ShapeException e =
        assertThrows(ShapeException.class, () -> ParameterVector.copyFrom(new Net(), new float[5]));
    assertEquals(
        "ParameterVector.copyFrom: the module has 12 elements, got an array of 5; is it of another"
            + " model?",
        e.getMessage());
    e = assertThrows(ShapeException.class, () -> ParameterVector.gradTo(new Net(), new float[13]));
    assertTrue(e.getMessage().startsWith("ParameterVector.gradTo:"), e.getMessage());
  }

  @Test
  @DisplayName("N01 more elements than an array can hold are an error that says so")
  void tooMany() {
    Module net =
        new Module() {
          private static final long serialVersionUID = 1L;
          Parameter wide = new Parameter(Tensors.ones(1).expand(3_000_000_000L));
        };
    assertEquals(
        "ParameterVector: the module has 3000000000 elements, more than an array can hold",
        assertThrows(ShapeException.class, () -> ParameterVector.size(net)).getMessage());
  }
}
