package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Strided;
import io.kindling.device.Window;

/**
 * The matrix of what lies under a moving window: row (channel, window row, window column), column
 * (image, y, x) of the plane that the window moves over. Zeros lie outside the image.
 */
final class Patches<A> extends Matrix<A> {
  /**
   * Along one dimension, plane position {@code p} and window element {@code e} meet image position
   * {@code (p * up + sign * (e * dilation - pad)) / down} if that is whole and inside.
   */
  private record Axis(long up, long down, long sign, long dilation, long pad, long size) {
    long offset(long element) {
      return sign * (element * dilation - pad);
    }

    /** The image position times {@code down} is {@code p * up + offset}; -1 where there is none. */
    long position(long p, long element) {
      long at = p * up + offset(element);
      return at >= 0 && at % down == 0 && at / down < size ? at / down : -1;
    }
  }

  private final DType type;
  private final long address;
  private final long[] steps;
  private final Axis vertical;
  private final Axis horizontal;
  private final long kernelH;
  private final long kernelW;
  private final long planeH;
  private final long planeW;

  private Patches(
      Lanes<A> lanes, Window window, Strided image, long channel, Layout plane, boolean reversed) {
    super(lanes);
    Layout layout = image.layout();
    type = image.dtype();
    steps = new long[4];
    for (int d = 0; d < 4; d++) {
      steps[d] = layout.stride(d) * type.size();
    }
    address = image.address() + channel * steps[1];
    int sign = reversed ? -1 : 1;
    vertical =
        new Axis(
            reversed ? 1 : window.strideH(),
            reversed ? window.strideH() : 1,
            sign,
            window.dilationH(),
            window.padH(),
            layout.size(2));
    horizontal =
        new Axis(
            reversed ? 1 : window.strideW(),
            reversed ? window.strideW() : 1,
            sign,
            window.dilationW(),
            window.padW(),
            layout.size(3));
    kernelH = window.kernelH();
    kernelW = window.kernelW();
    planeH = plane.size(2);
    planeW = plane.size(3);
  }

  /** What a convolution of {@code image} sees from each place of its output's {@code plane}. */
  static <A> Patches<A> of(
      Lanes<A> lanes, Window window, Strided image, long channel, Layout plane) {
    return new Patches<>(lanes, window, image, channel, plane, false);
  }

  /** Which elements of the output's gradient each place of the input's {@code plane} went to. */
  static <A> Patches<A> reversed(
      Lanes<A> lanes, Window window, Strided grad, long channel, Layout plane) {
    return new Patches<>(lanes, window, grad, channel, plane, true);
  }

  @Override
  void load(A to, int at, long row, long col, int n) {
    long r = row / kernelW % kernelH;
    long s = row % kernelW;
    long channel = address + row / kernelW / kernelH * steps[1];
    long x = col % planeW;
    long line = col / planeW;
    for (int done = 0; done < n; ) {
      int run = (int) Math.min(n - done, planeW - x);
      long y = vertical.position(line % planeH, r);
      if (y < 0) {
        lanes.fill(to, at + done, run, 0);
      } else {
        line(to, at + done, channel + line / planeH * steps[0] + y * steps[2], s, x, run);
      }
      done += run;
      x = 0;
      line++;
    }
  }

  /** Reads {@code n} places from {@code x} on in one line of the image. */
  private void line(A to, int at, long address, long element, long x, int n) {
    long offset = horizontal.offset(element);
    long up = horizontal.up();
    long down = horizontal.down();
    long from = Math.max(x, Math.floorDiv(-offset + up - 1, up));
    from += Math.floorMod(-(from * up + offset), down);
    long limit = (horizontal.size() - 1) * down - offset;
    long last = Math.min(x + n - 1, Math.floorDiv(limit, up));
    if (from > last) {
      lanes.fill(to, at, n, 0);
      return;
    }
    int count = (int) ((last - from) / down) + 1;
    int skip = (int) (from - x);
    long first = address + (from * up + offset) / down * steps[3];
    if (down == 1) {
      lanes.fill(to, at, skip, 0);
      lanes.load(to, at + skip, count, type, first, up * steps[3]);
      lanes.fill(to, at + skip + count, n - skip - count, 0);
    } else {
      A run = lanes.take(Lanes.RUN, count);
      lanes.load(run, 0, count, type, first, steps[3]);
      lanes.fill(to, at, n, 0);
      lanes.spread(run, to, at + skip, (int) down, count);
    }
  }
}
