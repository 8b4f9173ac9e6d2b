package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Strided;

/**
 * Folds a tensor by a binary kernel. Elements that are to be folded lie side by side in lanes, as
 * many as a chunk holds; chunks are folded lane by lane, in blocks that are folded pairwise, and
 * the lanes at the end. The order depends on shapes and strides only, and a float32 sum keeps its
 * accuracy over millions of elements.
 */
final class Reduction<A> {
  private static final double[] NO_SCALARS = {};
  private static final Object[] NO_TEMPS = {};

  /** Chunks folded one after the other before the result joins the pairwise tree. */
  private static final int BLOCK = 16;

  /** A folded dimension at least so long makes good lanes by itself. */
  private static final int LONG = 1024;

  /** A kept dimension shorter than this makes poor lanes where memory does not run along it. */
  private static final int FEW = 16;

  private static final int IN = 0;
  private static final int OUT = 1;

  private static final int TILES = Lanes.OPERANDS;
  private static final int TOTAL = TILES + PointwiseKernel.FOLDS;
  private static final int LEVELS = TOTAL + 1;

  private final Lanes<A> lanes;
  private final Strided out;
  private final Strided in;
  private final Grid grid;

  /** The kept dimension that the lanes run over, or none. */
  private final int across;

  /** The folded dimension of which several elements lie side by side in the lanes. */
  private final int along;

  private final int tileWidth;
  private final int tileDepth;
  private final A[] tiles;
  private final A[] operands;
  private final Loop[] loops;
  private final A total;
  private final A[] pair;
  private final A[] result;

  /** Chunks in {@link #total} since it last joined the tree. */
  private int chunks;

  /** How many of {@link #tiles} are yet to be folded, and the elements of each. */
  private int waiting;

  private int tileLength;

  /** How many blocks the tree holds; bit l tells whether level l holds 2^l of them. */
  private long blocks;

  private Reduction(Lanes<A> lanes, PointwiseKernel combine, Strided out, Strided in, Grid grid) {
    this.lanes = lanes;
    this.out = out;
    this.in = in;
    this.grid = grid;
    along = innermost(grid, true);
    int kept = innermost(grid, false);
    boolean alone = along == 0 && (grid.size(0) >= LONG || grid.size(kept) < FEW);
    across = alone ? grid.rank() : kept;
    long depth = grid.size(along);
    long limit = Lanes.CHUNK;
    if (Lanes.isAcross(grid.step(IN, along), grid.step(IN, across))) {
      limit = Math.max(FEW, Lanes.CHUNK / depth);
    }
    tileWidth = (int) Math.min(grid.size(across), limit);
    tileDepth = (int) Math.min(depth, Lanes.CHUNK / tileWidth);
    total = lanes.take(TOTAL, Lanes.CHUNK);
    tiles = lanes.takeRows(TILES, PointwiseKernel.FOLDS, Lanes.CHUNK);
    loops = new Loop[tiles.length];
    operands = lanes.table(tiles.length + 1);
    operands[0] = total;
    for (int i = 0; i < tiles.length; i++) {
      PointwiseKernel folded = combine.folded(i + 1);
      loops[i] = lanes.loop(folded, OperandKinds.lanes(folded.formula()));
      operands[i + 1] = tiles[i];
    }
    pair = lanes.table(2);
    result = lanes.table(1);
    result[0] = total;
  }

  /** See {@link io.kindling.device.Backend#reduce}. */
  static <A> void run(
      Lanes<A> lanes, PointwiseKernel combine, double identity, Strided out, Strided in) {
    if (out.numel() == 0) {
      return;
    }
    if (in.numel() == 0) {
      fill(lanes, identity, out);
      return;
    }
    Layout shape = in.layout();
    Grid grid = Grid.of(shape.shape(), Grid.steps(in, shape), Grid.steps(out, shape));
    if (innermost(grid, true) == grid.rank()) {
      Pointwise.run(lanes, Pointwise.COPY, new Strided[] {out}, new Strided[] {in}, NO_SCALARS);
    } else {
      new Reduction<>(lanes, combine, out, in, grid).run();
    }
  }

