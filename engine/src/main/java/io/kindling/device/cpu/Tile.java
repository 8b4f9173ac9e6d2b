package io.kindling.device.cpu;

import io.kindling.device.Operand;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import java.util.Arrays;

/** One operand of a pointwise kernel and the array into which its elements are staged. */
final class Tile<A> {
  /** The place of a number in the grid, which it has none in. */
  static final int NUMBER = -1;

  private final Lanes<A> lanes;
  private final Loop.Kind kind;
  private final Operand operand;
  private final Grid grid;
  private final int at;
  private final Object array;
  private boolean constant;

  /**
   * An operand.
   *
   * @param at which operand of the grid it is
   * @param slot of the thread's arrays
   */
  Tile(Lanes<A> lanes, Loop.Kind kind, Operand operand, Grid grid, int at, int slot, int length) {
    this.lanes = lanes;
    this.kind = kind;
    this.operand = operand;
    this.grid = grid;
    this.at = at;
    this.array =
        switch (kind) {
          case LANES -> lanes.take(Lanes.OPERANDS + slot, length);
          case TRUTHS -> Scratch.local().bytes(slot, length);
          case BITS ->
              lanes.lane() == Lane.F32
                  ? Scratch.local().ints(slot, length)
                  : LaneTypes.I64.take(Lanes.OPERANDS + slot, length);
        };
  }

  private Tile(Tile<A> other, Operand operand, int at) {
    this.lanes = other.lanes;
    this.kind = other.kind;
    this.operand = operand;
    this.grid = other.grid;
    this.at = at;
    this.array = other.array;
  }

  /** The same array for another operand. */
  Tile<A> as(Operand other, int place) {
    return new Tile<>(this, other, place);
  }

  @SuppressWarnings("unchecked") // Java makes no arrays of generic types
  static <A> Tile<A>[] table(int count) {
    return (Tile<A>[]) new Tile<?>[count];
  }

  Object array() {
    return array;
  }

  /** What every tile sees alike (a number, a bias along the rows) is staged once. */
  void loadIfConstant(long[] addresses, int rows, int cols) {
    if (operand instanceof Operand.Scalar s) {
      constant = true;
      fill(s.value(), rows * cols);
      return;
    }
    boolean sameColumns = grid.step(at, 0) == 0 || grid.size(0) <= cols;
    if (sameColumns && grid.isFixedFrom(at, 1)) {
      constant = true;
      load(addresses[at], rows, cols);
    }
  }

  @SuppressWarnings("unchecked") // of kind LANES it is an array of the lanes
  private A lanesArray() {
    return (A) array;
  }

  private void fill(Number value, int n) {
    if (kind == Loop.Kind.BITS && array instanceof int[] ints) {
      Arrays.fill(ints, 0, n, Float.floatToRawIntBits(value.floatValue()));
    } else if (kind == Loop.Kind.BITS) {
      Arrays.fill((long[]) array, 0, n, Double.doubleToRawLongBits(value.doubleValue()));
    } else {
      lanes.fill(lanesArray(), 0, n, value);
    }
  }

  /** Whether {@link #loadIfConstant} has staged it for good. */
  boolean isConstant() {
    return constant;
  }

  void load(Grid.Odometer outer, long r, long c, int height, int width) {
    if (!constant) {
      load(place(outer, r, c), height, width);
    }
  }

  private long place(Grid.Odometer outer, long r, long c) {
    return outer.address(at) + r * grid.step(at, 1) + c * grid.step(at, 0);
  }

  private void load(long address, int rows, int cols) {
    Strided s = (Strided) operand;
    long rowStep = grid.step(at, 1);
    long colStep = grid.step(at, 0);
    switch (kind) {
      case LANES -> lanes.loadBlock(lanesArray(), rows, cols, s.dtype(), address, rowStep, colStep);
      case TRUTHS -> {
        byte[] to = (byte[]) array;
        if (colStep == 1 && (rows == 1 || rowStep == cols)) {
          Raw.get(address, to, 0, rows * cols);
        } else {
          for (int i = 0; i < rows * cols; i++) {
            to[i] = Raw.getByte(address + i / cols * rowStep + i % cols * colStep);
          }
        }
      }
      case BITS -> loadBits(s, address, rows, cols, rowStep, colStep);
    }
  }

  private void loadBits(Strided s, long address, int rows, int cols, long rowStep, long colStep) {
    boolean dense = colStep == s.dtype().size() && (rows == 1 || rowStep == cols * colStep);
    if (array instanceof int[] ints) {
      if (dense) {
        Raw.get(address, ints, 0, rows * cols);
      } else {
        float[] floats = LaneTypes.F32.take(Lanes.RUN, rows * cols);
        LaneTypes.F32.loadBlock(floats, rows, cols, s.dtype(), address, rowStep, colStep);
        Raw.bits(floats, ints, rows * cols);
      }
    } else {
      double[] doubles = LaneTypes.F64.take(Lanes.RUN, rows * cols);
      LaneTypes.F64.loadBlock(doubles, rows, cols, s.dtype(), address, rowStep, colStep);
      Raw.bits(doubles, (long[]) array, rows * cols);
    }
  }

  void store(Grid.Odometer outer, long r, long c, int rows, int cols) {
    Strided s = (Strided) operand;
    long address = place(outer, r, c);
    long rowStep = grid.step(at, 1);
    long colStep = grid.step(at, 0);
    switch (kind) {
      case LANES ->
          lanes.storeBlock(lanesArray(), rows, cols, s.dtype(), address, rowStep, colStep);
      case TRUTHS -> {
        byte[] from = (byte[]) array;
        if (colStep == 1 && (rows == 1 || rowStep == cols)) {
          Raw.put(from, 0, address, rows * cols);
        } else {
          for (int i = 0; i < rows * cols; i++) {
            Raw.putByte(address + i / cols * rowStep + i % cols * colStep, from[i]);
          }
        }
      }
      case BITS -> storeBits(s, address, rows, cols, rowStep, colStep);
    }
  }

  private void storeBits(Strided s, long address, int rows, int cols, long rowStep, long colStep) {
    if (array instanceof int[] ints) {
      if (colStep == s.dtype().size() && (rows == 1 || rowStep == cols * colStep)) {
        Raw.put(ints, 0, address, rows * cols);
      } else {
        float[] floats = LaneTypes.F32.take(Lanes.RUN, rows * cols);
        Raw.bits(ints, floats, rows * cols);
        LaneTypes.F32.storeBlock(floats, rows, cols, s.dtype(), address, rowStep, colStep);
      }
    } else {
      double[] doubles = LaneTypes.F64.take(Lanes.RUN, rows * cols);
      Raw.bits((long[]) array, doubles, rows * cols);
      LaneTypes.F64.storeBlock(doubles, rows, cols, s.dtype(), address, rowStep, colStep);
    }
  }
}
