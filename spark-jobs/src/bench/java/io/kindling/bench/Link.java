package io.kindling.bench;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * What leaves a process, and what comes in to it. Messages to different receivers share the way out
 * chunk by chunk, as connections do; those to one receiver go one after another. A chunk comes in
 * while it still goes out.
 */
final class Link {
  private final Simulation time;
  private final double bandwidth;
  private final double latency;
  private final double chunkBytes;
  private final Simulation.Server in;
  private final Map<Link, Queue<Chunk>> flows = new HashMap<>();
  private final Queue<Link> turns = new ArrayDeque<>();
  private boolean busy;
  private double bytesOut;
  private double bytesIn;

  private record Chunk(double bytes, Runnable arrived) {}

  Link(Simulation time, double bandwidth, double latency, double chunkBytes) {
    this.time = time;
    this.bandwidth = bandwidth;
    this.latency = latency;
    this.chunkBytes = chunkBytes;
    this.in = time.new Server(1);
  }

  void send(Link to, double bytes, Runnable then) {
    bytesOut += bytes;
    to.bytesIn += bytes;
    Queue<Chunk> flow = flows.computeIfAbsent(to, ignored -> new ArrayDeque<>());
    if (flow.isEmpty()) {
      turns.add(to);
    }
    int chunks = Math.max(1, (int) Math.ceil(bytes / chunkBytes));
    for (int i = 0; i < chunks; i++) {
      flow.add(new Chunk(bytes / chunks, i == chunks - 1 ? then : () -> {}));
    }
    if (!busy) {
      next();
    }
  }

  private void next() {
    Link to = turns.poll();
    busy = to != null;
    if (to == null) {
      return;
    }
    Queue<Chunk> flow = flows.get(to);
    Chunk chunk = flow.remove();
    if (!flow.isEmpty()) {
      turns.add(to);
    }
    double seconds = chunk.bytes() / bandwidth;
    time.after(seconds, this::next);
    time.after(latency, () -> to.in.use(seconds, chunk.arrived()));
  }

  double bytesOut() {
    return bytesOut;
  }

  double bytesIn() {
    return bytesIn;
  }
}