  private static <A> void fill(Lanes<A> lanes, double value, Strided out) {
    A scalar = lanes.take(TILES, 1);
    lanes.fill(scalar, 0, 1, value);
    Grid.Odometer at = Grid.broadcast(out.layout(), out).walk(0, out.hostAddress());
    do {
      lanes.store(scalar, 0, 1, out.dtype(), at.address(0), 0);
    } while (at.next());
  }

  /** The innermost dimension that is folded, or that is kept; the rank where there is none. */
  private static int innermost(Grid grid, boolean folded) {
    int d = 0;
    while (d < grid.rank() && (grid.step(OUT, d) == 0) != folded) {
      d++;
    }
    return d;
  }

  private void run() {
    Grid kept = grid.select(d -> d != across && grid.step(OUT, d) != 0);
    Grid folded = grid.select(d -> d != along && grid.step(OUT, d) == 0);
    long width = grid.size(across);
    long outStep = grid.step(OUT, across);
    Grid.Odometer outer = kept.walk(0, in.hostAddress(), out.hostAddress());
    do {
      for (long c = 0; c < width; c += tileWidth) {
        int n = (int) Math.min(tileWidth, width - c);
        fold(folded, outer.address(IN) + c * grid.step(IN, across), n);
        lanes.store(total, 0, n, out.dtype(), outer.address(OUT) + c * outStep, outStep);
      }
    } while (outer.next());
  }

  /** Leaves the result of {@code n} lanes in {@link #total}. */
  private void fold(Grid folded, long address, int n) {
    chunks = 0;
    blocks = 0;
    waiting = 0;
    long depth = grid.size(along);
    Grid.Odometer outer = folded.walk(0, address);
    do {
      for (long r = 0; r < depth; r += tileDepth) {
        int rows = (int) Math.min(tileDepth, depth - r);
        take(outer.address(IN) + r * grid.step(IN, along), rows, n);
      }
    } while (outer.next());
    foldTiles();
    for (int level = 0; blocks >> level != 0; level++) {
      if ((blocks >> level & 1) != 0) {
        fold(level(level), total, n * tileDepth);
      }
    }
    foldRows(n);
  }

  /**
   * Folds one chunk into {@link #total}. The first chunk of a block is never a short one: short
   * ones join the block before.
   */
  private void take(long address, int rows, int n) {
    if (chunks >= BLOCK && rows == tileDepth) {
      foldTiles();
      join(n * tileDepth);
    }
    if (rows * n != tileLength) {
      foldTiles();
      tileLength = rows * n;
    }
    boolean first = chunks++ == 0;
    A to = first ? total : tiles[waiting];
    lanes.loadBlock(to, rows, n, in.dtype(), address, grid.step(IN, along), grid.step(IN, across));
    waiting += first ? 0 : 1;
    if (waiting == tiles.length) {
      foldTiles();
    }
  }

  /** Folds the chunks that wait into {@link #total}, in one pass over it. */
  private void foldTiles() {
    if (waiting > 0) {
      loops[waiting - 1].run(operands, result, NO_TEMPS, tileLength, NO_SCALARS);
      waiting = 0;
    }
  }

  /** Moves {@link #total} into the tree, like adding one to a binary number. */
  private void join(int n) {
    int level = 0;
    for (; (blocks >> level & 1) != 0; level++) {
      fold(level(level), total, n);
    }
    System.arraycopy(total, 0, level(level), 0, n);
    blocks++;
    chunks = 0;
  }

  private A level(int level) {
    return lanes.take(LEVELS + level, Lanes.CHUNK);
  }

  /** Folds the rows of lanes that lie side by side, halving their number. */
  private void foldRows(int n) {
    for (int rows = tileDepth; rows > 1; ) {
      int half = (rows + 1) / 2;
      int moved = (rows - half) * n;
      System.arraycopy(total, half * n, tiles[0], 0, moved);
      fold(total, tiles[0], moved);
      rows = half;
    }
  }

  /** {@code total = combine(a, b)}. */
  private void fold(A a, A b, int n) {
    pair[0] = a;
    pair[1] = b;
    loops[0].run(pair, result, NO_TEMPS, n, NO_SCALARS);
  }
}
