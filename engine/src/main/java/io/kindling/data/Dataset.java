package io.kindling.data;

import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/**
 * Examples that are read by position. Write {@link #size} and {@link #get}; a {@link DataLoader}
 * makes batches of them. With workers, {@code get} is called by several threads at once.
 */
public interface Dataset {
  /** How many examples there are. */
  int size();

  /**
   * One example.
   *
   * @param index from 0 to {@code size() - 1}
   * @throws io.kindling.core.IndexException for another index
   */
  Sample get(int index);

  /**
   * Several examples as one batch: {@code [...] -> [N, ...]}. Stacks what {@link #get} gives; a
   * data set that holds its examples in one tensor does better.
   *
   * @throws io.kindling.core.ShapeException if their shapes differ
   */
  default Sample batch(int... indices) {
    try (Scope scope = Scope.open()) {
      List<Sample> samples = new ArrayList<>();
      for (int index : indices) {
        try (Scope theirs = Scope.none()) { // what get() keeps for later calls stays its own
          samples.add(get(index));
        }
      }
      return stack(samples).keep(scope);
    }
  }

  /** Joins examples of one shape along a new first dimension. */
  static Sample stack(List<Sample> samples) {
    List<Tensor> inputs = samples.stream().map(Sample::input).toList();
    List<Tensor> targets = samples.stream().map(Sample::target).toList();
    return new Sample(Tensors.stack(inputs, 0), Tensors.stack(targets, 0));
  }
}
