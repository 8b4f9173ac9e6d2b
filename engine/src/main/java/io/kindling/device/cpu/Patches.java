package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.Strided;
import io.kindling.device.Window;

/**
 * The matrix of what lies under a moving window: row (channel, window row, window column), column
 * (image, y, x) of the plane that the window moves over. Zeros lie outside the image.
 */
final class Patches<A> extends Matrix<A> {
  private final DType type;
  private final long address;
  private final long[] steps;
  private final Axis vertical;
  private final Axis horizontal;

  private Patches(Lanes<A> lanes, Strided image, long channel, Axis vertical, Axis horizontal) {
    super(lanes);
    this.vertical = vertical;
    this.horizontal = horizontal;
    type = image.dtype();
    steps = new long[4];
    for (int d = 0; d < 4; d++) {
      steps[d] = image.layout().stride(d) * type.size();
    }
    address = image.hostAddress() + channel * steps[1];
  }

  /** What a convolution of {@code image} sees from each place of its output's {@code plane}. */
  static <A> Patches<A> of(Lanes<A> lanes, Window v, Strided image, long channel, Layout plane) {
    Layout i = image.layout();
    Move h = new Move(v.kernelH(), v.strideH(), 1, v.dilationH(), -v.padH());
    Move w = new Move(v.kernelW(), v.strideW(), 1, v.dilationW(), -v.padW());
    return new Patches<>(
        lanes,
        image,
        channel,
        new Axis(h, length(plane, 2), length(i, 2)),
        new Axis(w, length(plane, 3), length(i, 3)));
  }

  /** Which elements of the output's gradient each place of the input's {@code plane} went to. */
  static <A> Patches<A> reversed(
      Lanes<A> lanes, Window v, Strided grad, long channel, Layout plane) {
    Layout g = grad.layout();
    Move h = new Move(v.kernelH(), 1, v.strideH(), -v.dilationH(), v.padH());
    Move w = new Move(v.kernelW(), 1, v.strideW(), -v.dilationW(), v.padW());
    return new Patches<>(
        lanes,
        grad,
        channel,
        new Axis(h, length(plane, 2), length(g, 2)),
        new Axis(w, length(plane, 3), length(g, 3)));
  }

  /** Positions are looked up in tables of {@code int}. */
  private static int length(Layout layout, int dim) {
    return Shapes.arrayLength(layout.size(dim), layout.shape());
  }

  /**
   * Along one dimension, place {@code p} and window element {@code e} meet image position {@code (p
   * * up + e * dilation + start) / down} where that is whole and inside. Places that meet one are
   * {@code down} apart, the positions that they meet {@code up}.
   */
  private record Move(int elements, int up, int down, int dilation, int start) {}

  /** {@link Move} in tables. */
  private static final class Axis {
    private final int elements;
    private final int places;
    private final int up;
    private final int down;

    /** The image position for each element and place, or -1. */
    private final int[][] position;

    /** For each element the first place that meets a position, and the number of such places. */
    private final int[] first;

    private final int[] count;

    Axis(Move move, int places, int size) {
      elements = move.elements;
      up = move.up;
      down = move.down;
      this.places = places;
      position = new int[elements][places];
      first = new int[elements];
      count = new int[elements];
      for (int e = 0; e < elements; e++) {
        long offset = (long) e * move.dilation + move.start;
        for (int p = places - 1; p >= 0; p--) {
          long at = (long) p * up + offset;
          boolean meets = at >= 0 && at % down == 0 && at / down < size;
          position[e][p] = meets ? (int) (at / down) : -1;
          first[e] = meets ? p : first[e];
          count[e] += meets ? 1 : 0;
        }
      }
    }
  }

  @Override
  void load(A to, int at, long row, long col, int n) {
    int s = (int) (row % horizontal.elements);
    long rest = row / horizontal.elements;
    int r = (int) (rest % vertical.elements);
    long channel = address + rest / vertical.elements * steps[1];
    int x = (int) (col % horizontal.places);
    int y = (int) (col / horizontal.places % vertical.places);
    long image = channel + col / horizontal.places / vertical.places * steps[0];
    for (int done = 0; done < n; ) {
      int run = Math.min(n - done, horizontal.places - x);
      int line = vertical.position[r][y];
      if (line < 0) {
        lanes.fill(to, at + done, run, 0);
      } else {
        line(to, at + done, image + line * steps[2], s, x, run);
      }
      done += run;
      x = 0;
      if (++y == vertical.places) {
        y = 0;
        image += steps[0];
      }
    }
  }

  /** Reads {@code n} places from {@code x} on in one line of the image. */
  private void line(A to, int at, long address, int element, int x, int n) {
    int down = horizontal.down;
    long first = horizontal.first[element];
    long end = first + (long) horizontal.count[element] * down;
    if (first < x) {
      first += (x - first + down - 1) / down * down;
    }
    int count = (int) ((Math.min(end, x + n) - first + down - 1) / down);
    if (count <= 0) {
      lanes.fill(to, at, n, 0);
      return;
    }
    int skip = (int) (first - x);
    long from = address + horizontal.position[element][(int) first] * steps[3];
    if (down > 1) {
      A run = lanes.take(Lanes.RUN, count);
      lanes.load(run, 0, count, type, from, steps[3]);
      lanes.fill(to, at, n, 0);
      lanes.spread(run, to, at + skip, down, count);
      return;
    }
    lanes.load(to, at + skip, count, type, from, horizontal.up * steps[3]);
    if (skip > 0) {
      lanes.fill(to, at, skip, 0);
    }
    if (skip + count < n) {
      lanes.fill(to, at + skip + count, n - skip - count, 0);
    }
  }
}
