package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.KindlingException;
import io.kindling.device.Engine;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ParallelTest {
  @AfterEach
  void one() {
    Engine.threads(1);
  }

  @Test
  @DisplayName("parts that wait for each other run on threads of their own, which are daemons")
  void together() {
    Engine.threads(3);
    CyclicBarrier all = new CyclicBarrier(3);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    Parallel.run(
        3,
        i -> {
          seen.add(Thread.currentThread());
          try {
            all.await(30, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException("a part waits alone", e);
          }
        });
    assertEquals(3, seen.size());
    seen.remove(Thread.currentThread());
    assertEquals(2, seen.size());
    assertTrue(seen.stream().allMatch(Thread::isDaemon));
  }

  @Test
  @DisplayName("every part runs once, with one thread and with more than there are parts")
  void once() {
    for (int threads : new int[] {1, 2, 9}) {
      Engine.threads(threads);
      AtomicInteger[] runs = new AtomicInteger[5];
      java.util.Arrays.setAll(runs, i -> new AtomicInteger());
      Parallel.run(5, i -> runs[i].incrementAndGet());
      for (AtomicInteger n : runs) {
        assertEquals(1, n.get());
      }
    }
  }

  @Test
  @DisplayName("what a part throws reaches the caller, and the threads serve on")
  void failure() {
    Engine.threads(2);
    for (int n = 0; n < 20; n++) {
      KindlingException thrown = new KindlingException("part 3");
      KindlingException seen =
          assertThrows(
              KindlingException.class,
              () ->
                  Parallel.run(
                      8,
                      i -> {
                        if (i == 3) {
                          throw thrown;
                        }
                      }));
      assertSame(thrown, seen);
    }
    AtomicInteger sum = new AtomicInteger();
    Parallel.run(4, sum::addAndGet);
    assertEquals(6, sum.get());
  }

  @Test
  @DisplayName("parts of a part, and callers on several threads, do not wait for each other")
  void nested() throws InterruptedException {
    Engine.threads(2);
    AtomicInteger count = new AtomicInteger();
    Runnable caller = () -> Parallel.run(4, i -> Parallel.run(4, j -> count.incrementAndGet()));
    Thread[] callers = {new Thread(caller), new Thread(caller), new Thread(caller)};
    for (Thread t : callers) {
      t.start();
    }
    for (Thread t : callers) {
      t.join();
    }
    assertEquals(48, count.get());
  }

  @Test
  @DisplayName("fewer threads than one are refused")
  void none() {
    KindlingException e = assertThrows(KindlingException.class, () -> Engine.threads(0));
    assertEquals("Engine.threads: expected 1 or more, got 0", e.getMessage());
    assertEquals(1, Engine.threads());
  }
}
