package io.kindling.nn;

import io.kindling.core.KindlingException;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/** A pool over images: its window, and the words for it. */
abstract class Pool2d extends Layer {
  private static final long serialVersionUID = 1L;

  final Window window;
  private final String text;

  /**
   * A pool of this name.
   *
   * @param dilation null where the pool has none
   * @throws KindlingException if a size is out of range
   */
  Pool2d(String name, Size2d kernel, WindowOptions<?> o, @Nullable Size2d dilation) {
    text =
        "kernel_size="
            + kernel.brief()
            + ", stride="
            + o.stride().brief()
            + ", padding="
            + o.padding().brief()
            + (dilation == null ? "" : ", dilation=" + dilation.brief());
    Size2d apart = dilation == null ? Size2d.of(1) : dilation;
    if (!Size2d.canMakeWindow(kernel, o.stride(), o.padding(), apart)) {
      throw new KindlingException(
          name
              + ": expected kernel_size"
              + (dilation == null ? " and stride" : ", stride and dilation")
              + " of 1 or more and padding of 0 or more, got "
              + text);
    }
    window = Size2d.window(kernel, o.stride(), o.padding(), apart, 1);
  }

  @Override
  protected String extraRepr() {
    return text;
  }
}
