package io.kindling.nn;

import java.io.Serializable;

/**
 * How a window moves, for layers that have one. Each method returns changed options.
 *
 * @param <O> the layer's own options
 */
public interface WindowOptions<O> extends Serializable {
  Size2d stride();

  Size2d padding();

  /** The same options but for these two. */
  O moving(Size2d stride, Size2d padding);

  default O stride(int both) {
    return stride(both, both);
  }

  default O stride(int height, int width) {
    return moving(new Size2d(height, width), padding());
  }

  default O padding(int both) {
    return padding(both, both);
  }

  default O padding(int height, int width) {
    return moving(stride(), new Size2d(height, width));
  }
}
