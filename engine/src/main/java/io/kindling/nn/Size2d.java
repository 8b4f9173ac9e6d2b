package io.kindling.nn;

import io.kindling.device.Window;
import java.io.Serializable;

/** A height and a width, such as those of a window, its step or its padding. */
public record Size2d(int height, int width) implements Serializable {
  static Size2d of(int both) {
    return new Size2d(both, both);
  }

  /** Whether a window can have these sizes. */
  static boolean canMakeWindow(Size2d kernel, Size2d stride, Size2d padding, Size2d dilation) {
    return kernel.atLeast(1) && stride.atLeast(1) && padding.atLeast(0) && dilation.atLeast(1);
  }

  static Window window(Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, int groups) {
    return new Window(
        kernel.height,
        kernel.width,
        stride.height,
        stride.width,
        padding.height,
        padding.width,
        dilation.height,
        dilation.width,
        groups);
  }

  boolean isBoth(int value) {
    return height == value && width == value;
  }

  boolean atLeast(int value) {
    return height >= value && width >= value;
  }

  /** {@code 2}, or {@code (2, 3)} where the two differ. */
  String brief() {
    return height == width ? Integer.toString(height) : toString();
  }

  /** {@code (2, 3)}. */
  @Override
  public String toString() {
    return "(" + height + ", " + width + ")";
  }
}
