package io.kindling.fuzz;

import static io.kindling.fuzz.Comparison.Kind.VALUES;
import static io.kindling.fuzz.Known.fault;

import java.util.List;

/** Faults that are known. One that is mended fails the tests: take its entry out. */
final class Faults {
  private Faults() {}

  static final List<Known> ALL =
      List.of(
          fault(
                  "products with infinities and zeros, twice",
                  VALUES,
                  "second derivative|gradient",
                  "NaN",
                  "v0 = float64 [4] DENSE grad {-0.0, Infinity, 0.0, 0.5}",
                  "v1 = prod(v0; -1, true)",
                  "grads(v1; TWICE, 702)")
              .in("prod"));
}
