package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.device.Raw;
import io.kindling.device.Strided;

/**
 * Moves elements between a plain tensor, walked in order, and one whose position along a dimension
 * comes from an index tensor.
 */
final class GatherScatter {
  /** What happens to each pair of elements. */
  enum Mode {
    GATHER,
    SCATTER,
    ADD
  }

  private static final int PLAIN = 0;
  private static final int INDEXED = 1;
  private static final int INDEX = 2;

  private final Mode mode;
  private final DType type;
  private final int dim;
  private final long limit;
  private final long stride;
  private final Grid grid;

  private GatherScatter(Mode mode, Strided plain, Strided indexed, Strided index, int dim) {
    this.mode = mode;
    this.type = plain.dtype();
    this.dim = dim;
    Layout layout = indexed.layout();
    boolean scalar = layout.rank() == 0;
    limit = scalar ? 1 : layout.size(dim);
    stride = scalar ? 0 : layout.stride(dim) * type.size();
    long[] shape = index.layout().shape();
    long[][] steps = {steps(plain), steps(indexed), steps(index)};
    if (!scalar) {
      steps[INDEXED][dim] = 0;
    }
    grid = Grid.of(shape, steps);
  }

  private static long[] steps(Strided s) {
    long[] steps = s.layout().strides();
    for (int d = 0; d < steps.length; d++) {
      steps[d] *= s.dtype().size();
    }
    return steps;
  }

  /**
   * See {@link io.kindling.device.Backend#gather} and {@code scatter}.
   *
   * @param plain the output of a gather, the source of a scatter
   * @param indexed the source of a gather, the destination of a scatter
   */
  static void run(Mode mode, Strided plain, Strided indexed, Strided index, int dim) {
    check(mode, plain, indexed, index, dim);
    GatherScatter g = new GatherScatter(mode, plain, indexed, index, dim);
    if (!g.grid.isEmpty()) {
      g.run(plain.hostAddress(), indexed.hostAddress(), index.hostAddress());
    }
  }

  private static void check(Mode mode, Strided plain, Strided indexed, Strided index, int dim) {
    String name = mode == Mode.GATHER ? "gather" : "scatter";
    if (index.dtype() != DType.INT64) {
      throw new DTypeException(
          name + "(): Expected dtype int64 for index, got " + index.dtype() + "; convert it first");
    }
    if (plain.dtype() != indexed.dtype()) {
      throw new DTypeException(
          name
              + "(): Expected self.dtype to be equal to src.dtype, got "
              + plain.dtype()
              + " and "
              + indexed.dtype());
    }
    Layout i = index.layout();
    boolean fits = i.rank() == plain.layout().rank() && i.rank() == indexed.layout().rank();
    for (int d = 0; fits && d < i.rank(); d++) {
      fits =
          i.size(d) <= plain.layout().size(d)
              && (d == dim || i.size(d) <= indexed.layout().size(d));
    }
    if (!fits) {
      throw new ShapeException(
          name
              + "(): the index (shape "
              + java.util.Arrays.toString(i.shape())
              + ") must not be larger than the operands (shapes "
              + java.util.Arrays.toString(plain.layout().shape())
              + " and "
              + java.util.Arrays.toString(indexed.layout().shape())
              + ") apart from dimension "
              + dim);
    }
  }

  private void run(long plain, long indexed, long index) {
    long n = grid.size(0);
    int size = type.size();
    boolean wholeRows =
        grid.step(INDEX, 0) == 0 && grid.step(PLAIN, 0) == size && grid.step(INDEXED, 0) == size;
    Grid.Odometer at = grid.walk(1, plain, indexed, index);
    do {
      if (wholeRows) {
        long position = checked(Raw.getLong(at.address(INDEX)));
        row(at.address(PLAIN), at.address(INDEXED) + position * stride, n);
      } else {
        elements(at, n);
      }
    } while (at.next());
  }

  private void row(long plain, long indexed, long n) {
    long bytes = n * type.size();
    switch (mode) {
      case GATHER -> Raw.copy(indexed, plain, bytes);
      case SCATTER -> Raw.copy(plain, indexed, bytes);
      case ADD -> addRow(LaneTypes.of(type), plain, indexed, n);
    }
  }

  private <A> void addRow(Lanes<A> lanes, long plain, long indexed, long n) {
    int size = type.size();
    A x = lanes.take(Lanes.OPERANDS, Lanes.CHUNK);
    A sum = lanes.take(Lanes.OPERANDS + 1, Lanes.CHUNK);
    for (long done = 0; done < n; done += Lanes.CHUNK) {
      int count = (int) Math.min(Lanes.CHUNK, n - done);
      lanes.load(x, 0, count, type, plain + done * size, size);
      lanes.load(sum, 0, count, type, indexed + done * size, size);
      lanes.add(sum, x, count);
      lanes.store(sum, 0, count, type, indexed + done * size, size);
    }
  }

  private void elements(Grid.Odometer at, long n) {
    long[] index = LaneTypes.I64.take(Lanes.INDEX, Lanes.CHUNK);
    for (long done = 0; done < n; done += Lanes.CHUNK) {
      int count = (int) Math.min(Lanes.CHUNK, n - done);
      long step = grid.step(INDEX, 0);
      LaneTypes.I64.load(index, 0, count, DType.INT64, at.address(INDEX) + done * step, step);
      long plainStep = grid.step(PLAIN, 0);
      long indexedStep = grid.step(INDEXED, 0);
      long plain = at.address(PLAIN) + done * plainStep;
      long indexed = at.address(INDEXED) + done * indexedStep;
      for (int i = 0; i < count; i++) {
        long there = indexed + i * indexedStep + checked(index[i]) * stride;
        element(plain + i * plainStep, there);
      }
    }
  }

  private void element(long plain, long indexed) {
    switch (mode) {
      case GATHER -> copy(indexed, plain);
      case SCATTER -> copy(plain, indexed);
      case ADD -> add(plain, indexed);
    }
  }

  private void copy(long from, long to) {
    switch (type.size()) {
      case 4 -> Raw.putFloat(to, Raw.getFloat(from));
      case 8 -> Raw.putLong(to, Raw.getLong(from));
      case 2 -> Raw.putShort(to, Raw.getShort(from));
      default -> Raw.putByte(to, Raw.getByte(from));
    }
  }

  private void add(long from, long to) {
    switch (type) {
      case FLOAT32 -> Raw.putFloat(to, Raw.getFloat(to) + Raw.getFloat(from));
      case FLOAT64 -> Raw.putDouble(to, Raw.getDouble(to) + Raw.getDouble(from));
      case INT64 -> Raw.putLong(to, Raw.getLong(to) + Raw.getLong(from));
      case UINT8 -> Raw.putByte(to, (byte) (Raw.getByte(to) + Raw.getByte(from)));
      case BOOL -> Raw.putByte(to, (byte) (Raw.getByte(to) | Raw.getByte(from)));
      case INT8, INT16, INT32, FLOAT16, BFLOAT16 -> addRow(LaneTypes.of(type), from, to, 1);
    }
  }

  private long checked(long position) {
    if (position < 0 || position >= limit) {
      throw new IndexException(
          "index " + position + " is out of bounds for dimension " + dim + " with size " + limit);
    }
    return position;
  }
}
