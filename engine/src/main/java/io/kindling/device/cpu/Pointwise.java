package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.Operand;
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

  /** None where elements are copied: inputs and outputs then share their arrays. */
  private final @Nullable Loop loop;

  private final double[] scalars;
  private final Grid grid;
  private final Tile<A>[] in;
  private final Tile<A>[] out;
  private final Object[] inArrays;
  private final Object[] outArrays;
  private final Object[] temps;
  private final int tileRows;
  private final int tileCols;

  private Pointwise(
      Lanes<A> lanes,
      PointwiseKernel kernel,
      double[] scalars,
      Strided[] out,
      Operand[] in,
      Strided[] memory,
      Grid grid) {
    this.scalars = scalars;
    this.grid = grid;
    long cols = grid.size(0);
    long rows = grid.size(1);
    if (isCrossed(memory.length)) {
      tileCols = (int) Math.min(cols, Math.max(SQUARE, SQUARE * SQUARE / rows));
      tileRows = (int) Math.min(rows, SQUARE * SQUARE / tileCols);
    } else {
      // All chunks of a tile together stay in the first-level cache.
      int chunk = memory.length > MANY_OPERANDS ? Lanes.CHUNK / 2 : Lanes.CHUNK;
      chunk = areBytes(memory) ? Lanes.CHUNK * Long.BYTES : chunk;
      tileCols = (int) Math.min(cols, chunk);
      tileRows = (int) Math.min(rows, chunk / tileCols);
    }
    int length = tileRows * tileCols;
    boolean copies = kernel == COPY;
    OperandKinds kinds =
        copies
            ? OperandKinds.lanes(kernel.formula())
            : OperandKinds.of(kernel.formula(), lanes.lane(), out, in);
    Loop plain = copies ? null : lanes.loop(kernel, kinds);
    OperandKinds placed = plain == null ? kinds : placed(plain, kinds, out, in);
    this.loop = placed.equals(kinds) ? plain : lanes.loop(kernel, placed);
    this.in = Tile.table(in.length);
    this.inArrays = new Object[in.length];
    for (int i = 0, at = out.length; i < in.length; i++) {
      int operand = in[i] instanceof Strided ? at++ : Tile.NUMBER;
      this.in[i] = new Tile<>(lanes, kinds.in(i), in[i], grid, operand, i, length);
      inArrays[i] = this.in[i].array();
    }
    this.out = Tile.table(out.length);
    this.outArrays = new Object[out.length];
    for (int o = 0; o < out.length; o++) {
      int shared = copies ? 0 : placed.sharedBy(o);
      int slot = in.length + o;
      this.out[o] =
          shared >= 0
              ? this.in[shared].as(out[o], o)
              : new Tile<>(lanes, kinds.out(o), out[o], grid, o, slot, length);
      outArrays[o] = this.out[o].array();
    }
    this.temps = new Object[loop == null ? 0 : loop.temps()];
    for (int t = 0; t < temps.length; t++) {
      temps[t] = lanes.take(Lanes.OPERANDS + in.length + out.length + t, length);
    }
  }

  /** Outputs that are inputs' memory share their arrays, where nothing reads these later. */
  private static OperandKinds placed(Loop loop, OperandKinds kinds, Strided[] out, Operand[] in) {
    OperandKinds placed = kinds;
    for (int o = 0; o < out.length; o++) {
      int found = -1;
      for (int i = in.length - 1; i >= 0; i--) {
        boolean free = (loop.inPlace() >> 8 * o + i & 1) != 0;
        boolean same = free && kinds.in(i) == kinds.out(o) && isSame(out[o], in[i]);
        found = same ? i : found;
      }
      placed = found < 0 ? placed : placed.sharing(o, found);
    }
    return placed;
  }

  private static boolean isSame(Strided out, Operand in) {
    return in instanceof Strided s
        && s.storage() == out.storage()
        && s.dtype() == out.dtype()
        && s.layout().equals(out.layout());
  }

  /** See {@link io.kindling.device.Backend#pointwise}. */
  static void run(
      Lanes<?> lanes, PointwiseKernel kernel, Strided[] out, Operand[] in, double[] scalars) {
    if (TruthWords.run(kernel.formula(), out, in)) {
      return;
    }
    Strided[] memory = memory(out, in);
    Grid grid = Grid.broadcast(out[0].layout(), memory);
    if (!grid.isEmpty()) {
      new Pointwise<>(lanes, kernel, scalars, out, in, memory, grid).run(memory);
    }
  }

  /** The operands that are no numbers, outputs first. */
  private static Strided[] memory(Strided[] out, Operand[] in) {
    int n = out.length;
    for (Operand operand : in) {
      n += operand instanceof Strided ? 1 : 0;
    }
    Strided[] memory = new Strided[n];
    System.arraycopy(out, 0, memory, 0, out.length);
    int at = out.length;
    for (Operand operand : in) {
      if (operand instanceof Strided s) {
        memory[at++] = s;
      }
    }
    return memory;
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
      run(LaneTypes.of(in.dtype()), COPY, new Strided[] {out}, new Operand[] {in}, new double[0]);
    }
  }

  static final PointwiseKernel COPY = PointwiseKernel.of("copy", "a");

  private static boolean areBytes(Strided[] memory) {
    for (Strided s : memory) {
      if (s.dtype() != DType.BOOL) {
        return false;
      }
    }
    return true;
  }

  private boolean isCrossed(int operands) {
    for (int i = 0; i < operands; i++) {
      if (Lanes.isAcross(grid.step(i, 1), grid.step(i, 0))) {
        return true;
      }
    }
    return false;
  }

  private void run(Strided[] memory) {
    long[] addresses = new long[memory.length];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = memory[i].hostAddress();
    }
    boolean constant = true;
    for (Tile<A> tile : in) {
      tile.loadIfConstant(addresses, tileRows, tileCols);
      constant &= tile.isConstant();
    }
    if (constant) {
      compute(tileRows * tileCols);
    }
    long rows = grid.size(1);
    long cols = grid.size(0);
    Grid.Odometer outer = grid.walk(2, addresses);
    do {
      for (long r = 0; r < rows; r += tileRows) {
        int height = (int) Math.min(tileRows, rows - r);
        for (long c = 0; c < cols; c += tileCols) {
          int width = (int) Math.min(tileCols, cols - c);
          if (!constant) {
            load(outer, r, c, height, width);
            compute(height * width);
          }
          for (Tile<A> tile : out) {
            tile.store(outer, r, c, height, width);
          }
        }
      }
    } while (outer.next());
  }

  private void load(Grid.Odometer outer, long r, long c, int height, int width) {
    for (Tile<A> tile : in) {
      tile.load(outer, r, c, height, width);
    }
  }

  private void compute(int n) {
    if (loop != null) {
      loop.run(inArrays, outArrays, temps, n, scalars);
    }
  }
}
