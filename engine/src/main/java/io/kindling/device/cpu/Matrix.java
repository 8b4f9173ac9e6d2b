package io.kindling.device.cpu;

import io.kindling.core.DType;

/**
 * An operand or the result of a matrix product, read and written in runs along its rows.
 *
 * @param <A> the heap array of the compute type
 */
abstract class Matrix<A> implements Panels<A> {
  /** Tiles of a transposed panel: long along memory, wide enough to fill a cache line. */
  private static final int TILE_ROWS = 128;

  private static final int TILE_COLS = 16;

  final Lanes<A> lanes;

  Matrix(Lanes<A> lanes) {
    this.lanes = lanes;
  }

  /** Reads {@code n} elements of a row. */
  abstract void load(A to, int at, long row, long col, int n);

  @Override
  public void panel(A[] to, long row, long col, int rows, int cols) {
    for (int r = 0; r < rows; r++) {
      load(to[r], 0, row + r, col, cols);
    }
  }

  /** The transposed matrix; still read along this one's rows. */
  Panels<A> transposed() {
    return (to, row, col, rows, cols) -> {
      A tile = lanes.take(Lanes.TRANSPOSED, TILE_ROWS * TILE_COLS);
      for (int r = 0; r < rows; r += TILE_ROWS) {
        int height = Math.min(TILE_ROWS, rows - r);
        for (int c = 0; c < cols; c += TILE_COLS) {
          int width = Math.min(TILE_COLS, cols - c);
          for (int i = 0; i < width; i++) {
            load(tile, i * height, col + c + i, row + r, height);
          }
          lanes.transpose(tile, height, width, to, r, c);
        }
      }
    };
  }

  /** A matrix whose columns run over one or more dimensions of a tensor. Steps are in bytes. */
  static final class Folded<A> extends Matrix<A> {
    private final DType type;
    private final long address;
    private final long rowStep;
    private final long[] sizes;
    private final long[] steps;

    /**
     * @param sizes of the dimensions that the columns run over, outermost first
     * @param steps of the same
     */
    Folded(Lanes<A> lanes, DType type, long address, long rowStep, long[] sizes, long... steps) {
      super(lanes);
      this.type = type;
      this.address = address;
      this.rowStep = rowStep;
      Grid merged = Grid.inOrder(sizes, steps);
      this.sizes = new long[Math.max(1, merged.rank())];
      this.steps = new long[this.sizes.length];
      for (int d = 0; d < this.sizes.length; d++) {
        this.sizes[d] = merged.size(d);
        this.steps[d] = merged.step(0, d);
      }
    }

    @Override
    void load(A to, int at, long row, long col, int n) {
      for (int done = 0; done < n; ) {
        int run = run(col + done, n - done);
        lanes.load(to, at + done, run, type, place(row, col + done), steps[0]);
        done += run;
      }
    }

    /** Writes {@code n} elements of a row. */
    void store(A from, long row, long col, int n) {
      for (int done = 0; done < n; ) {
        int run = run(col + done, n - done);
        lanes.store(from, done, run, type, place(row, col + done), steps[0]);
        done += run;
      }
    }

    /** How far memory goes on evenly. */
    private int run(long col, int n) {
      return sizes.length == 1 ? n : (int) Math.min(n, sizes[0] - col % sizes[0]);
    }

    private long place(long row, long col) {
      long at = address + row * rowStep;
      long rest = col;
      for (int d = 0; d < sizes.length - 1; d++) {
        at += rest % sizes[d] * steps[d];
        rest /= sizes[d];
      }
      return at + rest * steps[sizes.length - 1];
    }
  }
}
