package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.RowKernel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One compute type on heap arrays: how elements of any data type get into an array and out again,
 * and the loops over arrays. The JVM makes vector code of plain loops over heap arrays and of
 * nothing else, so every kernel here loads a chunk, runs such a loop and stores the chunk.
 *
 * @param <A> {@code float[]}, {@code double[]} or {@code long[]}
 */
abstract class Lanes<A> {
  /** Elements staged at a time: the operands of a kernel fit into the first-level cache. */
  static final int CHUNK = 1024;

  // Slots of a thread's arrays: each belongs to one role, so that kernels built on each other (a
  // convolution on the matrix product) do not share one.

  /** A block on its way to or from transposed memory. */
  static final int TRANSPOSED = 0;

  /** Part of a row that is spread over a longer one. */
  static final int RUN = 1;

  /** Indices of gather, scatter and row kernels. */
  static final int INDEX = 2;

  /** Planes of a pool: two slots. */
  static final int PLANE = 3;

  /** Operands of pointwise, row and folding kernels. */
  static final int OPERANDS = 8;

  /** What {@link VectorMath} computes between its passes. */
  static final int MATH = 112;

  /** Rows of the matrix product's operands and result. */
  static final int LEFT = 128;

  static final int RIGHT = LEFT + Gemm.ROWS;
  static final int RESULT = RIGHT + Gemm.DEPTH;
  private static final int SLOTS = RESULT + Gemm.ROWS;

  /** Longer arrays are left to the collector, or one huge row would stay for the thread's life. */
  private static final int KEEP = 1 << 20;

  private final ThreadLocal<@Nullable A[]> slots = ThreadLocal.withInitial(() -> table(SLOTS));

  private final Lane lane;
  private final Map<DType, Codec<A>> codecs = new ConcurrentHashMap<>();
  private final Map<LoopKey, Loop> loops = new ConcurrentHashMap<>();

  /** A kernel is itself and nothing equal, and so is its loop. */
  private record LoopKey(Object kernel, OperandKinds kinds) {}

  Lanes(Lane lane) {
    this.lane = lane;
  }

  final Lane lane() {
    return lane;
  }

  /** The kernel's loop, made at first use. */
  final Loop loop(PointwiseKernel kernel, OperandKinds kinds) {
    if (!kernel.runsIn(lane.dtype)) {
      throw missing(kernel.name(), lane.dtype);
    }
    LoopKey key = new LoopKey(kernel, kinds);
    Loop loop = loops.get(key);
    return loop != null
        ? loop
        : loops.computeIfAbsent(
            key, k -> LoopCompiler.compile(kernel.name(), kernel.formula(), lane, kinds));
  }

  /** As {@link #loop(PointwiseKernel, OperandKinds)} for a kernel of rows. */
  final Loop loop(RowKernel kernel) {
    if (!kernel.runsIn(lane.dtype)) {
      throw missing(kernel.name(), lane.dtype);
    }
    OperandKinds kinds = OperandKinds.lanes(kernel.formula());
    return loops.computeIfAbsent(
        new LoopKey(kernel, kinds),
        k -> LoopCompiler.compile(kernel.name(), kernel.formula(), lane, kinds));
  }

  @SuppressWarnings("unchecked") // a codec of this lane takes its arrays
  private Codec<A> codec(DType type) {
    Codec<A> codec = codecs.get(type);
    return codec != null
        ? codec
        : codecs.computeIfAbsent(type, k -> (Codec<A>) CodecCompiler.compile(type, lane));
  }

  /** Reads {@code n} elements of {@code type} that lie {@code step} bytes apart. */
  final void load(A to, int at, int n, DType type, long address, long step) {
    if (step == 0 && n > 1) {
      codec(type).load(to, at, 1, address, 0);
      repeat(to, at, n);
    } else if (type == lane.dtype && step == type.size()) {
      get(address, to, at, n);
    } else {
      codec(type).load(to, at, n, address, step);
    }
  }

  /** Writes {@code n} elements as {@code type}, {@code step} bytes apart. */
  final void store(A from, int at, int n, DType type, long address, long step) {
    if (type == lane.dtype && step == type.size()) {
      put(from, at, address, n);
    } else {
      codec(type).store(from, at, n, address, step);
    }
  }

  abstract A allocate(int length);

  abstract int length(A array);

  /** A table for so many arrays. */
  abstract A[] table(int count);

  /** From dense memory of the compute type itself. */
  abstract void get(long address, A to, int at, int n);

