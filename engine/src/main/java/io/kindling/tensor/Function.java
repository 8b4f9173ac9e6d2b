package io.kindling.tensor;

import io.kindling.core.AutogradException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A differentiable function of a user's own with one output: the forward computes on plain values,
 * the backward is written in tensor operations. {@link MultiFunction} has several outputs.
 *
 * <pre>{@code
 * final class Cube extends Function {
 *   protected Tensor forward(Context ctx, Tensor... x) {
 *     ctx.saveForBackward(x[0]);
 *     return x[0].pow(3);
 *   }
 *   protected Tensor[] backward(Context ctx, Tensor grad) {
 *     return new Tensor[] {grad.mul(ctx.saved(0).pow(2).mul(3))};
 *   }
 * }
 * Tensor y = new Cube().apply(x);
 * }</pre>
 */
public abstract class Function {

  /** What the forward hands to the backward. */
  public static final class Context {
    @Nullable Tensor[] toSave = Autograd.NOTHING;
    List<Tensor> constants = List.of();
    boolean materialize = true;
    @Nullable OpNode node;

    Context() {}

    /** Saves inputs or results; a later change in place is detected. */
    public void saveForBackward(Tensor... tensors) {
      toSave = tensors;
    }

    /** Results that require no gradient, whatever the inputs do; integers never do. */
    public void markNonDifferentiable(Tensor... results) {
      constants = List.of(results);
    }

    /** Whether the gradient of a result from which nothing was computed is zeros, or null. */
    public void setMaterializeGrads(boolean value) {
      materialize = value;
    }

    public Tensor saved(int i) {
      if (node == null) {
        throw new AutogradException("saved tensors can be read in backward only");
      }
      return node.saved(i);
    }

    /** Whether the gradient of input {@code i} is wanted. */
    public boolean needsInputGrad(int i) {
      return node == null || node.needs(i);
    }
  }

  /** Computes the result; nothing is recorded meanwhile. */
  protected abstract Tensor forward(Context ctx, Tensor... inputs);

  /** The gradients of the inputs, one each; null where there is none. */
  protected abstract @Nullable Tensor[] backward(Context ctx, Tensor grad);

  /** The result of {@link #forward} as part of the graph. */
  public final Tensor apply(Tensor... inputs) {
    return MultiFunction.run(
        getClass().getSimpleName(),
        inputs,
        (ctx, x) -> new Tensor[] {forward(ctx, x)},
        (ctx, g) -> backward(ctx, Objects.requireNonNull(g[0])))[0];
  }
}
