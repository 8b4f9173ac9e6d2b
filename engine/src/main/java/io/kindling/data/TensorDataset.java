package io.kindling.data;

import io.kindling.core.Arguments;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/** Examples that lie in two tensors: example i is {@code (inputs[i], targets[i])}, as views. */
public final class TensorDataset implements Dataset {
  private final Tensor inputs;
  private final Tensor targets;

  /**
   * {@code inputs [N, ...]} and {@code targets [N, ...]}.
   *
   * @throws ShapeException if their first sizes differ
   */
  public TensorDataset(Tensor inputs, Tensor targets) {
    Arguments.notNull(inputs, "TensorDataset", "inputs");
    Arguments.notNull(targets, "TensorDataset", "targets");
    if (inputs.dim() == 0 || targets.dim() == 0 || inputs.size(0) != targets.size(0)) {
      throw new ShapeException(
          "TensorDataset: Size mismatch between tensors: expected one first size, got "
              + Shapes.text(inputs.shape())
              + " and "
              + Shapes.text(targets.shape()));
    }
    this.inputs = inputs;
    this.targets = targets;
  }

  @Override
  public int size() {
    return Math.toIntExact(inputs.size(0));
  }

  @Override
  public Sample get(int index) {
    Datasets.checkIndex("TensorDataset", index, size());
    return new Sample(inputs.select(0, index), targets.select(0, index));
  }

  @Override
  public Sample batch(int... indices) {
    long[] rows = new long[indices.length];
    for (int i = 0; i < rows.length; i++) {
      Datasets.checkIndex("TensorDataset", indices[i], size());
      rows[i] = indices[i];
    }
    Tensor index = Tensors.fromArray(rows, rows.length);
    return new Sample(inputs.indexSelect(0, index), targets.indexSelect(0, index));
  }
}
