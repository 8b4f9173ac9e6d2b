package io.kindling.nn;

import io.kindling.core.DTypeException;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a module's forward: its hooks, the module's name in errors, and a summary that wants to know
 * what each module returns.
 */
final class Calls {
  private static final ThreadLocal<Calls> CURRENT = ThreadLocal.withInitial(Calls::new);

  private @Nullable Listener listener;
  private @Nullable Module running;
  private int seen;

  private Calls() {}

  /** Hears of each module that has run, inner ones first. */
  @FunctionalInterface
  interface Listener {
    void returned(Module module, List<Tensor> inputs, List<Tensor> outputs);
  }

  static Tensor run(Module module, @Nullable Tensor x, Function<Tensor, Tensor> forward) {
    if (x == null) {
      throw new LayerException(module, new KindlingException("argument 'input' must not be null"));
    }
    return run(module, new Tensor[] {x}, in -> forward.apply(in[0]));
  }

  static <T> T run(Module module, Tensor[] inputs, Function<Tensor[], T> forward) {
    try {
      Hooks hooks = module.hooks();
      Calls calls = CURRENT.get();
      // A layer's forward comes here itself: through call() it would be seen twice.
      boolean watched = (hooks != null || calls.listener != null) && calls.running != module;
      return watched ? calls.watch(module, hooks, inputs, forward) : forward.apply(inputs);
    } catch (LayerException e) {
      throw e.namedIn(module);
    } catch (ShapeException | DTypeException | IndexException e) {
      throw new LayerException(module, e);
    }
  }

  private <T> T watch(
      Module module, @Nullable Hooks hooks, Tensor[] inputs, Function<Tensor[], T> forward) {
    Module outer = running;
    running = module;
    try {
      T out = hooks == null ? forward.apply(inputs) : hooks.around(module, inputs, forward);
      if (listener != null) {
        listener.returned(module, List.of(inputs), HeldParts.tensors(out));
      }
      return out;
    } finally {
      running = outer;
      seen++;
    }
  }

  /**
   * How often a hook or a listener has seen tensors in this thread: if it has changed, they may
   * have kept what a model would free.
   */
  static int seen() {
    return CURRENT.get().seen;
  }

  /** Runs {@code body} with a listener. */
  static void listen(Listener listener, Runnable body) {
    Calls calls = CURRENT.get();
    Listener before = calls.listener;
    calls.listener = listener;
    try {
      body.run();
    } finally {
      calls.listener = before;
    }
  }

  /** PyTorch's error, with the forward functions that the module has instead. */
  static KindlingException missingForward(Module module) {
    String others =
        Stream.<Class<?>>iterate(module.getClass(), c -> c != Module.class, Class::getSuperclass)
            .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
            .filter(method -> method.getName().equals("forward") && !method.isSynthetic())
            .map(Calls::signature)
            .sorted()
            .collect(Collectors.joining(", "));
    return new KindlingException(
        "Module ["
            + module.typeName()
            + "] is missing the required \"forward\" function"
            + (others.isEmpty() ? "" : " for one tensor; it has " + others));
  }

  private static String signature(Method method) {
    return Arrays.stream(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(Collectors.joining(", ", "forward(", ")"));
  }
}
