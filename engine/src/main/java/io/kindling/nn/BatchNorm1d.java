package io.kindling.nn;

import org.jspecify.annotations.Nullable;

/** Batch norm of features {@code x [N, C]} or sequences {@code x [N, C, L]}. */
public class BatchNorm1d extends BatchNorm {
  private static final long serialVersionUID = 1L;

  public BatchNorm1d(int numFeatures) {
    this(numFeatures, Options.DEFAULT);
  }

  public BatchNorm1d(int numFeatures, Options options) {
    super(numFeatures, options);
  }

  @Override
  @Nullable String refuses(int dims) {
    return dims == 2 || dims == 3 ? null : "2D or 3D";
  }
}
