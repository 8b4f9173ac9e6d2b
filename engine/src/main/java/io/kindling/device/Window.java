package io.kindling.device;

import java.io.Serializable;

/**
 * How a convolution or pooling window moves over two spatial dimensions (height, width).
 *
 * @param kernelH window height
 * @param kernelW window width
 * @param strideH step in height
 * @param strideW step in width
 * @param padH zeros (for pooling: minus infinity) added on both sides in height
 * @param padW as padH in width
 * @param dilationH distance between window elements in height
 * @param dilationW as dilationH in width
 * @param groups channel groups of a convolution; 1 for pooling
 */
public record Window(
    int kernelH,
    int kernelW,
    int strideH,
    int strideW,
    int padH,
    int padW,
    int dilationH,
    int dilationW,
    int groups)
    implements Serializable {

  /** {@code floor((size + 2 pad - dilation (kernel - 1) - 1) / stride) + 1}. */
  public long outHeight(long height) {
    return Math.floorDiv(height + 2L * padH - (long) dilationH * (kernelH - 1) - 1, strideH) + 1;
  }

  /** As {@link #outHeight} for the width. */
  public long outWidth(long width) {
    return Math.floorDiv(width + 2L * padW - (long) dilationW * (kernelW - 1) - 1, strideW) + 1;
  }
}
