package io.kindling.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.fail;

import io.kindling.fuzz.Comparison.Difference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Random programs against libtorch. {@code -Dfuzz.seed=N -Dfuzz.count=1} replays the program of a
 * report.
 */
@DisplayName("Random programs")
class FuzzTest {
  private static final long SEED = Long.getLong("fuzz.seed", 1_000_000);
  private static final long COUNT = Long.getLong("fuzz.count", 3_000);

  /** Reports beyond this say little more. */
  private static final int REPORTS = 10;

  @Test
  @DisplayName("A16 give what libtorch gives, step by step: values, types, gradients, errors")
  void agree() {
    Map<String, String> reports = new LinkedHashMap<>();
    for (long seed = SEED; seed < SEED + COUNT && reports.size() < REPORTS; seed++) {
      Difference d = Comparison.run(Programs.of(seed));
      if (d == null || Known.of(d, false) != null) {
        continue;
      }
      Difference small = Shrinker.shrink(d);
      if (Known.of(small, true) == null) {
        String where = small.signature();
        reports.putIfAbsent(where, "seed " + seed + " (-Dfuzz.seed=" + seed + "):\n" + small);
      }
    }
    if (!reports.isEmpty()) {
      fail(
          reports.size()
              + " differences from libtorch\n\n"
              + String.join("\n\n", reports.values()));
    }
  }

  @TestFactory
  @DisplayName("A16 differ from libtorch where that is known, and only as long as they do")
  Stream<DynamicTest> known() {
    return Known.all().stream()
        .filter(Known::shows)
        .map(
            k ->
                DynamicTest.dynamicTest(
                    k.reason(),
                    () -> {
                      Difference d = Comparison.run(Program.parse(k.witness()));
                      assertNotNull(d, "no longer differs: take the entry out");
                      assertSame(k, Known.of(d, true), () -> "differs in another way:\n" + d);
                    }));
  }

  @Test
  @DisplayName("A16 are read as they are printed, and a seed always gives the same")
  void text() {
    for (long seed = 0; seed < 40; seed++) {
      Program p = Programs.of(seed);
      assertEquals(p.toString(), Programs.of(seed).toString());
      assertEquals(p.toString(), Program.parse(p.toString()).toString());
    }
  }

  @Test
  @DisplayName("A16 shrink to the step that differs")
  void shrinking() {
    Program p =
        Program.parse(
            """
            v0 = float32 [3, 2] STEPPED grad PLAIN(3)
            v1 = mul(v0, v0)
            v2 = int64 [4] DENSE {1, 2, 3, 4}
            v3 = exp(v1)
            v4 = floorDivideNumber(v2; 0)
            v5 = sumAll(v3)
            grads(v5; GRAD, 1)
            """);
    List<String> lines = new ArrayList<>();
    Shrinker.shrink(java.util.Objects.requireNonNull(Comparison.run(p)))
        .program()
        .steps()
        .forEach(s -> lines.add(s.toString()));
    assertEquals(
        List.of("v2 = int64 [1] DENSE {1, 2, 3, 4}", "v4 = floorDivideNumber(v2; 0)"), lines);
  }
}
