package io.kindling.source;

import java.util.List;

/**
 * A split that was found.
 *
 * @param count how many examples, at least 1
 * @param exampleShape of one example as it is stored, for MNIST [28, 28]
 * @param reader reads them in an executor
 */
public record Examples(long count, List<Integer> exampleShape, ShardReader reader) {
  public Examples {
    exampleShape = List.copyOf(exampleShape);
  }
}
