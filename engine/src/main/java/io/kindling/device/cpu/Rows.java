package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.device.RowKernel;
import io.kindling.device.Strided;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs row kernels: each row is staged whole, so an output may be an input's very memory. */
final class Rows {
  private static final double[] NO_NUMBERS = {};

  private Rows() {}

  /** See {@link io.kindling.device.Backend#rows}. */
  static <A> void run(
      Lanes<A> lanes, RowKernel kernel, Strided[] out, @Nullable Strided index, Strided[] in) {
    List<Strided> operands = new ArrayList<>(Arrays.asList(out));
    operands.addAll(Arrays.asList(in));
    if (index != null) {
      operands.add(index);
    }
    Grid grid = outer(operands);
    if (grid.isEmpty()) {
      return;
    }
    Row[] rows = operands.stream().map(Row::of).toArray(Row[]::new);
    int n = rows[in.length > 0 ? out.length : 0].length;
    A[] outs = staged(lanes, rows, 0, out.length);
    A[] ins = staged(lanes, rows, out.length, in.length);
    boolean seeks = kernel.position() != RowKernel.Position.NONE;
    @Nullable Loop loop = seeks ? null : lanes.loop(kernel);
    A[] temps = lanes.table(loop == null ? 0 : loop.temps());
    for (int t = 0; t < temps.length; t++) {
      temps[t] = lanes.take(Lanes.OPERANDS + rows.length + t, Math.max(1, n));
    }
    int last = rows.length - 1;
    long[] positions = LaneTypes.I64.take(Lanes.INDEX, 1);
    long[] addresses = operands.stream().mapToLong(Strided::hostAddress).toArray();
    Grid.Odometer at = grid.walk(0, addresses);
    do {
      for (int i = 0; i < ins.length; i++) {
        Row row = rows[out.length + i];
        lanes.load(ins[i], 0, row.length, row.type, at.address(out.length + i), row.step);
      }
      if (loop != null) {
        loop.run(ins, outs, temps, n, NO_NUMBERS);
      } else {
        boolean largest = kernel.position() == RowKernel.Position.LARGEST;
        positions[0] = lanes.position(ins[0], n, largest);
      }
      for (int i = 0; i < outs.length; i++) {
        Row row = rows[i];
        lanes.store(outs[i], 0, row.length, row.type, at.address(i), row.step);
      }
      if (index != null) {
        LaneTypes.I64.store(
            positions, 0, rows[last].length, DType.INT64, at.address(last), rows[last].step);
      }
    } while (at.next());
  }

  /** The lanes that hold all of {@code in} (or, without inputs, {@code out}). */
  static Lanes<?> lanes(Strided[] out, Strided[] in) {
    Strided[] deciding = in.length > 0 ? in : out;
    DType type = DType.BOOL;
    for (Strided s : deciding) {
      type = DType.promote(type, s.dtype());
    }
    return LaneTypes.of(type);
  }

  private static <A> A[] staged(Lanes<A> lanes, Row[] rows, int from, int count) {
    A[] out = lanes.table(count);
    for (int i = 0; i < count; i++) {
      out[i] = lanes.take(Lanes.OPERANDS + from + i, Math.max(1, rows[from + i].length));
    }
    return out;
  }

  private static Grid outer(List<Strided> operands) {
    Layout shape = leading(operands.get(0).layout());
    long[][] steps = new long[operands.size()][];
    for (int i = 0; i < steps.length; i++) {
      Strided s = operands.get(i);
      steps[i] = Grid.steps(s.with(leading(s.layout())), shape);
    }
    return Grid.of(shape.shape(), steps);
  }

  /** All dimensions but the last. */
  private static Layout leading(Layout layout) {
    int rank = Math.max(0, layout.rank() - 1);
    return Layout.of(Arrays.copyOf(layout.shape(), rank), Arrays.copyOf(layout.strides(), rank), 0);
  }

  private record Row(DType type, int length, long step) {
    static Row of(Strided s) {
      int last = s.layout().rank() - 1;
      if (last < 0) {
        return new Row(s.dtype(), 1, 0);
      }
      long length = s.layout().size(last);
      if (length > Integer.MAX_VALUE - 8) {
        throw new ShapeException(
            "a row kernel takes rows of at most 2147483639 elements, got " + s.layout());
      }
      return new Row(s.dtype(), (int) length, s.layout().stride(last) * s.dtype().size());
    }
  }
}
