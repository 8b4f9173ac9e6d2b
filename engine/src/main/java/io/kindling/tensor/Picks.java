package io.kindling.tensor;

import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.PointwiseKernel;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Positions along some dimensions of a tensor, by int64 tensors that broadcast together: what they
 * pick is read, written or added to where it lies. One gather or scatter does it, over the memory
 * from the first to the last place that the indexed dimensions reach, so that no arrangement of the
 * tensor costs a copy. Knows no tensor, so that a derivative can hold it.
 */
final class Picks {
  /** From a position to a distance in memory; a negative one counts from the end. */
  private static final PointwiseOp PLACE =
      new PointwiseOp("", TypeRule.PROMOTE, PointwiseKernel.of("place", "(a < 0 ? a + s : a) * t"));

  /** A position that counts from the end in range, any other left as it is. */
  private static final PointwiseOp WRAP =
      new PointwiseOp(
          "", TypeRule.PROMOTE, PointwiseKernel.of("wrap", "a < 0 && a >= -s ? a + s : a"));

  private final long[] whole;
  private final int[] dims;
  private final long[] picked;

  /** Where the dimensions of the indices stand in what is picked. */
  private final int at;

  /**
   * Positions of {@code index} along {@code dims}, in ascending order, of a tensor.
   *
   * @param whole the tensor's shape
   * @throws IndexException for indices that do not broadcast
   */
  Picks(long[] whole, int[] dims, Tensor... index) {
    this.whole = whole;
    this.dims = dims;
    this.picked = broadcast(index);
    boolean adjacent = dims[dims.length - 1] - dims[0] == dims.length - 1;
    this.at = adjacent ? dims[0] : 0;
    boolean nowhere = Arrays.stream(dims).anyMatch(d -> whole[d] == 0);
    if (nowhere && Shapes.numel(picked) > 0) {
      throw new IndexException(
          "index is out of bounds for dimension with size 0 of a tensor of shape "
              + Shapes.text(whole));
    }
  }

  private static long[] broadcast(Tensor[] index) {
    long[] shape = {};
    try {
      for (Tensor t : index) {
        shape = Shapes.broadcast("index", shape, t.shape());
      }
    } catch (io.kindling.core.ShapeException e) {
      throw new IndexException(
          "shape mismatch: indexing tensors could not be broadcast together with shapes "
              + Stream.of(index)
                  .map(t -> Shapes.text(t.shape()))
                  .collect(Collectors.joining(", ")));
    }
    return shape;
  }

  /** The shape of what is picked: the dimensions of the indices in place of the indexed ones. */
  long[] shape() {
    return withRest(picked);
  }

  /** As {@link #shape()}, the dimensions of the indices merged into one. */
  private long[] flatShape() {
    return withRest(Shapes.numel(picked));
  }

  /** The sizes that are not indexed, with {@code middle} put among them. */
  private long[] withRest(long... middle) {
    return withRest(whole, middle);
  }

  private long[] withRest(long[] ofWhole, long... middle) {
    long[] out = new long[ofWhole.length - dims.length + middle.length];
    int next = 0;
    for (int d = 0; d <= ofWhole.length; d++) {
      if (next == at) {
        System.arraycopy(middle, 0, out, at, middle.length);
        next += middle.length;
      }
      int dim = d;
      if (d < ofWhole.length && Arrays.stream(dims).noneMatch(i -> i == dim)) {
        out[next++] = ofWhole[d];
      }
    }
    return out;
  }

  /** Refuses a position outside {@code [-size, size)}. */
  static void check(Tensor index, int dim, long size) {
    GatherOps.checkRange(WRAP.apply(new double[] {size}, index.detach()), dim, size);
  }

  /** The tensor as {@code [rest..., span, rest...]}: each place that can be picked at its own. */
  private Tensor spanned(Tensor x) {
    Layout l = x.layout();
    long span = 1;
    for (int d : dims) {
      span += (whole[d] - 1) * l.stride(d);
    }
    return new Tensor(
        x.strided().with(Layout.of(withRest(whole, span), withRest(l.strides(), 1), l.offset())));
  }

  /** For each place of {@link #flatShape} the place in {@link #spanned}. */
  private Tensor places(Layout l, Tensor[] index) {
    Tensor sum = Tensor.wrapped(0L);
    for (int i = 0; i < dims.length; i++) {
      double[] sizeAndStride = {whole[dims[i]], l.stride(dims[i])};
      Tensor places = PLACE.apply(sizeAndStride, index[i].detach());
      sum = i == 0 ? places : sum.add(places);
    }
    long count = Shapes.numel(picked);
    long[] ones = new long[whole.length - dims.length];
    Arrays.fill(ones, 1);
    long[] flat = flatShape();
    long[] shape = flat.clone();
    Arrays.fill(shape, 1);
    shape[at] = count;
    return sum.expand(picked).reshape(shape).expand(flat);
  }

  /** What the indices pick: {@link #shape} of {@code x}'s type. */
  Tensor read(String gradName, Tensor x, Tensor... index) {
    Tensor out = x.newEmpty(shape());
    if (out.numel() > 0) {
      Tensor flat = out.detach().view(flatShape());
      GatherOps.gather("index", flat, spanned(x), places(x.layout(), index), at);
    }
    return Autograd.record(
        gradName, out, new Tensor[] {x}, index, (node, g) -> new Tensor[] {spread(g, saved(node))});
  }

  /** The reverse of {@link #read}: zeros, with {@code g} added where it was picked. */
  private Tensor spread(Tensor g, Tensor... index) {
    Tensor out = g.newZeros(whole);
    write(out, g, index, true);
    return Autograd.record(
        "IndexPutBackward0",
        out,
        new Tensor[] {g},
        index,
        (node, h) -> new Tensor[] {read("IndexBackward0", h, saved(node))});
  }

  private void write(Tensor out, Tensor values, Tensor[] index, boolean add) {
    if (values.numel() > 0) {
      Tensor flat = values.detach().reshape(flatShape());
      GatherOps.scatter("index_put_", spanned(out), flat, places(out.layout(), index), at, add);
    }
  }

  /** Writes {@code values}, which broadcast to {@link #shape}, into {@code x} itself. */
  void put_(Tensor x, Tensor values, Tensor... index) {
    boolean record = x.isFloatingPoint() && Autograd.records(x, values);
    x.checkRebase(record);
    boolean shares = values.strided().storage().overlaps(x.strided().storage());
    Tensor from = shares ? values.detach().clone_() : values.detach();
    write(x, from.expand(shape()), index, false);
    x.bumpVersion();
    if (record) {
      long[] valueShape = values.shape();
      x.rebase(
          out ->
              new OpNode(
                  "IndexPutBackward0",
                  Autograd.edges(x, values),
                  out,
                  (node, g) -> putGradients(node, g, valueShape),
                  index));
    }
  }

  private @Nullable Tensor[] putGradients(OpNode node, Tensor g, long[] valueShape) {
    Tensor[] index = saved(node);
    @Nullable Tensor kept = null;
    if (node.needs(0)) {
      kept = g.clone_();
      put_(kept, g.newZeros(), index);
    }
    boolean values = node.needs(1);
    return new Tensor[] {
      kept, values ? Autograd.sumTo(read("IndexBackward0", g, index), valueShape) : null
    };
  }

  private Tensor[] saved(OpNode node) {
    Tensor[] out = new Tensor[dims.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = node.saved(i);
    }
    return out;
  }
}
