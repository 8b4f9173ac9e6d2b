package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("M02 Java serialization of tensors")
class SerializationTest {

  private static byte[] bytes(Object... objects) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      for (Object o : objects) {
        out.writeObject(o);
      }
    }
    return bytes.toByteArray();
  }

  private static Tensor trip(Tensor x) throws Exception {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes(x)))) {
      return (Tensor) in.readObject();
    }
  }

  @Test
  @DisplayName("keeps every type, from 0-D to zero-size")
  void types() throws Exception {
    for (DType d : DType.values()) {
      for (long[] shape : new long[][] {{}, {3}, {2, 3}, {0, 2}, {300, 301}}) {
        Tensor x = Tensors.randn(DType.FLOAT64, shape).mul(50).to(d);
        Tensor y = trip(x);
        assertEquals(d, y.dtype());
        assertArrayEquals(shape, y.shape());
        assertTrue(x.equal(y), d + " of " + shape.length + " dimensions");
      }
    }
    long big = (1L << 62) + 3;
    assertEquals(big, trip(Tensors.tensor(big)).itemLong());
    assertTrue(Double.isNaN(trip(Tensors.tensor(Double.NaN)).item()));
  }

  @Test
  @DisplayName("writes a view's elements only, and reads them dense")
  void views() throws Exception {
    Tensor base = Tensors.rand(1000, 8);
    Tensor view = base.get("::100, 1:3").t();
    Tensor y = trip(view);
    assertTrue(view.equal(y));
    assertTrue(y.isContiguous());
    assertEquals(2 * 10 * 4, y.strided().storage().bytes());
    assertTrue(bytes(view).length < 1000);
    Tensor expanded = Tensors.tensor(2.0).expand(3, 4);
    assertTrue(expanded.equal(trip(expanded)));
  }

  @Test
  @DisplayName("keeps requires_grad of a leaf; a result comes back as a plain value")
  void gradients() throws Exception {
    Tensor leaf = Tensors.rand(3).requiresGrad_();
    leaf.mul(2).sum().backward();
    Tensor y = trip(leaf);
    assertTrue(y.requiresGrad());
    assertTrue(y.isLeaf());
    assertNull(y.grad());
    y.mul(3).sum().backward();
    assertArrayEquals(new float[] {3, 3, 3}, y.grad().toFloatArray());
    Tensor result = trip(leaf.mul(2));
    assertFalse(result.requiresGrad());
  }

  @Test
  @DisplayName("of two references to one tensor gives one tensor")
  void identity() throws Exception {
    Tensor x = Tensors.rand(3);
    byte[] bytes = bytes(x, x);
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      assertTrue(in.readObject() == in.readObject());
    }
  }
}
