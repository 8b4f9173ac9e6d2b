package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.RowKernel;
import java.util.List;

/**
 * Reductions. A reduction is a binary pointwise kernel folded over some dimensions; no dimensions
 * given means all. {@code keepdim} leaves the reduced dimensions with size one.
 */
final class ReduceOps {
  private static final PointwiseKernel SUM = ArithmeticOps.ADD.kernel;
  private static final PointwiseKernel PRODUCT = ArithmeticOps.MUL.kernel;
  private static final PointwiseKernel MAX = ArithmeticOps.MAXIMUM.kernel;
  private static final PointwiseKernel MIN = ArithmeticOps.MINIMUM.kernel;

  private ReduceOps() {}

  private static Tensor fold(
      PointwiseKernel kernel, double identity, DType type, DType compute, Tensor x, Over over) {
    Tensor kept = x.newEmpty(type, over.keptShape());
    Dispatch.run(
        kernel.name(),
        new Tensor[] {x},
        b -> b.reduce(kernel, compute, identity, kept.strided(), x.strided()));
    return new Tensor(kept.strided().with(Layout.contiguous(over.resultShape())));
  }

  static Tensor sum(Tensor x, boolean keepdim, int... dims) {
    Over over = Over.of(x, keepdim, dims);
    DType type = x.dtype().isIntegral() ? DType.INT64 : x.dtype();
    return Autograd.record(
        "SumBackward" + over.suffix(), fold(SUM, 0, type, type, x, over), x, over::spread);
  }

  /** The plain sum in the type of arithmetic: halves are rounded when all is done. */
  static Tensor sumOf(Tensor x, Over over) {
    DType type = x.dtype().computeType();
    return fold(SUM, 0, type, type, x, over);
  }

  /** The values in the type of arithmetic. */
  static Tensor valuesOf(Tensor x) {
    return x.detach().to(x.dtype().computeType());
  }

  static Tensor mean(Tensor x, boolean keepdim, int... dims) {
    if (!x.isFloatingPoint()) {
      throw new DTypeException(
          "mean(): could not infer output dtype. Input dtype must be either a floating point or"
              + " complex dtype. Got: "
              + Tensor.typeWord(x.dtype()));
    }
    Over over = Over.of(x, keepdim, dims);
    double n = over.count();
    return Autograd.record(
        "MeanBackward" + over.suffix(),
        sumOf(x, over).div(n).to(x.dtype()),
        x,
        g -> over.spread(g.div(n)));
  }

  static Tensor var(Tensor x, int correction, boolean keepdim, int... dims) {
    Over over = Over.of(floating("var", x), keepdim, dims);
    return Autograd.record(
        "VarBackward0",
        varianceOf(x, correction, over, dims).to(x.dtype()),
        new Tensor[] {x},
        new Tensor[] {x},
        (node, g) -> new Tensor[] {varBackward(g, node.saved(0), correction, over, dims)});
  }

  /** Above so many elements a variance is first tried in the type of arithmetic. */
  private static final long MANY = 1 << 15;

  /**
   * Below it squares of float32 lose bits, and below this part of the squared mean the mean has.
   */
  private static final double LEAST_VARIANCE = 1e-30;

  private static final double LEAST_OF_MEAN = 0x1p-12;

  /**
   * In float64, as PyTorch's. Of many elements only where float32 would show, since reading them
   * twice as wide takes several times as long.
   */
  private static Tensor varianceOf(Tensor x, int correction, Over over, int... dims) {
    if (x.numel() > MANY) {
      Tensor v = valuesOf(x);
      Tensor mean = mean(v, true, dims);
      Tensor out = varianceOf(correction, over, v, mean);
      Tensor least = mean.mul(mean).mul(LEAST_OF_MEAN).add(LEAST_VARIANCE).view(out.shape());
      Tensor sure = out.gt(least).logicalAnd(out.lt(Double.POSITIVE_INFINITY));
      if (sure.all().itemLong() == 1) {
        return out;
      }
    }
    Tensor v = x.detach().to(DType.FLOAT64);
    return varianceOf(correction, over, v, mean(v, true, dims));
  }

  private static Tensor varianceOf(int correction, Over over, Tensor v, Tensor mean) {
    Tensor centred = v.sub(mean);
    return sumOf(centred.mul(centred), over).div(Math.max(0.0, over.count() - correction));
  }

  private static Tensor varBackward(Tensor g, Tensor x, int correction, Over over, int... dims) {
    double freedom = over.count() - (double) correction;
    if (over.whole() && freedom <= 0) {
      Tensor same = x.detach().eq(mean(x.detach(), true));
      Tensor slope =
          ArithmeticOps.WHERE.apply(
              same, Tensor.wrapped(Double.NaN), Tensor.wrapped(Double.POSITIVE_INFINITY));
      return over.spread(g).mul(slope.to(x.dtype()));
    }
    double scale = 2.0 / freedom; // as in PyTorch, also where it is negative
    return over.spread(g.mul(scale)).mul(x.sub(mean(x, true, dims)));
  }

