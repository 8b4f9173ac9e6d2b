package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;

/**
 * Runs pointwise kernels tile by tile: a tile is a piece of the grid's two inner dimensions, staged
 * into heap arrays. All inputs of a tile are read before any output is written, which is what makes
 * in-place use right.
 */
final class Pointwise<A> {
  /** Edge of a tile that some operand crosses: copies then are long on either side. */
  private static final int SQUARE = 64;

  /** Rows shorter than this are staged; longer ones are copied each by itself. */
  private static final int BULK_BYTES = 64;

  /** A kernel with more operands than this takes half a chunk of each. */
  private static final int MANY_OPERANDS = 4;

  private final Lanes<A> lanes;
  private final @Nullable PointwiseKernel kernel;
  private final double[] scalars;
  private final Strided[] operands;
  private final int outs;
  private final Grid grid;
  private final A[] in;
  private final A[] out;
  private final boolean[] constant;
  private final int tileRows;
  private final int tileCols;

  private Pointwise(
      Lanes<A> lanes,
      @Nullable PointwiseKernel kernel,
      double[] scalars,
      Strided[] operands,
      int outs,
      Grid grid) {
    this.lanes = lanes;
    this.kernel = kernel;
    this.scalars = scalars;
    this.operands = operands;
    this.outs = outs;
    this.grid = grid;
    long cols = grid.size(0);
    long rows = grid.size(1);
    if (isCrossed()) {
      tileCols = (int) Math.min(cols, Math.max(SQUARE, SQUARE * SQUARE / rows));
      tileRows = (int) Math.min(rows, SQUARE * SQUARE / tileCols);
    } else {
      // All chunks of a tile together stay in the first-level cache.
      int chunk = operands.length > MANY_OPERANDS ? Lanes.CHUNK / 2 : Lanes.CHUNK;
      tileCols = (int) Math.min(cols, chunk);
      tileRows = (int) Math.min(rows, chunk / tileCols);
    }
    int length = tileRows * tileCols;
    constant = new boolean[operands.length];
    in = lanes.table(operands.length - outs);
    out = kernel == null ? in : lanes.table(outs);
    for (int i = 0; i < operands.length; i++) {
      if (i >= outs) {
        in[i - outs] = lanes.take(Lanes.OPERANDS + i, length);
      } else if (kernel != null) {
        out[i] = lanes.take(Lanes.OPERANDS + i, length);
      }
    }
  }

  /** See {@link io.kindling.device.Backend#pointwise}; without a kernel, a converting copy. */
  static void run(
      Lanes<?> lanes,
      @Nullable PointwiseKernel kernel,
      Strided[] out,
      Strided[] in,
      double[] scalars) {
    Strided[] operands = new Strided[out.length + in.length];
    System.arraycopy(out, 0, operands, 0, out.length);
    System.arraycopy(in, 0, operands, out.length, in.length);
    Grid grid = Grid.broadcast(out[0].layout(), operands);
    if (!grid.isEmpty()) {
      new Pointwise<>(lanes, kernel, scalars, operands, out.length, grid).run();
    }
  }

  /** Copies, converting the type. */
  static void copy(Strided out, Strided in) {
    Grid grid = Grid.broadcast(out.layout(), out, in);
    if (grid.isEmpty()) {
      return;
    }
    DType type = out.dtype();
    long bytes = grid.size(0) * type.size();
    boolean bulk =
        type == in.dtype()
            && grid.step(0, 0) == type.size()
            && grid.step(1, 0) == type.size()
            && (bytes >= BULK_BYTES || grid.rank() == 1);
    if (bulk) {
      Grid.Odometer rows = grid.walk(1, out.hostAddress(), in.hostAddress());
      do {
        Raw.copy(rows.address(1), rows.address(0), bytes);
      } while (rows.next());
    } else {
      Strided[] operands = {out, in};
      new Pointwise<>(LaneTypes.of(in.dtype()), null, new double[0], operands, 1, grid).run();
    }
  }

  private boolean isCrossed() {
    for (int i = 0; i < operands.length; i++) {
      if (Lanes.isAcross(grid.step(i, 1), grid.step(i, 0))) {
        return true;
      }
    }
    return false;
  }

  private void run() {
    long[] addresses = new long[operands.length];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = operands[i].hostAddress();
    }
    loadConstants(addresses);
    long rows = grid.size(1);
    long cols = grid.size(0);
    Grid.Odometer outer = grid.walk(2, addresses);
    do {
      for (long r = 0; r < rows; r += tileRows) {
        int height = (int) Math.min(tileRows, rows - r);
        for (long c = 0; c < cols; c += tileCols) {
          tile(outer, r, c, height, (int) Math.min(tileCols, cols - c));
        }
      }
    } while (outer.next());
  }

  /** What every tile sees alike (a scalar, a bias along the rows) is staged once. */
  private void loadConstants(long[] addresses) {
    for (int i = outs; i < operands.length; i++) {
      boolean sameColumns = grid.step(i, 0) == 0 || grid.size(0) <= tileCols;
      if (sameColumns && grid.isFixedFrom(i, 1)) {
        constant[i] = true;
        load(i, addresses[i], tileRows, tileCols);
      }
    }
  }

  private void tile(Grid.Odometer outer, long r, long c, int height, int width) {
    for (int i = outs; i < operands.length; i++) {
      if (!constant[i]) {
        load(i, place(outer, i, r, c), height, width);
      }
    }
    if (kernel != null) {
      lanes.run(kernel, in, out, height * width, scalars);
    }
    for (int i = 0; i < outs; i++) {
      lanes.storeBlock(
          out[i],
          height,
          width,
          operands[i].dtype(),
          place(outer, i, r, c),
          grid.step(i, 1),
          grid.step(i, 0));
    }
  }

  private long place(Grid.Odometer outer, int i, long r, long c) {
    return outer.address(i) + r * grid.step(i, 1) + c * grid.step(i, 0);
  }

  private void load(int i, long address, int rows, int cols) {
    lanes.loadBlock(
        in[i - outs], rows, cols, operands[i].dtype(), address, grid.step(i, 1), grid.step(i, 0));
  }
}
