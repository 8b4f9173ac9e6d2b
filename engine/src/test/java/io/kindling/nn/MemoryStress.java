package io.kindling.nn;

import io.kindling.core.RandomStream;
import io.kindling.device.Scope;
import io.kindling.optim.Adam;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Trains on four threads while the collector runs without end, in a process of its own with a tiny
 * heap, where memory that nobody holds is filled with NaN. Every thread must reach the weights of
 * one thread alone, bit for bit.
 */
public final class MemoryStress {
  private static final int STEPS = 150;

  private MemoryStress() {}

  public static void main(String[] args) throws InterruptedException {
    float[] alone = train(true);
    AtomicBoolean done = new AtomicBoolean();
    Thread collector =
        new Thread(
            () -> {
              while (!done.get()) {
                System.gc();
              }
            });
    collector.start();
    boolean[] same = new boolean[4];
    Thread[] trainers = new Thread[same.length];
    for (int t = 0; t < trainers.length; t++) {
      int number = t;
      trainers[t] = new Thread(() -> same[number] = Arrays.equals(alone, train(number % 2 == 0)));
      trainers[t].start();
    }
    for (Thread t : trainers) {
      t.join();
    }
    done.set(true);
    collector.join();
    System.out.println("equal weights: " + Arrays.toString(same));
  }

  private static float[] train(boolean scoped) {
    try (Generator.Guard seeded = Generator.use(RandomStream.of(11))) {
      Module net =
          new Sequential(
              new Conv2d(1, 4, 3),
              new ReLU(),
              new MaxPool2d(2),
              new Flatten(),
              new Linear(36, 16),
              new Dropout(0.2),
              new ReLU(),
              new Linear(16, 4));
      Adam optimizer = new Adam(net.parameters(), 0.01);
      CrossEntropyLoss loss = new CrossEntropyLoss();
      for (int step = 0; step < STEPS; step++) {
        Scope scope = scoped ? Scope.open() : Scope.none();
        try (scope) {
          Tensor x = Tensors.rand(8, 1, 8, 8);
          Tensor y = Tensors.randint(0, 4, 8);
          optimizer.zeroGrad();
          loss.forward(net.forward(x), y).backward();
          optimizer.step();
        }
      }
      float[] weights = new float[ParameterVector.size(net)];
      ParameterVector.copyTo(net, weights);
      return weights;
    }
  }
}
