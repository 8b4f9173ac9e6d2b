package io.kindling.bench;

import java.util.List;

/**
 * A step of a real run, in milliseconds; medians.
 *
 * @param gigabits a second of each link, 0 for loopback
 */
record Measured(
    boolean resident,
    int executors,
    int shards,
    long parameters,
    double gigabits,
    double compute,
    double step) {
  static final List<Measured> RUNS = List.of();
}