  static Tensor std(Tensor x, int correction, boolean keepdim, int... dims) {
    Over over = Over.of(floating("std", x), keepdim, dims);
    Tensor out = varianceOf(x, correction, over, dims).sqrt().to(x.dtype());
    return Autograd.record(
        "StdBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {x, out},
        (node, g) -> {
          Tensor y = node.saved(1);
          Tensor byVar = g.div(y.mul(2));
          Tensor safe = Tensors.zerosLike(byVar).where(y.eq(0), byVar);
          return new Tensor[] {varBackward(safe, node.saved(0), correction, over, dims)};
        });
  }

  static Tensor prod(Tensor x) {
    return prod("ProdBackward0", x, Over.of(x, false));
  }

  static Tensor prod(Tensor x, int dim, boolean keepdim) {
    return prod("ProdBackward1", x, Over.of(x, keepdim, dim));
  }

  private static Tensor prod(String name, Tensor x, Over over) {
    DType type = x.dtype().isIntegral() ? DType.INT64 : x.dtype();
    return Autograd.record(
        name,
        fold(PRODUCT, 1, type, type, x, over),
        new Tensor[] {x},
        new Tensor[] {x},
        (node, g) -> new Tensor[] {over.spread(g).mul(productOfOthers(node.saved(0), over))});
  }

  /** For each element the product of the others in its row; differentiable. */
  private static Tensor productOfOthers(Tensor x, Over over) {
    long zeros = x.detach().eq(0).sum().itemLong();
    if (zeros > 1 && over.whole() && !GradMode.isEnabled()) {
      return x.newZeros(x.shape()); // as PyTorch, even where one of the others is infinite
    }
    if (zeros == 0) {
      return over.spread(prod("ProdBackward1", x, over)).div(x);
    }
    if (over.whole() || x.dim() == 0) {
      return excludingScan(x.reshape(x.numel())).view(x.shape());
    }
    int dim = over.dims()[0];
    return excludingScan(x.transpose(dim, -1)).transpose(dim, -1);
  }

  /**
   * Along the last dimension, the product of what stands before times that of what stands after.
   */
  private static Tensor excludingScan(Tensor x) {
    long n = x.size(-1);
    Tensor before = shifted(x, 1, true);
    Tensor after = shifted(x, 1, false);
    for (long step = 1; step < n; step *= 2) {
      before = before.mul(shifted(before, step, true));
      after = after.mul(shifted(after, step, false));
    }
    return before.mul(after);
  }

  /** Moves the elements up or down by {@code step}; ones take the free places. */
  private static Tensor shifted(Tensor x, long step, boolean up) {
    long n = x.size(-1);
    Tensor kept = x.narrow(-1, up ? 0 : step, n - step);
    Tensor ones = Tensors.onesLike(x.detach().narrow(-1, 0, step));
    return Tensors.cat(up ? List.of(ones, kept) : List.of(kept, ones), -1);
  }

  static Tensor max(Tensor x) {
    return extreme("MaxBackward1", "max", MAX, Double.NEGATIVE_INFINITY, x, Over.of(x, false));
  }

  static Tensor min(Tensor x) {
    return extreme("MinBackward1", "min", MIN, Double.POSITIVE_INFINITY, x, Over.of(x, false));
  }

  static Tensor amax(Tensor x, boolean keepdim, int... dims) {
    Over over = Over.of(x, keepdim, dims);
    return extreme("AmaxBackward0", "amax", MAX, Double.NEGATIVE_INFINITY, x, over);
  }

  static Tensor amin(Tensor x, boolean keepdim, int... dims) {
    Over over = Over.of(x, keepdim, dims);
    return extreme("AminBackward0", "amin", MIN, Double.POSITIVE_INFINITY, x, over);
  }

  /** Places that tie for the extreme share the gradient evenly. */
  private static Tensor extreme(
      String gradName, String name, PointwiseKernel kernel, double identity, Tensor x, Over over) {
    checkNotEmpty(name, x, over);
    Tensor out = fold(kernel, identity, x.dtype(), x.dtype().computeType(), x, over);
    boolean sole = name.equals("max") || name.equals("min"); // here a NaN has the gradient
    return Autograd.record(
        gradName,
        out,
        new Tensor[] {x},
        new Tensor[] {x, out},
        (node, g) -> {
          Tensor top = over.spread(node.saved(1));
          Tensor tie = node.saved(0).eq(top);
          if (sole) {
            tie = tie.logicalOr(node.saved(0).isnan().logicalAnd(top.isnan()));
          }
          Tensor count = fold(SUM, 0, g.dtype(), g.dtype(), tie.to(g.dtype()), over);
          return new Tensor[] {
            sole
                ? over.spread(g.div(count)).where(tie, g.newZeros())
                : over.spread(g).mul(tie.to(g.dtype())).div(over.spread(count))
          };
        });
  }

  private static void checkNotEmpty(String name, Tensor x, Over over) {
    if (over.whole() && x.numel() == 0) {
      throw new IndexException(
          name
              + "(): Expected reduction dim to be specified for input.numel() == 0. Specify the"
              + " reduction dim with the 'dim' argument.");
    }
    for (int d : over.dims()) {
      if (x.size(d) == 0) {
        throw new IndexException(
            name + "(): Expected reduction dim " + d + " to have non-zero size.");
      }
    }
  }

