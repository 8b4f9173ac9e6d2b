package io.kindling.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.RandomStream;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Long arrays")
class VectorsTest {

  private static float[] values(int length) {
    float[] values = new float[length];
    RandomStream.of(5).fillGaussian(values, 0, 1e3);
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 1 << 14, (1 << 14) + 1, 1_000_003})
  @DisplayName("the sum of squares has the same bits on any number of threads")
  void squares(int length) throws Exception {
    float[] values = values(length);
    double exact = 0;
    for (float value : values) {
      exact += (double) value * value;
    }
    double sum = Vectors.squares(values);
    assertEquals(exact, sum, 1e-9 * exact);
    for (int threads : new int[] {1, 3, 8}) {
      ForkJoinPool pool = new ForkJoinPool(threads);
      try {
        assertEquals(sum, pool.submit(() -> Vectors.squares(values)).get());
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  @DisplayName("the sum of squares is finite where all values are, and nowhere else")
  void finite() {
    float[] values = values(40_000);
    values[77] = Float.MAX_VALUE;
    assertTrue(Double.isFinite(Vectors.squares(values)));
    for (float odd : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      for (int at : new int[] {0, 16_383, 16_384, 39_999}) {
        float before = values[at];
        values[at] = odd;
        assertFalse(Double.isFinite(Vectors.squares(values)), odd + " at " + at);
        values[at] = before;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 1_000_003})
  @DisplayName("parts cover an array once")
  void parts(int length) {
    int[] seen = new int[length];
    Vectors.inParts(
        length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            seen[i]++;
          }
        });
    for (int count : seen) {
      assertEquals(1, count);
    }
  }
}
