package io.kindling.device;

/** What a pool makes of the elements of a window. */
public enum Pool {
  /** The largest; padding is minus infinity. */
  MAX,
  /** Their mean; padding is zeros, which count. */
  AVERAGE,
  /** The mean of those inside the image. */
  AVERAGE_INSIDE
}
