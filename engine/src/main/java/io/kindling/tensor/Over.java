package io.kindling.tensor;

import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Which dimensions a call reduces, and how its result and gradient are shaped. */
record Over(long[] shape, boolean[] reduced, boolean whole, boolean keepdim) {
  static Over of(Tensor x, boolean keepdim, int... dims) {
    boolean[] reduced = new boolean[x.dim()];
    for (int dim : dims) {
      int d = Shapes.wrapDim(dim, x.dim());
      if (d < reduced.length) {
        if (reduced[d]) {
          throw new ShapeException("dim " + d + " appears multiple times in the list of dims");
        }
        reduced[d] = true;
      }
    }
    if (dims.length == 0) {
      Arrays.fill(reduced, true);
    }
    return new Over(x.shape(), reduced, dims.length == 0, keepdim);
  }

  long[] keptShape() {
    long[] out = shape.clone();
    for (int d = 0; d < out.length; d++) {
      out[d] = reduced[d] ? 1 : out[d];
    }
    return out;
  }

  long[] resultShape() {
    if (keepdim) {
      return keptShape();
    }
    long[] out = new long[shape.length];
    int n = 0;
    for (int d = 0; d < shape.length; d++) {
      if (!reduced[d]) {
        out[n++] = shape[d];
      }
    }
    return Arrays.copyOf(out, n);
  }

  long count() {
    long n = 1;
    for (int d = 0; d < shape.length; d++) {
      n *= reduced[d] ? shape[d] : 1;
    }
    return n;
  }

  /** A result or its gradient, stretched back over the input. */
  Tensor spread(Tensor g) {
    return g.reshape(keptShape()).expand(shape);
  }

  int[] dims() {
    return IntStream.range(0, reduced.length).filter(d -> reduced[d]).toArray();
  }

  String suffix() {
    return whole ? "0" : "1";
  }
}
