package io.kindling.fuzz;

import java.util.List;

/** Faults that are known. One that is mended fails the tests: take its entry out. */
final class Faults {
  private Faults() {}

  static final List<Known> ALL = List.of();
}
