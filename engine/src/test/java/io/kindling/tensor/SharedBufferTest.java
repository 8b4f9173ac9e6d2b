package io.kindling.tensor;

import static io.kindling.core.DType.FLOAT32;
import static io.kindling.core.DType.INT64;
import static io.kindling.core.DType.UINT8;
import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.device.Window;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("T03 a tensor over the caller's memory")
class SharedBufferTest {
  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Test
  @DisplayName("T03 sees what the caller writes, and the caller what it writes")
  void bothWays() {
    ByteBuffer b = buffer(24);
    Tensor x = Tensors.fromBuffer(b, FLOAT32, 2, 3);
    b.putFloat(4, 2.5f);
    assertArrayEquals(new float[] {0, 2.5f, 0, 0, 0, 0}, x.toFloatArray());
    x.get(1).fill_(7);
    x.add_(1);
    assertEquals(3.5f, b.getFloat(4));
    assertEquals(8, b.getFloat(20));
    assertEquals(0, b.position());
  }

  @Test
  @DisplayName("T03 begins at the buffer's position and ends at its limit")
  void part() {
    ByteBuffer b = buffer(40);
    b.position(8).limit(24);
    Tensor x = Tensors.fromBuffer(b, INT64, 2);
    x.copy_(Tensors.tensor(5L, -6L));
    assertEquals(0, b.clear().getLong(0));
    assertEquals(5, b.getLong(8));
    assertEquals(-6, b.getLong(16));
    assertEquals(0, b.getLong(24));
  }

  @Test
  @DisplayName("T03 has any type, 0-D and no elements too")
  void types() {
    for (DType d : DType.values()) {
      ByteBuffer b = buffer(6 * d.size());
      Tensor x = Tensors.fromBuffer(b, d, 2, 3);
      x.copy_(Tensors.ones(d, 2, 3));
      assertEquals(6, x.toLong().sum().itemLong(), d.toString());
      assertArrayEquals(x.toByteArray(), Tensors.fromBuffer(b, d, 6).toByteArray());
    }
    assertEquals(0, Tensors.fromBuffer(buffer(8), INT64).itemLong());
    assertEquals(0, Tensors.fromBuffer(buffer(0), FLOAT32, 0, 3).numel());
  }

  @Test
  @DisplayName("T03 is a leaf of the graph like any tensor")
  void gradient() {
    ByteBuffer b = buffer(8);
    Tensor x = Tensors.fromBuffer(b, FLOAT32, 2).requiresGrad_();
    b.putFloat(0, 3).putFloat(4, -1);
    x.square().sum().backward();
    assertArrayEquals(new float[] {6, -2}, x.grad().toFloatArray());
  }

  @Test
  @DisplayName("T03 takes nothing from the pool, outlives scopes, and keeps the buffer")
  void ownership() {
    long before = MemoryPool.host().stats().inUse();
    Tensor x;
    WeakReference<ByteBuffer> buffer;
    try (Scope scope = Scope.open()) {
      ByteBuffer b = buffer(1 << 20);
      b.putFloat(0, 1.5f);
      buffer = new WeakReference<>(b);
      x = Tensors.fromBuffer(b, FLOAT32, 1 << 18);
      assertEquals(before, MemoryPool.host().stats().inUse());
    }
    System.gc();
    assertNotNull(buffer.get());
    assertEquals(1.5, x.get(0).item());
    x.strided().storage().close();
    assertEquals(1.5f, buffer.get().getFloat(0));
  }

  @Test
  @DisplayName("T03 memory that cannot be shared is refused, with what to do")
  void refused() {
    String start = "fromBuffer: cannot share the memory of ";
    assertError(
        KindlingException.class,
        start + "a heap buffer; use ByteBuffer.allocateDirect, or fromArray, which copies",
        () -> Tensors.fromBuffer(ByteBuffer.allocate(8), FLOAT32, 2));
    assertError(
        KindlingException.class,
        start + "a read-only buffer",
        () -> Tensors.fromBuffer(buffer(8).asReadOnlyBuffer(), FLOAT32, 2));
    assertError(
        KindlingException.class,
        start + "a buffer in BIG_ENDIAN order; call order(ByteOrder.nativeOrder()) first",
        () -> Tensors.fromBuffer(ByteBuffer.allocateDirect(8), FLOAT32, 2));
    assertEquals(8, Tensors.fromBuffer(ByteBuffer.allocateDirect(8), UINT8, 8).numel());
    assertError(
        KindlingException.class,
        start + "a buffer whose address is no multiple of 4 bytes",
        () -> Tensors.fromBuffer(buffer(9).position(1), FLOAT32, 2));
  }

  @Test
  @DisplayName("T03 a shape that the buffer does not fill exactly is refused")
  void wrongShape() {
    assertError(
        ShapeException.class,
        "fromBuffer: shape '[3]' of torch.float32 is invalid for a buffer of 8 bytes",
        () -> Tensors.fromBuffer(buffer(8), FLOAT32, 3));
    assertError(
        ShapeException.class,
        "fromBuffer: shape '[2]' of torch.float32 is invalid for a buffer of 10 bytes",
        () -> Tensors.fromBuffer(buffer(10), FLOAT32, 2));
  }

  @Test
  @DisplayName("T03 a convolution sees what the caller writes to its weights")
  void weights() {
    ByteBuffer b = buffer(4 * 16 * 16 * 9);
    Tensor w = Tensors.fromBuffer(b, FLOAT32, 16, 16, 3, 3).fill_(1);
    Tensor x = Tensors.ones(1, 16, 8, 8);
    Window window = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
    for (int i = 0; i < 4; i++) {
      assertEquals(144, Functional.conv2d(x, w, null, window).max().item());
    }
    for (int i = 0; i < 16 * 16 * 9; i++) {
      b.putFloat(4 * i, 2);
    }
    assertEquals(288, Functional.conv2d(x, w, null, window).max().item());
    Tensors.fromBuffer(b, FLOAT32, 16, 16, 3, 3).fill_(3);
    assertEquals(432, Functional.conv2d(x, w, null, window).max().item());
  }

  @Test
  @DisplayName("T03 two tensors over one buffer are known to share their memory")
  void aliases() {
    ByteBuffer b = buffer(4 * 200 * 200);
    Tensor x = Tensors.fromBuffer(b, FLOAT32, 200, 200);
    x.copy_(Tensors.arange(40_000).toFloat().view(200, 200));
    Tensor want = x.add(x.t());
    x.add_(Tensors.fromBuffer(b, FLOAT32, 200, 200).t());
    assertArrayEquals(want.toFloatArray(), x.toFloatArray());
  }
}
