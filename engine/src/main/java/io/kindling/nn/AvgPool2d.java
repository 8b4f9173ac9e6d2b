package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;

/**
 * The mean of each window: {@code x [N, C, H, W] -> [N, C, OH, OW]}, or without the batch
 * dimension. Sizes are rounded down (PyTorch's {@code ceil_mode=False}).
 *
 * <pre>{@code
 * new AvgPool2d(2)
 * new AvgPool2d(AvgPool2d.kernel(3).stride(2).padding(1).countIncludePad(false))
 * }</pre>
 */
public class AvgPool2d extends Pool2d {
  private static final long serialVersionUID = 1L;

  private final boolean countIncludePad;

  /**
   * How the window moves. Each method returns changed options; made by {@link #kernel}.
   *
   * @param kernel the window's size
   * @param stride its step, its own size by default
   * @param padding zeros added on both sides, 0 by default
   * @param countIncludePad whether those zeros count as elements, as by default
   */
  public record Options(Size2d kernel, Size2d stride, Size2d padding, boolean countIncludePad)
      implements WindowOptions<Options> {

    @Override
    public Options moving(Size2d newStride, Size2d newPadding) {
      return new Options(kernel, newStride, newPadding, countIncludePad);
    }

    public Options countIncludePad(boolean does) {
      return new Options(kernel, stride, padding, does);
    }
  }

  /** Options of a square window. */
  public static Options kernel(int size) {
    return kernel(size, size);
  }

  public static Options kernel(int height, int width) {
    Size2d kernel = new Size2d(height, width);
    return new Options(kernel, kernel, Size2d.of(0), true);
  }

  /** A square window that moves by its own size. */
  public AvgPool2d(int kernelSize) {
    this(kernel(kernelSize));
  }

  public AvgPool2d(int kernelSize, int stride) {
    this(kernel(kernelSize).stride(stride));
  }

  /**
   * A pool with options.
   *
   * @throws KindlingException if a size is out of range
   */
  public AvgPool2d(Options o) {
    super("AvgPool2d", Arguments.notNull(o, "AvgPool2d", "options").kernel, o, null);
    countIncludePad = o.countIncludePad;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.avgPool2d(x, window, countIncludePad);
  }
}
