package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.tensor.Function.Context;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A differentiable function of a user's own with several outputs; as {@link Function} otherwise.
 *
 * <pre>{@code
 * final class SinCos extends MultiFunction {
 *   protected Tensor[] forward(Context ctx, Tensor... x) {
 *     ctx.saveForBackward(x[0]);
 *     return new Tensor[] {x[0].sin(), x[0].cos()};
 *   }
 *   protected Tensor[] backward(Context ctx, Tensor... g) {
 *     Tensor x = ctx.saved(0);
 *     return new Tensor[] {g[0].mul(x.cos()).sub(g[1].mul(x.sin()))};
 *   }
 * }
 * Tensor[] y = new SinCos().apply(x);
 * }</pre>
 */
public abstract class MultiFunction {

  /** Computes the results; nothing is recorded meanwhile. */
  protected abstract Tensor[] forward(Context ctx, Tensor... inputs);

  /**
   * The gradients of the inputs, one each; null where there is none.
   *
   * @param grads one an output; zeros where nothing was computed from an output, or null after
   *     {@link Context#setMaterializeGrads setMaterializeGrads(false)}
   */
  protected abstract @Nullable Tensor[] backward(Context ctx, @Nullable Tensor... grads);

  /** The results of {@link #forward} as part of the graph. */
  public final Tensor[] apply(Tensor... inputs) {
    return run(getClass().getSimpleName(), inputs, this::forward, this::backward);
  }

  interface Forward {
    Tensor[] apply(Context ctx, Tensor... inputs);
  }

  interface Backward {
    @Nullable Tensor[] apply(Context ctx, @Nullable Tensor... grads);
  }

  static Tensor[] run(String name, Tensor[] inputs, Forward forward, Backward backward) {
    Context ctx = new Context();
    Tensor[] out;
    try (GradMode.Guard guard = GradMode.set(false)) {
      out = forward.apply(ctx, inputs);
    }
    if (!Autograd.records(inputs)) {
      return out;
    }
    Tensor[] results = new Tensor[out.length];
    for (int i = 0; i < out.length; i++) {
      results[i] = out[i].detach();
    }
    @Nullable Tensor[] saved = ctx.toSave.clone();
    for (int i = 0; i < saved.length; i++) {
      int output = Arrays.asList(out).indexOf(saved[i]);
      saved[i] = output < 0 ? saved[i] : results[output];
    }
    OpNode node =
        new OpNode(name + "Backward", Autograd.edges(inputs), results, users(ctx, backward), saved);
    for (int i = 0; i < out.length; i++) {
      if (out[i].isFloatingPoint() && !ctx.constants.contains(out[i])) {
        results[i].setHistory(node, i);
      }
    }
    return results;
  }

  private static OpNode.ManyBackward users(Context ctx, Backward backward) {
    return new OpNode.ManyBackward() {
      @Override
      public @Nullable Tensor[] apply(OpNode node, @Nullable Tensor[] grads) {
        ctx.node = node;
        for (int i = 0; i < grads.length && ctx.materialize; i++) {
          grads[i] = grads[i] == null ? node.zeros(i) : grads[i];
        }
        @Nullable Tensor[] out = backward.apply(ctx, grads);
        if (out.length != node.next.length) {
          throw new AutogradException(
              "function "
                  + node.name
                  + " returned an incorrect number of gradients (expected "
                  + node.next.length
                  + ", got "
                  + out.length
                  + ")");
        }
        return out;
      }

      @Override
      public boolean isUsers() {
        return true;
      }
    };
  }
}
