package io.kindling.nn;

import java.io.Serializable;

/** A height and a width, such as those of a window, its step or its padding. */
public record Size2d(int height, int width) implements Serializable {
  static Size2d of(int both) {
    return new Size2d(both, both);
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