  static Extremum max(Tensor x, int dim, boolean keepdim) {
    return rowExtreme("MaxBackward0", "max", RowOps.ARGMAX, x, dim, keepdim);
  }

  static Extremum min(Tensor x, int dim, boolean keepdim) {
    return rowExtreme("MinBackward0", "min", RowOps.ARGMIN, x, dim, keepdim);
  }

  private static Extremum rowExtreme(
      String gradName, String name, RowKernel kernel, Tensor x, int dim, boolean keepdim) {
    int d = Shapes.wrapDim(dim, x.dim());
    if (x.dim() == 0) {
      Tensor copy = Autograd.record(gradName, x.detach().clone_(), x, g -> g);
      return new Extremum(copy, x.newZeros(DType.INT64));
    }
    Tensor at = positionsIn(name, kernel, x, d);
    Tensor values = x.detach().gather(d, at);
    Layout like = x.layout().likeDense();
    Over over = Over.of(x, keepdim, d);
    Tensor out = values.view(over.resultShape());
    Tensor result =
        Autograd.record(
            gradName,
            new Tensor(out.strided()),
            new Tensor[] {x},
            new Tensor[] {at},
            (node, g) -> {
              Tensor zeros = Autograd.zerosLaidOut(g.device(), g.dtype(), like);
              return new Tensor[] {
                zeros.scatter(d, node.saved(0), g.reshape(node.saved(0).shape()))
              };
            });
    return new Extremum(result, at.view(over.resultShape()));
  }

  private static Tensor positionsIn(String name, RowKernel kernel, Tensor x, int d) {
    checkNotEmpty(name, x, Over.of(x, true, d));
    return RowOps.positions(kernel, x, d);
  }

  static Tensor argmax(Tensor x) {
    return position("argmax", RowOps.ARGMAX, x);
  }

  static Tensor argmin(Tensor x) {
    return position("argmin", RowOps.ARGMIN, x);
  }

  private static Tensor position(String name, RowKernel kernel, Tensor x) {
    checkNotEmpty(name, x, Over.of(x, false));
    checkOrdered(name, x);
    return RowOps.positions(kernel, x.detach().reshape(x.numel()), 0).view();
  }

  static Tensor argmax(Tensor x, int dim, boolean keepdim) {
    return position("argmax", RowOps.ARGMAX, x, dim, keepdim);
  }

  static Tensor argmin(Tensor x, int dim, boolean keepdim) {
    return position("argmin", RowOps.ARGMIN, x, dim, keepdim);
  }

  private static Tensor position(
      String name, RowKernel kernel, Tensor x, int dim, boolean keepdim) {
    int d = Shapes.wrapDim(dim, x.dim());
    checkOrdered(name, x);
    if (x.dim() == 0) {
      return x.newZeros(DType.INT64);
    }
    return positionsIn(name, kernel, x, d).view(Over.of(x, keepdim, d).resultShape());
  }

  private static void checkOrdered(String name, Tensor x) {
    if (x.dtype() == DType.BOOL) {
      throw new DTypeException(name + "(): does not support bool input");
    }
  }

  static Tensor any(Tensor x, boolean keepdim, int... dims) {
    return truth(MAX, 0, x, Over.of(x, keepdim, dims));
  }

  static Tensor all(Tensor x, boolean keepdim, int... dims) {
    return truth(MIN, 1, x, Over.of(x, keepdim, dims));
  }

  private static Tensor truth(PointwiseKernel kernel, double identity, Tensor x, Over over) {
    Tensor bool = x.dtype() == DType.BOOL ? x.detach() : x.detach().ne(0);
    DType type = x.dtype() == DType.UINT8 ? DType.UINT8 : DType.BOOL;
    return fold(kernel, identity, type, DType.INT64, bool, over);
  }

  static Tensor logsumexp(Tensor input, boolean keepdim, int... dims) {
    Tensor x = input.dtype().isIntegral() ? input.toFloat() : input;
    Over over = Over.of(x, keepdim, dims);
    Tensor v = valuesOf(x);
    Tensor max = fold(MAX, Double.NEGATIVE_INFINITY, v.dtype(), v.dtype(), v, over);
    Tensor safe = Tensors.zerosLike(max).where(max.abs().eq(Double.POSITIVE_INFINITY), max);
    Tensor powers = v.sub(over.spread(safe)).exp();
    Tensor out = sumOf(powers, over).log().add(safe).to(x.dtype());
    return Autograd.record(
        "LogsumexpBackward0",
        out,
        new Tensor[] {x},
        new Tensor[] {x, out},
        (node, g) ->
            new Tensor[] {over.spread(g).mul(node.saved(0).sub(over.spread(node.saved(1))).exp())});
  }

  static Tensor floating(String name, Tensor x) {
    if (!x.isFloatingPoint()) {
      throw new DTypeException(
          name + "(): only supports floating point dtypes, got " + Tensor.typeWord(x.dtype()));
    }
    return x;
  }
}
