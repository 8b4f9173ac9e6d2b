package io.kindling.data;

import io.kindling.core.Arguments;

/** Some examples of another data set, in an order of its own. */
public final class Subset implements Dataset {
  private final Dataset dataset;
  private final int[] indices;

  /**
   * The examples at {@code indices}, which may repeat.
   *
   * @throws io.kindling.core.IndexException for an index outside the data set
   */
  public Subset(Dataset dataset, int... indices) {
    Arguments.notNull(dataset, "Subset", "dataset");
    for (int index : Arguments.notNull(indices, "Subset", "indices")) {
      Datasets.checkIndex("Subset", index, dataset.size());
    }
    this.dataset = dataset;
    this.indices = indices.clone();
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Sample get(int index) {
    return dataset.get(indices[Datasets.checkIndex("Subset", index, size())]);
  }

  @Override
  public Sample batch(int... positions) {
    int[] inner = new int[positions.length];
    for (int i = 0; i < inner.length; i++) {
      inner[i] = indices[Datasets.checkIndex("Subset", positions[i], size())];
    }
    return dataset.batch(inner);
  }

  /** The positions in the data set that this is a part of; a copy. */
  public int[] indices() {
    return indices.clone();
  }
}
