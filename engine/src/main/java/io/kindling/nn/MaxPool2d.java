package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;

/**
 * The largest element of each window: {@code x [N, C, H, W] -> [N, C, OH, OW]}, or without the
 * batch dimension. Sizes are rounded down (PyTorch's {@code ceil_mode=False}).
 *
 * <pre>{@code
 * new MaxPool2d(2)
 * new MaxPool2d(MaxPool2d.kernel(3).stride(2).padding(1))
 * }</pre>
 */
public class MaxPool2d extends Pool2d {
  private static final long serialVersionUID = 1L;

  /**
   * How the window moves. Each method returns changed options; made by {@link #kernel}.
   *
   * @param kernel the window's size
   * @param stride its step, its own size by default
   * @param padding minus infinity added on both sides, 0 by default
   * @param dilation the distance between its elements, 1 by default
   */
  public record Options(Size2d kernel, Size2d stride, Size2d padding, Size2d dilation)
      implements WindowOptions<Options> {

    @Override
    public Options moving(Size2d newStride, Size2d newPadding) {
      return new Options(kernel, newStride, newPadding, dilation);
    }

    public Options dilation(int both) {
      return dilation(both, both);
    }

    public Options dilation(int height, int width) {
      return new Options(kernel, stride, padding, new Size2d(height, width));
    }
  }

  /** Options of a square window. */
  public static Options kernel(int size) {
    return kernel(size, size);
  }

  public static Options kernel(int height, int width) {
    Size2d kernel = new Size2d(height, width);
    return new Options(kernel, kernel, Size2d.of(0), Size2d.of(1));
  }

  /** A square window that moves by its own size. */
  public MaxPool2d(int kernelSize) {
    this(kernel(kernelSize));
  }

  public MaxPool2d(int kernelSize, int stride) {
    this(kernel(kernelSize).stride(stride));
  }

  /**
   * A pool with options.
   *
   * @throws KindlingException if a size is out of range
   */
  public MaxPool2d(Options o) {
    super("MaxPool2d", Arguments.notNull(o, "MaxPool2d", "options").kernel, o, o.dilation);
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.maxPool2d(x, window);
  }

  @Override
  protected String extraRepr() {
    return super.extraRepr() + ", ceil_mode=False";
  }
}
