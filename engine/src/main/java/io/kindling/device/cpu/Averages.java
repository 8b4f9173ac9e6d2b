package io.kindling.device.cpu;

import io.kindling.device.Pool;
import io.kindling.device.Strided;
import io.kindling.device.Window;

/** Average pools plane by plane, in float64 whatever the type. */
final class Averages {
  private static final Lanes<double[]> LANES = LaneTypes.F64;

  private final Window window;
  private final boolean inside;

  Averages(Pool kind, Window window) {
    this.window = window;
    this.inside = kind == Pool.AVERAGE_INSIDE;
  }

  /** The elements of one window. */
  private interface Visit {
    /** Of window {@code at}, which has {@code count} elements, those of rows and columns. */
    void window(int at, int top, int bottom, int left, int right, double count);
  }

  /** See {@link io.kindling.device.Backend#pool}. */
  void forward(Strided out, Strided x) {
    Planes from = new Planes(x, Lanes.PLANE);
    Planes to = new Planes(out, Lanes.PLANE + 1);
    for (long plane = 0; plane < from.count(); plane++) {
      double[] values = from.load(plane);
      double[] means = to.room();
      visit(
          from,
          to,
          (at, top, bottom, left, right, count) -> {
            double sum = 0;
            for (int y = top; y < bottom; y++) {
              for (int i = left; i < right; i++) {
                sum += values[y * from.width + i];
              }
            }
            means[at] = sum / count;
          });
      to.store(means, plane);
    }
  }

  /** See {@link io.kindling.device.Backend#poolInput}. */
  void input(Strided dx, Strided grad) {
    Planes from = new Planes(grad, Lanes.PLANE);
    Planes to = new Planes(dx, Lanes.PLANE + 1);
    for (long plane = 0; plane < to.count(); plane++) {
      double[] grads = from.load(plane);
      double[] sums = to.room();
      LANES.fill(sums, 0, to.height * to.width, 0);
      visit(
          to,
          from,
          (at, top, bottom, left, right, count) -> {
            double share = grads[at] / count;
            for (int y = top; y < bottom; y++) {
              for (int i = left; i < right; i++) {
                sums[y * to.width + i] += share;
              }
            }
          });
      to.store(sums, plane);
    }
  }

  private void visit(Planes image, Planes windows, Visit visit) {
    for (int i = 0; i < windows.height; i++) {
      int y = i * window.strideH() - window.padH();
      int top = Math.max(0, y);
      int bottom = Math.min(image.height, y + window.kernelH());
      for (int j = 0; j < windows.width; j++) {
        int x = j * window.strideW() - window.padW();
        int left = Math.max(0, x);
        int right = Math.min(image.width, x + window.kernelW());
        double count =
            inside
                ? (double) (bottom - top) * (right - left)
                : (double) window.kernelH() * window.kernelW();
        visit.window(i * windows.width + j, top, bottom, left, right, count);
      }
    }
  }

  /** The planes of an activation, as float64. */
  private static final class Planes {
    private final Strided s;
    private final int slot;
    final int height;
    final int width;

    Planes(Strided s, int slot) {
      this.s = s;
      this.slot = slot;
      height = Math.toIntExact(s.layout().size(2));
      width = Math.toIntExact(s.layout().size(3));
    }

    long count() {
      return s.layout().size(0) * s.layout().size(1);
    }

    double[] room() {
      return LANES.take(slot, Math.max(1, Math.multiplyExact(height, width)));
    }

    double[] load(long plane) {
      double[] to = room();
      LANES.loadBlock(to, height, width, s.dtype(), address(plane), step(2), step(3));
      return to;
    }

    void store(double[] from, long plane) {
      LANES.storeBlock(from, height, width, s.dtype(), address(plane), step(2), step(3));
    }

    private long address(long plane) {
      long channels = s.layout().size(1);
      return s.hostAddress() + plane / channels * step(0) + plane % channels * step(1);
    }

    private long step(int dim) {
      return s.layout().stride(dim) * s.dtype().size();
    }
  }
}
