package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
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

  /** The positions of the winners, as a dense tensor of the shape of {@code out}. */
  static Strided winners(Window window, Strided out, Strided x) {
    Layout layout = Layout.contiguous(out.layout().shape());
    Strided winners = Strided.allocate(DType.INT64, layout, "max_pool2d");
    indices(window, winners, x);
    return winners;
  }

  /** See {@link io.kindling.device.Backend#maxPoolIndices}. */
  static void indices(Window window, Strided indices, Strided x) {
    int h = size(x, 2);
    int w = size(x, 3);
    int oh = size(indices, 2);
    int ow = size(indices, 3);
    long[] best = Lanes.I64.take(Lanes.INDEX, Math.max(1, oh * ow));
    for (long n = 0; n < x.layout().size(0); n++) {
      for (long c = 0; c < x.layout().size(1); c++) {
        long[] keys = keys(x, plane(x, n, c));
        for (int i = 0; i < oh; i++) {
          for (int j = 0; j < ow; j++) {
            best[i * ow + j] = winner(window, keys, h, w, i, j);
          }
        }
        storePlane(Lanes.I64, best, indices, n, c);
      }
    }
  }

  /** {@code out = x[winners]}. */
  static <A> void gather(Lanes<A> lanes, Strided out, Strided x, Strided winners) {
    int count = size(out, 2) * size(out, 3);
    A to = lanes.take(Lanes.PLANE + 1, Math.max(1, count));
    for (long n = 0; n < x.layout().size(0); n++) {
      for (long c = 0; c < x.layout().size(1); c++) {
        A from = loadPlane(lanes, Lanes.PLANE, x, n, c);
        long[] at = loadPlane(Lanes.I64, Lanes.INDEX, winners, n, c);
        lanes.gather(from, at, to, count);
        storePlane(lanes, to, out, n, c);
      }
    }
  }

  /** See {@link io.kindling.device.Backend#maxPoolInput}. */
  static <A> void input(Lanes<A> lanes, Strided dx, Strided grad, Strided winners) {
    int area = size(dx, 2) * size(dx, 3);
    int count = size(grad, 2) * size(grad, 3);
    A sums = lanes.take(Lanes.PLANE, Math.max(1, area));
    for (long n = 0; n < dx.layout().size(0); n++) {
      for (long c = 0; c < dx.layout().size(1); c++) {
        lanes.fill(sums, 0, area, 0);
        A from = loadPlane(lanes, Lanes.PLANE + 1, grad, n, c);
        long[] at = loadPlane(Lanes.I64, Lanes.INDEX, winners, n, c);
        lanes.scatterAdd(sums, at, from, count);
        storePlane(lanes, sums, dx, n, c);
      }
    }
  }

  /** PyTorch's rule: the first of the largest, and the last NaN if there is one. */
  private static long winner(Window window, long[] keys, int h, int w, int i, int j) {
    int top = i * window.strideH() - window.padH();
    int left = j * window.strideW() - window.padW();
    long best = -1;
    long key = 0;
    for (int r = 0; r < window.kernelH(); r++) {
      int y = top + r * window.dilationH();
      if (y < 0 || y >= h) {
        continue;
      }
      for (int s = 0; s < window.kernelW(); s++) {
        int at = left + s * window.dilationW();
        if (at >= 0 && at < w) {
          long here = keys[y * w + at];
          if (best < 0 || here > key || here == NAN) {
            best = y * w + at;
            key = here;
          }
        }
      }
    }
    return best;
  }

  /** The plane's elements as integers of the same order; both zeros are equal. */
  private static long[] keys(Strided x, long address) {
    int h = size(x, 2);
    int w = size(x, 3);
    long[] keys = Lanes.I64.take(Lanes.PLANE, Math.max(1, h * w));
    if (!x.dtype().isFloatingPoint()) {
      Lanes.I64.loadBlock(keys, h, w, x.dtype(), address, step(x, 2), step(x, 3));
      return keys;
    }
    double[] values = Lanes.F64.take(Lanes.PLANE, Math.max(1, h * w));
    Lanes.F64.loadBlock(values, h, w, x.dtype(), address, step(x, 2), step(x, 3));
    for (int i = 0; i < h * w; i++) {
      double v = values[i];
      long bits = Double.doubleToRawLongBits(v + 0.0);
      keys[i] = v != v ? NAN : bits ^ (bits >> 63 & Long.MAX_VALUE);
    }
    return keys;
  }

  private static <A> A loadPlane(Lanes<A> lanes, int slot, Strided s, long n, long c) {
    int h = size(s, 2);
    int w = size(s, 3);
    A to = lanes.take(slot, Math.max(1, h * w));
    lanes.loadBlock(to, h, w, s.dtype(), plane(s, n, c), step(s, 2), step(s, 3));
    return to;
  }

  private static <A> void storePlane(Lanes<A> lanes, A from, Strided s, long n, long c) {
    lanes.storeBlock(
        from, size(s, 2), size(s, 3), s.dtype(), plane(s, n, c), step(s, 2), step(s, 3));
  }

  private static long plane(Strided s, long n, long c) {
    return s.address() + n * step(s, 0) + c * step(s, 1);
  }

  private static int size(Strided s, int dim) {
    return (int) s.layout().size(dim);
  }

  private static long step(Strided s, int dim) {
    return s.layout().stride(dim) * s.dtype().size();
  }
}
