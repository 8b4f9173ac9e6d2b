package io.kindling.data;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import java.util.List;

/** Data sets one after another. */
public final class ConcatDataset implements Dataset {
  private final List<Dataset> parts;
  private final int size;

  /**
   * The examples of the first, then of the second and so on.
   *
   * @throws KindlingException without a data set
   */
  public ConcatDataset(List<? extends Dataset> datasets) {
    if (Arguments.noneNull(datasets, "ConcatDataset", "datasets").isEmpty()) {
      throw new KindlingException("ConcatDataset: datasets should not be an empty iterable");
    }
    parts = List.copyOf(datasets);
    size = parts.stream().mapToInt(Dataset::size).reduce(0, Math::addExact);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Sample get(int index) {
    int left = Datasets.checkIndex("ConcatDataset", index, size);
    for (Dataset part : parts) {
      if (left < part.size()) {
        return part.get(left);
      }
      left -= part.size();
    }
    throw new KindlingException("ConcatDataset: a data set changed its size");
  }
}
