package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.device.Strided;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The index space of a kernel with as few dimensions as its operands allow: sizes of one are
 * dropped, dimensions are ordered by how memory runs, and neighbours that every operand walks as
 * one are merged. Dimension 0 is the innermost. Steps are in bytes.
 */
final class Grid {
  private final long[] sizes;
  private final long[][] steps;

  /** {@code steps[operand][dim]}. */
  private Grid(long[] sizes, long[][] steps) {
    this.sizes = sizes;
    this.steps = steps;
  }

  /**
   * Over {@code shape}'s sizes, to which each operand broadcasts.
   *
   * @throws ShapeException where one does not
   */
  static Grid broadcast(Layout shape, Strided... operands) {
    if (isFlat(shape, operands)) {
      long[][] steps = new long[operands.length][];
      for (int i = 0; i < operands.length; i++) {
        steps[i] = new long[] {operands[i].dtype().size()};
      }
      return new Grid(new long[] {shape.numel()}, steps);
    }
    long[][] steps = new long[operands.length][];
    for (int i = 0; i < operands.length; i++) {
      steps[i] = steps(operands[i], shape);
    }
    return of(shape.shape(), steps);
  }

  private static boolean isFlat(Layout shape, Strided[] operands) {
    for (Strided s : operands) {
      if (!s.layout().isContiguous() || !s.layout().sameShape(shape)) {
        return false;
      }
    }
    return true;
  }

  /** Steps in bytes, outermost first; 0 where {@code s} is repeated to reach {@code shape}. */
  static long[] steps(Strided s, Layout shape) {
    Layout own = s.layout();
    int extra = shape.rank() - own.rank();
    long[] out = new long[shape.rank()];
    if (extra < 0) {
      throw mismatch(own, shape);
    }
    for (int d = extra; d < out.length; d++) {
      long size = own.size(d - extra);
      if (size != shape.size(d) && size != 1) {
        throw mismatch(own, shape);
      }
      out[d] = size == 1 ? 0 : own.stride(d - extra) * s.dtype().size();
    }
    return out;
  }

  private static ShapeException mismatch(Layout own, Layout shape) {
    return new ShapeException(
        "an operand of " + own + " does not broadcast to the output of " + shape);
  }

  /** From sizes and steps given outermost first; takes ownership of neither. */
  static Grid of(long[] shape, long[]... outerFirst) {
    return of(order(shape, outerFirst), shape, outerFirst);
  }

  /** As {@link #of(long[], long[][])} with the dimensions left in their order. */
  static Grid inOrder(long[] shape, long[]... outerFirst) {
    int[] order = new int[shape.length];
    int n = 0;
    for (int d = shape.length - 1; d >= 0; d--) {
      if (shape[d] != 1) {
        order[n++] = d;
      }
    }
    return of(Arrays.copyOf(order, n), shape, outerFirst);
  }

  private static Grid of(int[] order, long[] shape, long[][] outerFirst) {
    long[] sizes = new long[order.length];
    long[][] steps = new long[outerFirst.length][order.length];
    int rank = 0;
    for (int d : order) {
      if (rank > 0 && merges(sizes[rank - 1], steps, rank - 1, outerFirst, d)) {
        sizes[rank - 1] *= shape[d];
      } else {
        sizes[rank] = shape[d];
        for (int i = 0; i < steps.length; i++) {
          steps[i][rank] = outerFirst[i][d];
        }
        rank++;
      }
    }
    return new Grid(Arrays.copyOf(sizes, rank), steps);
  }

  private static boolean merges(long size, long[][] steps, int at, long[][] next, int d) {
    for (int i = 0; i < steps.length; i++) {
      if (next[i][d] != size * steps[i][at]) {
        return false;
      }
    }
    return true;
  }

  /** Dimensions that are not of size one, innermost first; the first operands decide. */
  private static int[] order(long[] shape, long[][] steps) {
    int[] order = new int[shape.length];
    int n = 0;
    for (int d = shape.length - 1; d >= 0; d--) {
      if (shape[d] == 1) {
        continue;
      }
      int at = n++;
      order[at] = d;
      for (int k = at - 1; k >= 0; k--) {
        int c = compare(steps, order[k], d);
        if (c < 0) {
          break;
        }
        if (c > 0) {
          order[at] = order[k];
          order[k] = d;
          at = k;
        }
      }
    }
    return Arrays.copyOf(order, n);
  }

  /** Negative if {@code a} belongs inside {@code b}, 0 if no operand tells. */
  private static int compare(long[][] steps, int a, int b) {
    for (long[] step : steps) {
      int c = step[a] == 0 || step[b] == 0 ? 0 : Long.compare(step[a], step[b]);
      if (c != 0) {
        return c;
      }
    }
    return 0;
  }

  /** The same operands over some of the dimensions. */
  Grid select(IntPredicate dims) {
    long[] some = new long[sizes.length];
    long[][] someSteps = new long[steps.length][sizes.length];
    int rank = 0;
    for (int d = 0; d < sizes.length; d++) {
      if (dims.test(d)) {
        some[rank] = sizes[d];
        for (int i = 0; i < steps.length; i++) {
          someSteps[i][rank] = steps[i][d];
        }
        rank++;
      }
    }
    return new Grid(Arrays.copyOf(some, rank), someSteps);
  }

  int rank() {
    return sizes.length;
  }

  /** 1 beyond the rank. */
  long size(int dim) {
    return dim < sizes.length ? sizes[dim] : 1;
  }

  /** 0 beyond the rank. */
  long step(int operand, int dim) {
    return dim < sizes.length ? steps[operand][dim] : 0;
  }

  boolean isEmpty() {
    for (long s : sizes) {
      if (s == 0) {
        return true;
      }
    }
    return false;
  }

  /** True if the operand stays where it is in every dimension from {@code dim} on. */
  boolean isFixedFrom(int operand, int dim) {
    for (int d = dim; d < sizes.length; d++) {
      if (steps[operand][d] != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Walks the dimensions from {@code firstDim} on; {@code addresses} of the operands move along.
   */
  Odometer walk(int firstDim, long... addresses) {
    return new Odometer(firstDim, addresses);
  }

  /** A place in the outer dimensions of the grid. */
  final class Odometer {
    private final int first;
    private final long[] at;
    private final long[] addresses;

    private Odometer(int first, long[] addresses) {
      this.first = first;
      this.at = new long[sizes.length];
      this.addresses = addresses;
    }

    long address(int operand) {
      return addresses[operand];
    }

    /** Moves on; false, and back at the start, after the last place. */
    boolean next() {
      for (int d = first; d < sizes.length; d++) {
        boolean carry = ++at[d] == sizes[d];
        long by = carry ? 1 - sizes[d] : 1;
        for (int i = 0; i < addresses.length; i++) {
          addresses[i] += by * steps[i][d];
        }
        if (!carry) {
          return true;
        }
        at[d] = 0;
      }
      return false;
    }
  }
}
