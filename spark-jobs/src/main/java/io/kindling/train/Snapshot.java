package io.kindling.train;

import io.kindling.core.DataException;
import io.kindling.device.Scope;
import io.kindling.io.SafeTensors;
import io.kindling.nn.Module;
import io.kindling.optim.Optimizer;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A copy of all that a step changes, taken in the moment of a checkpoint and written later.
 *
 * @param model as a saved model's file holds it
 * @param training the rest: the optimizer's state as {@code optimizer.POSITION.NAME}, and buffers
 *     that are in no model file as {@code buffer.NAME}
 */
record Snapshot(Map<String, Tensor> model, Map<String, Tensor> training) implements AutoCloseable {
  private static final String OPTIMIZER = "optimizer.";
  private static final String BUFFER = "buffer.";

  static Snapshot of(Module module, Optimizer optimizer) {
    Map<String, Tensor> saved = module.stateDict();
    Map<String, Tensor> rest = new TreeMap<>();
    module
        .namedBuffers()
        .forEach(
            (name, buffer) -> {
              if (!saved.containsKey(name)) {
                rest.put(BUFFER + name, buffer);
              }
            });
    try (Scope steps = Scope.open()) { // The state's counters are made for the occasion.
      state(optimizer)
          .forEach(
              (position, values) ->
                  ((Map<?, ?>) values)
                      .forEach(
                          (name, value) ->
                              rest.put(OPTIMIZER + position + "." + name, (Tensor) value)));
      return new Snapshot(copies(saved), copies(rest));
    }
  }

  private static Map<?, ?> state(Optimizer optimizer) {
    return (Map<?, ?>) Objects.requireNonNull(optimizer.stateDict().get("state"));
  }

  private static Map<String, Tensor> copies(Map<String, Tensor> tensors) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    try (Scope lasting = Scope.none();
        GradMode.Guard noGrad = Tensors.noGrad()) {
      tensors.forEach((name, tensor) -> copies.put(name, tensor.detach().clone_()));
    }
    return copies;
  }

  void writeTraining(OutputStream out) throws IOException {
    SafeTensors.write(out, training, Map.of());
  }

  /**
   * Puts back what was written.
   *
   * @throws DataException or a StateDictException if it is of another model or optimizer
   */
  static void restore(
      Module module, Optimizer optimizer, Map<String, Tensor> model, Map<String, Tensor> training) {
    Map<Object, Object> state = new HashMap<>();
    Map<String, Tensor> buffers = module.namedBuffers();
    module.loadStateDict(model);
    training.forEach(
        (name, value) -> {
          if (name.startsWith(BUFFER)) {
            Objects.requireNonNull(buffers.get(name.substring(BUFFER.length())), name).copy_(value);
          } else {
            String[] key = name.substring(OPTIMIZER.length()).split("\\.", 2);
            state(state, Integer.parseInt(key[0])).put(key[1], value);
          }
        });
    Map<String, Object> whole = new HashMap<>(optimizer.stateDict());
    whole.put("state", state);
    optimizer.loadStateDict(whole);
  }

  @SuppressWarnings("unchecked") // only maps of this kind are put into it
  private static Map<String, Object> state(Map<Object, Object> state, int position) {
    return (Map<String, Object>)
        state.computeIfAbsent(position, key -> new HashMap<String, Object>());
  }

  @Override
  public void close() {
    model.values().forEach(tensor -> tensor.strided().storage().close());
    training.values().forEach(tensor -> tensor.strided().storage().close());
  }
}
