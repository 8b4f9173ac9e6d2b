package io.kindling.bench;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;

/** Discrete events in simulated seconds; equal times in the order of their making. */
final class Simulation {
  private final Queue<Event> events = new PriorityQueue<>();
  private double now;
  private long made;

  private record Event(double at, long order, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Double.compare(at, other.at);
      return byTime == 0 ? Long.compare(order, other.order) : byTime;
    }
  }

  void after(double seconds, Runnable what) {
    events.add(new Event(now + seconds, made++, what));
  }

  double now() {
    return now;
  }

  /** Runs until nothing is left to happen. */
  void run() {
    for (Event next = events.poll(); next != null; next = events.poll()) {
      now = next.at();
      next.what().run();
    }
  }

  /** Serves so many at once, first come, first served. */
  final class Server {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int free;

    Server(int places) {
      this.free = places;
    }

    void take(Runnable begin) {
      if (free > 0) {
        free--;
        begin.run();
      } else {
        waiting.add(begin);
      }
    }

    void give() {
      Runnable next = waiting.poll();
      if (next == null) {
        free++;
      } else {
        next.run();
      }
    }

    void use(double seconds, Runnable then) {
      take(
          () ->
              after(
                  seconds,
                  () -> {
                    give();
                    then.run();
                  }));
    }
  }
}
