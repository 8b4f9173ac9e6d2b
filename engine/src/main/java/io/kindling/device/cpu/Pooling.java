package io.kindling.device.cpu;

import io.kindling.core.Shapes;
import io.kindling.device.Strided;
import io.kindling.device.Window;

/**
 * Max-pooling plane by plane. Winners are int64 positions in the input plane, dense in the output's
 * shape; -1 where a window lies in the padding only.
 */
final class Pooling {
  /** The key of NaN, which wins over every number. */
  private static final long NAN = Long.MAX_VALUE;

  private Pooling() {}

  /** See {@link io.kindling.device.Backend#maxPoolIndices}. */
  static void indices(Window window, Strided indices, Strided x) {
    int h = size(x, 2);
    int w = size(x, 3);
    int oh = size(indices, 2);
    int ow = size(indices, 3);
    long[] best = LaneTypes.I64.take(Lanes.INDEX, Math.max(1, area(indices)));
    for (long n = 0; n < x.layout().size(0); n++) {
      for (long c = 0; c < x.layout().size(1); c++) {
        long[] keys = keys(x, plane(x, n, c));
        for (int i = 0; i < oh; i++) {
          for (int j = 0; j < ow; j++) {
            best[i * ow + j] = winner(window, keys, h, w, i, j);
          }
        }
        storePlane(LaneTypes.I64, best, indices, n, c);
      }
    }
  }

  /** {@code out = x[winners]}. */
  static <A> void gather(Lanes<A> lanes, Strided out, Strided x, Strided winners) {
    int count = area(out);
    A to = lanes.take(Lanes.PLANE + 1, Math.max(1, count));
    for (long n = 0; n < x.layout().size(0); n++) {
      for (long c = 0; c < x.layout().size(1); c++) {
        A from = loadPlane(lanes, Lanes.PLANE, x, n, c);
        long[] at = loadPlane(LaneTypes.I64, Lanes.INDEX, winners, n, c);
        lanes.gather(from, at, to, count);
        storePlane(lanes, to, out, n, c);
      }
    }
  }

  /** See {@link io.kindling.device.Backend#maxPoolInput}. */
  static <A> void input(Lanes<A> lanes, Strided dx, Strided grad, Strided winners) {
    int area = area(dx);
    int count = area(grad);
    A sums = lanes.take(Lanes.PLANE, Math.max(1, area));
    for (long n = 0; n < dx.layout().size(0); n++) {
      for (long c = 0; c < dx.layout().size(1); c++) {
        lanes.fill(sums, 0, area, 0);
        A from = loadPlane(lanes, Lanes.PLANE + 1, grad, n, c);
        long[] at = loadPlane(LaneTypes.I64, Lanes.INDEX, winners, n, c);
        lanes.scatterAdd(sums, at, from, count);
        storePlane(lanes, sums, dx, n, c);
      }
    }
  }

  /** PyTorch's rule: the first of the largest, and the last NaN if there is one. */
  private static long winner(Window window, long[] keys, int h, int w, int i, int j) {
    long top = (long) i * window.strideH() - window.padH();
    long left = (long) j * window.strideW() - window.padW();
    long bottom = Math.min(h, top + (window.kernelH() - 1L) * window.dilationH() + 1);
    long right = Math.min(w, left + (window.kernelW() - 1L) * window.dilationW() + 1);
    long y0 = inside(top, window.dilationH());
    long x0 = inside(left, window.dilationW());
    long best = y0 < bottom && x0 < right ? y0 * w + x0 : -1;
    long key = Long.MIN_VALUE;
    for (long y = y0; y < bottom; y += window.dilationH()) {
      for (long at = y * w + x0; at < y * w + right; at += window.dilationW()) {
        long here = keys[(int) at];
        if (here > key || here == NAN) {
          best = at;
          key = here;
        }
      }
    }
    return best;
  }

  /** The first place of a window's line that is not in the padding before the image. */
  private static long inside(long first, int dilation) {
    return first >= 0 ? first : first + (-first + dilation - 1) / dilation * dilation;
  }

  /** The plane's elements as integers of the same order; both zeros are equal. */
  private static long[] keys(Strided x, long address) {
    int h = size(x, 2);
    int w = size(x, 3);
    int area = area(x);
    long[] keys = LaneTypes.I64.take(Lanes.PLANE, Math.max(1, area));
    if (!x.dtype().isFloatingPoint()) {
      LaneTypes.I64.loadBlock(keys, h, w, x.dtype(), address, step(x, 2), step(x, 3));
      return keys;
    }
    double[] values = LaneTypes.F64.take(Lanes.PLANE, Math.max(1, area));
    LaneTypes.F64.loadBlock(values, h, w, x.dtype(), address, step(x, 2), step(x, 3));
    for (int i = 0; i < area; i++) {
      double v = values[i];
      long bits = Double.doubleToRawLongBits(v + 0.0);
      keys[i] = Double.isNaN(v) ? NAN : bits ^ (bits >> 63 & Long.MAX_VALUE);
    }
    return keys;
  }

  private static <A> A loadPlane(Lanes<A> lanes, int slot, Strided s, long n, long c) {
    A to = lanes.take(slot, Math.max(1, area(s)));
    lanes.loadBlock(to, size(s, 2), size(s, 3), s.dtype(), plane(s, n, c), step(s, 2), step(s, 3));
    return to;
  }

  private static <A> void storePlane(Lanes<A> lanes, A from, Strided s, long n, long c) {
    lanes.storeBlock(
        from, size(s, 2), size(s, 3), s.dtype(), plane(s, n, c), step(s, 2), step(s, 3));
  }

  private static long plane(Strided s, long n, long c) {
    return s.hostAddress() + n * step(s, 0) + c * step(s, 1);
  }

  /** The elements of one plane, which is staged in an array. */
  private static int area(Strided s) {
    return Shapes.arrayLength(s.layout().size(2) * s.layout().size(3), s.layout().shape());
  }

  private static int size(Strided s, int dim) {
    return Shapes.arrayLength(s.layout().size(dim), s.layout().shape());
  }

  private static long step(Strided s, int dim) {
    return s.layout().stride(dim) * s.dtype().size();
  }
}
