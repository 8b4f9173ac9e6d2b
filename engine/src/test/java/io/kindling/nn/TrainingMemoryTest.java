package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.MemoryException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.optim.Adam;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("measures the memory of the process")
class TrainingMemoryTest {
  private final Sequential net =
      new Sequential(
          new Conv2d(1, 4, Conv2d.kernel(3).padding(1)),
          new ReLU(),
          new MaxPool2d(2),
          new Flatten(),
          new Linear(4 * 7 * 7, 32),
          new Dropout(0.1),
          new Linear(32, 10));
  private final Adam optimizer = new Adam(net.parameters());
  private final CrossEntropyLoss lossFunction = new CrossEntropyLoss();

  private double step(int batch) {
    Tensor x = Tensors.randn(batch, 1, 14, 14);
    Tensor y = Tensors.randint(0, 10, batch);
    optimizer.zeroGrad();
    Tensor loss = lossFunction.forward(net.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss.item();
  }

  private double scopedStep() {
    try (Scope scope = Scope.open()) {
      return step(8);
    }
  }

  @Test
  @DisplayName("T20 native memory is flat over 1,000 training steps inside scopes")
  void flatWithScopes() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      scopedStep();
    }
    // What other tests left to the collector must not come back in the middle.
    System.gc();
    Thread.sleep(50);
    long before = MemoryPool.host().stats().inUse();
    long reserved = MemoryPool.host().stats().reserved();
    for (int i = 0; i < 1000; i++) {
      scopedStep();
    }
    long after = MemoryPool.host().stats().inUse();
    assertTrue(after <= before, "in use " + before + " before, " + after + " after");
    assertEquals(reserved, MemoryPool.host().stats().reserved());
  }

  @Test
  @DisplayName("T20 without scopes the collector keeps native memory bounded")
  void boundedWithoutScopes() {
    long before = MemoryPool.host().stats().inUse();
    long worst = 0;
    for (int i = 0; i < 500; i++) {
      step(48);
      worst = Math.max(worst, MemoryPool.host().stats().inUse() - before);
    }
    // The pool asks for a collection whenever this much was handed out since the last.
    assertTrue(worst < 300L << 20, "in use grew by " + worst);
  }

  @Test
  @DisplayName("T20 a gradient of a closed scope says so when it is used")
  void staleGradient() {
    scopedStep();
    MemoryException e = Assertions.assertThrows(MemoryException.class, optimizer::step);
    assertTrue(e.getMessage().contains("released when its Scope closed"), e.getMessage());
  }
}
