package io.kindling.bench;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How much of partial sums waits for its neighbour in the tree, or to be added at all. */
final class HeldParts {
  private final int tasks;
  private final Map<Integer, Set<Long>> slices = new HashMap<>();
  private double bytes;
  private double most;

  HeldParts(int tasks) {
    this.tasks = tasks;
  }

  void came(double size) {
    bytes += size;
    most = Math.max(most, bytes);
  }

  /** A part is added to what is next to it in the tree; two become one. */
  void added(int slice, int task, double size) {
    Set<Long> parts = slices.computeIfAbsent(slice, ignored -> new HashSet<>());
    int level = 0;
    long place = task;
    while ((1L << level) < tasks) {
      long neighbour = place ^ 1;
      boolean none = neighbour << level >= tasks;
      if (!none && !parts.remove((long) level << 32 | neighbour)) {
        break;
      }
      bytes -= none ? 0 : size;
      place >>= 1;
      level++;
    }
    parts.add((long) level << 32 | place);
  }

  double most() {
    return most;
  }
}
