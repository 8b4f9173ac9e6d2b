package io.kindling.nn;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The hooks of one module, each kind in the order of registration. */
final class Hooks {
  private final List<Hook.ForwardPre> before = new CopyOnWriteArrayList<>();
  private final List<Hook.Forward> after = new CopyOnWriteArrayList<>();
  private final List<Hook.FullBackward> backward = new CopyOnWriteArrayList<>();

  Hook add(Hook.ForwardPre hook) {
    return add(before, hook);
  }

  Hook add(Hook.Forward hook) {
    return add(after, hook);
  }

  Hook add(Hook.FullBackward hook) {
    return add(backward, hook);
  }

  private static <H> Hook add(List<H> hooks, H hook) {
    hooks.add(hook);
    return () -> hooks.remove(hook);
  }

  boolean isEmpty() {
    return before.isEmpty() && after.isEmpty() && backward.isEmpty();
  }

  /** Runs {@code forward} with what the hooks before it make of the inputs. */
  @SuppressWarnings("unchecked") // What stands for a Tensor is a Tensor.
  <T> T around(Module module, Tensor[] inputs, Function<Tensor[], T> forward) {
    Tensor[] in = inputs;
    for (Hook.ForwardPre hook : before) {
      Tensor[] replaced = hook.before(module, in);
      in = replaced == null ? in : replaced;
    }
    BackwardCall call = backward.isEmpty() ? null : new BackwardCall(module, one(module, in));
    T out = forward.apply(call == null ? in : new Tensor[] {call.input});
    if (after.isEmpty() && call == null) {
      return out;
    }
    if (!(out instanceof Tensor tensor)) {
      throw new KindlingException(
          "hook of "
              + module.typeName()
              + ": expected a module that returns a Tensor, but it returned "
              + (out == null ? "null" : "a " + out.getClass().getSimpleName()));
    }
    for (Hook.Forward hook : after) {
      Tensor replaced = hook.after(module, in, tensor);
      tensor = replaced == null ? tensor : replaced;
    }
    return (T) (call == null ? tensor : call.watch(tensor));
  }

  private static Tensor one(Module module, Tensor[] inputs) {
    if (inputs.length != 1) {
      throw new KindlingException(
          "full backward hook of "
              + module.typeName()
              + ": expected a module of one input, but it was called with "
              + inputs.length);
    }
    return inputs[0];
  }

  /** One run of a module with backward hooks: its input and its output pass through here. */
  private final class BackwardCall {
    private final Module module;
    final Tensor input;
    private @Nullable Tensor gradOutput;

    BackwardCall(Module module, Tensor x) {
      this.module = module;
      UnaryOperator<Tensor> atInput = grad -> run(grad, Objects.requireNonNull(gradOutput));
      input = new BackwardHookFunction(atInput).apply(x);
    }

    Tensor watch(Tensor output) {
      UnaryOperator<Tensor> atOutput =
          grad -> {
            gradOutput = grad;
            if (!input.requiresGrad()) {
              run(null, grad);
            }
            return grad;
          };
      return new BackwardHookFunction(atOutput).apply(output);
    }

    private @Nullable Tensor run(@Nullable Tensor gradInput, Tensor gradOutput) {
      Tensor grad = gradInput;
      for (Hook.FullBackward hook : backward) {
        Tensor replaced = hook.backward(module, grad, gradOutput);
        grad = replaced == null ? grad : replaced;
      }
      return grad;
    }
  }

  /** Its input, whose gradient passes through a function. */
  private static final class BackwardHookFunction extends io.kindling.tensor.Function {
    private final UnaryOperator<Tensor> onGrad;

    BackwardHookFunction(UnaryOperator<Tensor> onGrad) {
      this.onGrad = onGrad;
    }

    @Override
    protected Tensor forward(Context ctx, Tensor... inputs) {
      return inputs[0];
    }

    @Override
    protected @Nullable Tensor[] backward(Context ctx, Tensor grad) {
      return new Tensor[] {onGrad.apply(grad)};
    }
  }
}