  /** To dense memory of the compute type itself. */
  abstract void put(A from, int at, long address, int n);

  /** {@code to[at .. at + n) = to[at]}. */
  abstract void repeat(A to, int at, int n);

  abstract void fill(A to, int at, int n, Number value);

  /** {@code to[r * cols + c] = from[c * rows + r]}. */
  abstract void transpose(A from, int rows, int cols, A to);

  /** {@code to[row + r][col + c] = from[c * rows + r]}. */
  abstract void transpose(A from, int rows, int cols, A[] to, int row, int col);

  /** {@code to[at + i * step] = from[i]}. */
  abstract void spread(A from, A to, int at, int step, int n);

  /** {@code to[i] = from[at[i]]}, the least value where {@code at[i]} is negative. */
  abstract void gather(A from, long[] at, A to, int n);

  /** {@code to[at[i]] += from[i]} where {@code at[i]} is not negative. */
  abstract void scatterAdd(A to, long[] at, A from, int n);

  /** {@code to[i] += x[i]}. */
  abstract void add(A to, A x, int n);

  /** {@code c[i] += a[k] b[k][i] + a[k+1] b[k+1][i] + a[k+2] b[k+2][i] + a[k+3] b[k+3][i]}. */
  abstract void multiplyAdd(A c, A a, A[] b, int k, int n);

  /** The place of the first largest, or smallest, element. */
  abstract int position(A x, int n, boolean largest);

  /** An array of this thread, at least so long; what it holds is undefined. */
  final A take(int slot, int length) {
    A held = slots.get()[slot];
    if (held != null && length(held) >= length) {
      return held;
    }
    A fresh = allocate(length);
    if (length <= KEEP) {
      slots.get()[slot] = fresh;
    }
    return fresh;
  }

  /** So many arrays of this thread, from consecutive slots. */
  final A[] takeRows(int slot, int count, int length) {
    A[] rows = table(count);
    for (int i = 0; i < count; i++) {
      rows[i] = take(slot + i, length);
    }
    return rows;
  }

  /** Reads a matrix, row by row, into {@code to}. */
  final void loadBlock(
      A to, int rows, int cols, DType type, long address, long rowStep, long colStep) {
    if (rows == 1 || rowStep == cols * colStep) {
      load(to, 0, rows * cols, type, address, colStep);
    } else if (cols == 1) {
      load(to, 0, rows, type, address, rowStep);
    } else if (rowStep == 0) {
      load(to, 0, cols, type, address, colStep);
      for (int r = 1; r < rows; r++) {
        System.arraycopy(to, 0, to, r * cols, cols);
      }
    } else if (isAcross(rowStep, colStep)) {
      A columns = take(TRANSPOSED, rows * cols);
      for (int c = 0; c < cols; c++) {
        load(columns, c * rows, rows, type, address + c * colStep, rowStep);
      }
      transpose(columns, rows, cols, to);
    } else {
      for (int r = 0; r < rows; r++) {
        load(to, r * cols, cols, type, address + r * rowStep, colStep);
      }
    }
  }

  /** The reverse of {@link #loadBlock}. */
  final void storeBlock(
      A from, int rows, int cols, DType type, long address, long rowStep, long colStep) {
    if (rows == 1 || rowStep == cols * colStep) {
      store(from, 0, rows * cols, type, address, colStep);
    } else if (cols == 1) {
      store(from, 0, rows, type, address, rowStep);
    } else if (isAcross(rowStep, colStep)) {
      A columns = take(TRANSPOSED, rows * cols);
      transpose(from, /* rows= */ cols, /* cols= */ rows, columns);
      for (int c = 0; c < cols; c++) {
        store(columns, c * rows, rows, type, address + c * colStep, rowStep);
      }
    } else {
      for (int r = 0; r < rows; r++) {
        store(from, r * cols, cols, type, address + r * rowStep, colStep);
      }
    }
  }

  /** True where memory runs along the columns of a block rather than along its rows. */
  static boolean isAcross(long rowStep, long colStep) {
    return rowStep != 0 && Math.abs(rowStep) < Math.abs(colStep);
  }

  static DTypeException missing(String kernel, DType compute) {
    String hint =
        compute.isFloatingPoint()
            ? "it takes integers; convert with .to(DType.INT64)"
            : "it takes floating point; convert with .to(DType.FLOAT32)";
    return new DTypeException(
        "\"" + kernel + "\" not implemented for '" + compute.torchName() + "': " + hint);
  }
}
