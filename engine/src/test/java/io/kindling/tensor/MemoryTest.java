package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.MemoryException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("T03 native memory")
class MemoryTest {
  private static long inUse() {
    return MemoryPool.host().stats().inUse();
  }

  @Test
  @DisplayName("goes back when its scope closes; a use after that says what to do")
  void release() {
    long before = inUse();
    Tensor x;
    try (Scope scope = Scope.open()) {
      x = Tensors.rand(1000);
      x.add(1).mul(2);
      assertTrue(inUse() >= before + 12000);
    }
    assertEquals(before, inUse());
    assertTrue(x.strided().storage().isReleased());
    assertError(
        MemoryException.class,
        "this tensor's memory was released when its Scope closed; call scope.keep(tensor) before"
            + " that, or read the value inside the scope",
        () -> x.sum());
    assertError(MemoryException.class, "released when its Scope closed", () -> x.toString());
  }

  @Test
  @DisplayName("that is kept outlives the scope, through its views too")
  void keep() {
    Tensor view;
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.ones(4, 5);
      view = x.t().get(0).keep(scope);
    }
    assertEquals(4, view.sum().item());
  }

  @Test
  @DisplayName("that is kept in an inner scope belongs to the outer one")
  void nested() {
    Tensor kept;
    Tensor lost;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        kept = Tensors.ones(3).keep(inner);
        lost = Tensors.ones(3);
      }
      assertTrue(lost.strided().storage().isReleased());
      assertEquals(3, kept.sum().item());
    }
    assertTrue(kept.strided().storage().isReleased());
  }

  @Test
  @DisplayName("made while scopes are suspended belongs to none")
  void suspended() {
    Tensor moment;
    try (Scope step = Scope.open()) {
      try (Scope none = Scope.none()) {
        moment = Tensors.zeros(3);
      }
    }
    assertFalse(moment.strided().storage().isReleased());
    assertEquals(0, moment.sum().item());
  }

  @Test
  @DisplayName(
      "an inner scope that nobody closed closes with the outer one, and the thread goes on")
  void order() {
    long before = inUse();
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    Tensor lost = Tensors.ones(1000);
    outer.close();
    assertTrue(lost.strided().storage().isReleased());
    assertEquals(before, inUse());
    inner.close();
    outer.close();
    try (Scope next = Scope.open()) {
      assertEquals(3, Tensors.ones(3).sum().item());
    }
    assertEquals(before, inUse());
  }

  @Test
  @DisplayName("a scope closes on the thread that opened it")
  void otherThread() throws InterruptedException {
    try (Scope scope = Scope.open()) {
      Throwable[] thrown = new Throwable[1];
      Thread t = new Thread(scope::close);
      t.setUncaughtExceptionHandler((thread, e) -> thrown[0] = e);
      t.start();
      t.join();
      assertEquals("a Scope closes on the thread that opened it", thrown[0].getMessage());
    }
  }

  @Test
  @DisplayName("of a thread that died in an open scope comes back, and what escaped it stays")
  void deadThread() throws InterruptedException {
    long before = inUse();
    Tensor[] escaped = new Tensor[1];
    Thread t =
        new Thread(
            () -> {
              Scope.open();
              Tensors.ones(1 << 20);
              escaped[0] = Tensors.full(7, io.kindling.core.DType.FLOAT32, 1000);
            });
    t.start();
    t.join();
    for (int i = 0; i < 100 && inUse() > before + (1 << 20); i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertTrue(inUse() <= before + (1 << 20), "still in use: " + (inUse() - before));
    assertEquals(7000, escaped[0].sum().item());
  }

  @Test
  @DisplayName("kept out of a scope counts for the collector as what was made without one")
  void keptOut() {
    long before = inUse();
    long most = 0;
    for (int i = 0; i < 200; i++) {
      try (Scope scope = Scope.open()) {
        Tensors.empty(1 << 20).keep(scope);
      }
      most = Math.max(most, inUse() - before);
    }
    assertTrue(most < 600L << 20, "in use: " + (most >> 20) + " MiB of 800 made");
  }

  @Test
  @DisplayName("of another thread's scope is untouched")
  void threads() throws InterruptedException {
    Tensor[] made = new Tensor[1];
    try (Scope scope = Scope.open()) {
      Thread t = new Thread(() -> made[0] = Tensors.ones(3));
      t.start();
      t.join();
    }
    assertEquals(3, made[0].sum().item());
  }

  @Test
  @DisplayName("stays flat over a thousand forward and backward passes in scopes")
  void flat() {
    Tensor w = Tensors.rand(20, 20).requiresGrad_();
    long before = 0;
    for (int i = 0; i < 1000; i++) {
      try (Scope step = Scope.open()) {
        w.setGrad(null);
        w.mm(w).relu().sum().backward();
        try (GradMode.Guard g = Tensors.noGrad()) {
          w.sub_(w.grad().mul(1e-6));
        }
        w.setGrad(null);
      }
      if (i == 10) {
        before = inUse();
      }
    }
    assertTrue(inUse() <= before);
  }

  @Test
  @DisplayName("past its limit is an error that names who asked, for how much, and the limit")
  void limit() {
    MemoryPool pool = MemoryPool.host();
    long before = pool.stats().limit();
    try {
      pool.limit(1 << 20);
      assertError(
          MemoryException.class,
          "empty asked for 64.0 MiB of native memory: ",
          () -> Tensors.empty(1 << 24));
      assertError(MemoryException.class, "and the limit is ", () -> Tensors.empty(1 << 24));
      assertError(
          MemoryException.class,
          "Use a smaller batch, close a Scope around each step, or raise -Dkindling.memory.limit",
          () -> Tensors.empty(1 << 24));
    } finally {
      pool.limit(before);
    }
    assertEquals(1 << 24, Tensors.empty(1 << 24).numel());
  }

  @Test
  @DisplayName("that nobody reaches any more is collected without a scope")
  void collected() {
    long peak = MemoryPool.host().stats().reserved();
    for (int i = 0; i < 200; i++) {
      Tensors.empty(1 << 20);
    }
    assertTrue(MemoryPool.host().stats().reserved() < peak + (600L << 20));
  }

  @Test
  @DisplayName("limits are read with their suffixes")
  void sizes() {
    assertEquals(512L << 20, MemoryPool.parseSize("512m"));
    assertEquals(2L << 30, MemoryPool.parseSize(" 2G "));
    assertEquals(4096, MemoryPool.parseSize("4k"));
    assertEquals(1000, MemoryPool.parseSize("1000"));
    assertError(
        MemoryException.class,
        "kindling.memory.limit: not a size: 'lots' (such as 512m, 2g or plain bytes)",
        () -> MemoryPool.parseSize("lots"));
  }

  @Test
  @DisplayName("kept by an outer scope outlives the inner one")
  void keptByOuter() {
    Tensor kept;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        kept = Tensors.ones(3).keep(outer);
      }
      assertEquals(3, kept.sum().item());
    }
    assertEquals(3, kept.sum().item());
  }
}
