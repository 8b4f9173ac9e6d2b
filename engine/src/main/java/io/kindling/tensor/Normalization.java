package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.Shapes;
import io.kindling.device.Strided;
import org.jspecify.annotations.Nullable;

/**
 * Centres and scales by statistics over some dimensions, as an operator with its derivative.
 *
 * @param gradName of its node
 * @param shape as which the input is seen, its own or one that splits a dimension
 * @param dims over which the statistics go
 * @param eps added to the variance
 */
record Normalization(String gradName, long[] shape, int[] dims, double eps) {
  /** Stands for a weight or bias that is absent; takes no part in the graph. */
  private static final Tensor ABSENT = Tensor.wrapped(1.0);

  /** The result with the statistics that it was made with, which are not differentiable. */
  record Result(Tensor out, Tensor mean, Tensor variance) {}

  /**
   * {@code weight} and {@code bias} have the rank of {@link #shape} and size one where they repeat.
   *
   * @throws DTypeException for integers
   */
  Result apply(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
    DType type = TypeRule.requireFloating("normalize", x).dtype().computeType();
    Tensor mean = x.newEmpty(type, statistics());
    Tensor variance = x.newEmpty(type, statistics());
    Tensor[] inputs = inputs(x, weight, bias);
    Tensor out = run(mean, variance, false, inputs);
    boolean weighs = weight != null;
    long[] wide = weight != null ? weight.shape() : bias != null ? bias.shape() : shape;
    Autograd.record(
        gradName,
        out,
        inputs,
        new @Nullable Tensor[] {x, mean, variance, weight},
        (node, g) -> {
          Tensor w = weighs ? node.saved(3) : null;
          Tensor x0 = node.saved(0);
          boolean again = Autograd.records(g, x0, w == null ? g : w);
          return again ? composed(node, g, x0, w, wide) : gradients(node, g, x0, w, wide);
        });
    return new Result(out, mean, variance);
  }

  /**
   * By statistics that are constants.
   *
   * @param mean of the shape of {@link #shape}'s statistics, and of x's compute type
   * @param variance as the mean
   */
  Tensor byGiven(
      Tensor x, Tensor mean, Tensor variance, @Nullable Tensor weight, @Nullable Tensor bias) {
    Tensor[] inputs = inputs(x, weight, bias);
    boolean weighs = weight != null;
    return Autograd.record(
        gradName,
        run(mean, variance, true, inputs),
        inputs,
        new @Nullable Tensor[] {x, mean, variance, weight},
        (node, g) -> {
          Tensor inverse = node.saved(2).add(eps).rsqrt();
          Tensor wide = g.to(inverse.dtype());
          Tensor unit = node.needs(1) ? node.saved(0).sub(node.saved(1)).mul(inverse) : null;
          return new @Nullable Tensor[] {
            node.needs(0) ? wide.mul(weighs ? node.saved(3).mul(inverse) : inverse) : null,
            unit == null ? null : Autograd.sumTo(wide.mul(unit), statistics()),
            node.needs(2) ? Autograd.sumTo(wide, statistics()) : null
          };
        });
  }

  private static Tensor[] inputs(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
    return new Tensor[] {x, weight == null ? ABSENT : weight, bias == null ? ABSENT : bias};
  }

  private Tensor run(Tensor mean, Tensor variance, boolean given, Tensor[] in) {
    Tensor x = in[0];
    Tensor out = Tensor.allocate(x.device(), x.dtype(), x.layout().likeDense(), "normalize");
    if (x.numel() > 0) {
      Dispatch.run(
          "normalize",
          in,
          backend ->
              backend.normalize(
                  seen(out),
                  mean.strided(),
                  variance.strided(),
                  seen(x),
                  in[1] == ABSENT ? null : in[1].strided(),
                  in[2] == ABSENT ? null : in[2].strided(),
                  eps,
                  given));
    }
    return out;
  }

  private long[] statistics() {
    long[] few = shape.clone();
    for (int d : dims) {
      few[d] = 1;
    }
    return few;
  }

  private Strided seen(Tensor t) {
    return t.strided().with(t.layout().view(shape));
  }

  private @Nullable Tensor[] gradients(
      OpNode node, Tensor g, Tensor x, @Nullable Tensor weight, long[] wide) {
    Tensor mean = node.saved(1);
    Tensor variance = node.saved(2);
    Tensor dx = node.needs(0) ? Activations.like("normalize", x) : null;
    Tensor dw = node.needs(1) ? x.newZeros(wide) : null;
    Tensor db = node.needs(2) ? x.newZeros(wide) : null;
    if (x.numel() > 0) {
      Tensor dense = ViewOps.laidOutAs(g, x.layout());
      Dispatch.run(
          "normalize",
          new @Nullable Tensor[] {dense, x, mean, variance, weight},
          backend ->
              backend.normalizeBackward(
                  dx == null ? null : seen(dx),
                  Dispatch.strided(dw),
                  Dispatch.strided(db),
                  seen(dense),
                  seen(x),
                  mean.strided(),
                  variance.strided(),
                  Dispatch.strided(weight),
                  eps));
    }
    return new Tensor[] {dx, dw, db};
  }

  /** The same of differentiable operators, for where the gradient is to be derived again. */
  private @Nullable Tensor[] composed(
      OpNode node, Tensor grad, Tensor input, @Nullable Tensor weight, long[] wide) {
    Tensor x = input.reshape(shape);
    Tensor g = grad.reshape(shape);
    Tensor centred = x.sub(x.mean(true, dims));
    Tensor inverse = centred.square().mean(true, dims).add(eps).rsqrt();
    Tensor unit = centred.mul(inverse);
    Tensor weighted = weight == null ? g : g.mul(weight);
    Tensor along = unit.mul(weighted.mul(unit).mean(true, dims));
    Tensor dx = weighted.sub(weighted.mean(true, dims)).sub(along).mul(inverse);
    return new Tensor[] {
      node.needs(0) ? dx.reshape(input.shape()) : null,
      node.needs(1) ? Autograd.sumTo(g.mul(unit), wide) : null,
      node.needs(2) ? Autograd.sumTo(g, wide) : null
    };
  }

  @Override
  public String toString() {
    return gradName + " of " + Shapes.text(shape);
  }
}
