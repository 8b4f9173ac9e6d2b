package io.kindling.device.cpu;

import static io.kindling.device.cpu.OneDnnOperands.ONEDNN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DeviceException;
import io.kindling.core.Layout;
import io.kindling.device.MemoryPool;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OneDnnPrimitivesTest {
  private final OneDnnOperands operands = new OneDnnOperands(19);

  private static <T> T onThread(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task);
    thread.start();
    thread.join();
    return task.get();
  }

  private static Plan relu(Primitives primitives, long n) {
    return ElementwisePrimitives.unary(primitives, dnnl.dnnl_eltwise_relu, 0, 0, n);
  }

  @Test
  @DisplayName("a primitive is prepared once and found again")
  void found() {
    try (Primitives primitives = new Primitives(4)) {
      Plan plan = relu(primitives, 100);
      assertSame(plan, relu(primitives, 100));
      assertNotSame(plan, relu(primitives, 101));
      assertEquals(2, primitives.size());
    }
  }

  @Test
  @DisplayName("no more than the limit are kept, and the least recently used goes first")
  void bounded() {
    try (Primitives primitives = new Primitives(3)) {
      Plan first = relu(primitives, 1);
      Plan second = relu(primitives, 2);
      relu(primitives, 3);
      assertSame(first, relu(primitives, 1));
      relu(primitives, 4);
      assertEquals(3, primitives.size());
      assertSame(first, relu(primitives, 1));
      assertTrue(second.isClosed());
      assertFalse(first.isClosed());
    }
  }

  @Test
  @DisplayName("a primitive made while the caller has a PointerScope open outlives that scope")
  void outlivesPointerScope() {
    try (Primitives primitives = new Primitives(4)) {
      Plan plan;
      try (PointerScope scope = new PointerScope()) {
        plan = relu(primitives, 64);
      }
      // What the scope wrongly freed would be overwritten by these.
      List<LongPointer> churn = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        churn.add(new LongPointer(2L * (1 + i % 4)).fill(-1));
      }
      Strided x = Strided.allocate(DType.FLOAT32, Layout.contiguous(64), "test");
      Raw.zero(x.hostAddress(), 256);
      plan.bind(0, x.hostAddress()).bind(1, x.hostAddress()).run(primitives);
      assertEquals(64, churn.size());
    }
  }

  @Test
  @DisplayName("keys are equal for equal numbers of the same kind, and a copy does not change")
  void keys() {
    Key key = new Key().start(PrimitiveKind.MATMUL).add(1).add(2);
    Key copy = key.copy();
    assertEquals(copy, key);
    assertEquals(copy.hashCode(), key.hashCode());
    assertFalse(copy.equals(key.start(PrimitiveKind.REORDER).add(1).add(2)));
    assertFalse(copy.equals(key.start(PrimitiveKind.MATMUL).add(1)));
    assertFalse(copy.equals(key.start(PrimitiveKind.MATMUL).add(2).add(1)));
    assertEquals(copy, key.start(PrimitiveKind.MATMUL).add(1).add(2));
    for (int i = 0; i < 200; i++) {
      key.add(i);
    }
    assertEquals(key.copy(), key);
    assertEquals("[1, 2]", copy.toString());
  }

  @Test
  @DisplayName("each thread has its own primitives, and they are freed after the thread's death")
  void threads() throws Exception {
    Primitives mine = Primitives.local();
    Primitives other =
        onThread(
            () -> {
              relu(Primitives.local(), 77);
              return Primitives.local();
            });
    assertNotSame(mine, other);
    Primitives.freeOrphans();
    assertTrue(other.isClosed());
    assertFalse(mine.isClosed());
    assertEquals(0, other.size());
  }

  @Test
  @DisplayName("the next thread frees what dead threads left")
  void nextThread() throws Exception {
    Primitives dead = onThread(Primitives::local);
    Primitives next = onThread(Primitives::local);
    assertTrue(dead.isClosed());
    assertFalse(next.isClosed());
  }

  @Test
  @DisplayName("threads compute the same bits at the same time")
  void concurrent() throws Exception {
    Strided x = operands.normal(100, 80);
    Strided w = operands.normal(Layout.contiguous(60, 80).transpose(0, 1));
    Strided expected = OneDnnOperands.filled(Layout.contiguous(100, 60), 0);
    ONEDNN.gemm(expected, x, w, null);
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      FutureTask<Void> task =
          new FutureTask<>(
              () -> {
                for (int n = 0; n < 200; n++) {
                  Strided out = OneDnnOperands.filled(Layout.contiguous(100, 60), 0);
                  ONEDNN.gemm(out, x, w, null);
                  OneDnnOperands.assertClose(expected, out, 0, "thread");
                }
                return null;
              });
      tasks.add(task);
      new Thread(task).start();
    }
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
  }

  @Test
  @DisplayName("scratch memory counts in the pool; a large block goes back after its call")
  void accounted() {
    long before = MemoryPool.host().stats().inUse();
    try (Block block = new Block("test")) {
      long address = block.atLeast(1 << 20);
      assertEquals(address, block.atLeast(1000));
      assertTrue(MemoryPool.host().stats().inUse() >= before + (1 << 20));
      block.release();
      assertTrue(block.bytes() >= 1 << 20);
      block.atLeast(65L << 20);
      block.release();
      assertEquals(0, block.bytes());
    }
  }

  @Test
  @DisplayName("an unavailable primitive is remembered and nothing is run")
  void unavailable() {
    try (Primitives primitives = new Primitives(3)) {
      int[] asked = {0};
      for (int n = 0; n < 3; n++) {
        Key key = primitives.key(PrimitiveKind.MATMUL).add(5);
        assertNull(
            primitives.find(
                key,
                PrimitiveKind.MATMUL,
                () -> {
                  asked[0]++;
                  return null;
                }));
      }
      assertEquals(1, asked[0]);
    }
  }

  @Test
  @DisplayName("a failing call names the primitive and the status")
  void status() {
    DeviceException e =
        assertThrows(
            DeviceException.class, () -> Dnnl.check(dnnl.dnnl_runtime_error, "matmul of 2 x 3"));
    assertEquals("oneDNN: matmul of 2 x 3 failed: run-time error (status 5)", e.getMessage());
    assertEquals("status 99", Dnnl.text(99));
  }
}
