package io.kindling.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A differentiable function of a user's own: the forward computes on plain values, the backward is
 * written in tensor operations.
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
    private @Nullable Tensor[] toSave = Autograd.NOTHING;
    private @Nullable OpNode node;

    /** Saves inputs or results; a later change in place is detected. */
    public void saveForBackward(Tensor... tensors) {
      toSave = tensors;
    }

    public Tensor saved(int i) {
      if (node == null) {
        throw new io.kindling.core.AutogradException("saved tensors can be read in backward only");
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

  public final Tensor apply(Tensor... inputs) {
    Context ctx = new Context();
    Tensor out;
    try (GradMode.Guard guard = GradMode.set(false)) {
      out = forward(ctx, inputs);
    }
    if (!Autograd.records(inputs)) {
      return out;
    }
    Tensor result = out.detach();
    @Nullable Tensor[] saved = ctx.toSave.clone();
    for (int i = 0; i < saved.length; i++) {
      saved[i] = saved[i] == out ? result : saved[i];
    }
    return Autograd.record(
        getClass().getSimpleName() + "Backward",
        result,
        inputs,
        saved,
        new OpNode.Backward() {
          @Override
          public @Nullable Tensor[] apply(OpNode node, Tensor g) {
            ctx.node = node;
            return backward(ctx, g);
          }

          /** A user's function may return a tensor that it keeps. */
          @Override
          public boolean makesOwnMemory() {
            return false;
          }
        });
  }
}
