package io.kindling.device;

import io.kindling.core.KindlingException;

/** Settings of the engine for the whole process. */
public final class Engine {
  private static volatile int threads = 1;

  private Engine() {}

  /**
   * How many threads may share one operator on the CPU: elementwise work, optimizer updates, rows
   * (softmax and its kin) and matrix products above a size at which that pays. 1 unless set, since
   * an executor runs as many tasks at once as it has cores. Results have the same bits for every
   * number: how work is cut depends on shapes alone.
   *
   * @param n 1 or more; the calling thread is one of them
   * @throws KindlingException if {@code n} is less than 1
   */
  public static void threads(int n) {
    if (n < 1) {
      throw new KindlingException("Engine.threads: expected 1 or more, got " + n);
    }
    threads = n;
  }

  /** How many threads may share one operator. */
  public static int threads() {
    return threads;
  }
}
