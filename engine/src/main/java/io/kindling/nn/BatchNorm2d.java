package io.kindling.nn;

import org.jspecify.annotations.Nullable;

/**
 * Batch norm of images {@code x [N, C, H, W]}: each channel has mean 0 and variance 1 over the
 * batch, then weight and bias of its own.
 *
 * <pre>{@code
 * new BatchNorm2d(64)
 * new BatchNorm2d(64, BatchNorm2d.eps(1e-3).momentum(0.01))
 * }</pre>
 */
public class BatchNorm2d extends BatchNorm {
  private static final long serialVersionUID = 1L;

  public BatchNorm2d(int numFeatures) {
    this(numFeatures, Options.DEFAULT);
  }

  public BatchNorm2d(int numFeatures, Options options) {
    super(numFeatures, options);
  }

  @Override
  @Nullable String refuses(int dims) {
    return dims == 4 ? null : "4D";
  }
}
