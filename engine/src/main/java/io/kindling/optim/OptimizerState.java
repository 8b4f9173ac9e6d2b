package io.kindling.optim;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An optimizer's state as PyTorch lays it out, and back. */
final class OptimizerState {
  private static final String STATE = "state";
  private static final String GROUPS = "param_groups";
  private static final String PARAMS = "params";
  private static final String STEP = "step";

  private OptimizerState() {}

  static Map<String, Object> of(Optimizer optimizer) {
    Map<Integer, Map<String, Object>> state = new LinkedHashMap<>();
    List<Map<String, Object>> groups = new ArrayList<>();
    int index = 0;
    for (ParamGroup group : optimizer.paramGroups()) {
      List<Integer> positions = new ArrayList<>();
      for (Tensor p : group.parameters()) {
        ParamState own = optimizer.stateIfAny(p);
        if (own != null && !own.tensors.isEmpty()) {
          state.put(index, of(own));
        }
        positions.add(index++);
      }
      Map<String, Object> entry = new LinkedHashMap<>(group.options().toMap());
      entry.put(PARAMS, positions);
      groups.add(entry);
    }
    Map<String, Object> out = new LinkedHashMap<>();
    out.put(STATE, state);
    out.put(GROUPS, groups);
    return out;
  }

  private static Map<String, Object> of(ParamState own) {
    Map<String, Object> out = new LinkedHashMap<>();
    if (own.step > 0) {
      out.put(STEP, Tensors.full((double) own.step, DType.FLOAT32));
    }
    own.tensors.forEach((name, value) -> out.put(name, value.detach()));
    return out;
  }

  static void load(Optimizer optimizer, Map<String, ?> saved) {
    List<?> groups = part(saved, GROUPS, List.class);
    Map<?, ?> state = part(saved, STATE, Map.class);
    List<ParamGroup> own = optimizer.paramGroups();
    if (groups.size() != own.size()) {
      throw new KindlingException(
          "loaded state dict has a different number of parameter groups: expected "
              + own.size()
              + ", got "
              + groups.size());
    }
    List<Optimizer.Options> options = new ArrayList<>();
    IdentityHashMap<Tensor, @Nullable ParamState> states = new IdentityHashMap<>();
    for (int i = 0; i < own.size(); i++) {
      Map<String, Object> entry = named(groups.get(i));
      List<?> positions = part(entry, PARAMS, List.class);
      List<Tensor> parameters = own.get(i).parameters();
      if (positions.size() != parameters.size()) {
        throw new KindlingException(
            "loaded state dict contains a parameter group that doesn't match the size of"
                + " optimizer's group: group "
                + i
                + ", expected "
                + parameters.size()
                + " parameters, got "
                + positions.size());
      }
      Optimizer.Options merged = own.get(i).options().withAll(entry);
      merged.check();
      options.add(merged);
      for (int j = 0; j < parameters.size(); j++) {
        Object values = state.get(positions.get(j));
        Tensor p = parameters.get(j);
        states.put(p, values == null ? null : read(named(values), p));
      }
    }
    for (int i = 0; i < own.size(); i++) {
      own.get(i).setOptions(options.get(i));
    }
    states.forEach(optimizer::putState);
  }

  private static ParamState read(Map<String, Object> values, Tensor p) {
    ParamState out = new ParamState();
    values.forEach(
        (name, value) -> {
          if (name.equals(STEP)) {
            out.step =
                value instanceof Tensor t ? (long) t.item() : OptionValues.integer(name, value);
          } else if (value instanceof Tensor t) {
            Optimizer.checkStateShape(name, t, p);
            try (Scope lasting = Scope.none()) {
              out.tensors.put(name, Tensors.emptyLike(p, p.dtype()).copy_(t.detach()));
            }
          }
        });
    return out;
  }

  private static <T> T part(Map<String, ?> from, String name, Class<T> type) {
    Object value = from.get(name);
    if (!type.isInstance(value)) {
      throw new KindlingException(
          "loaded state dict: expected "
              + name
              + " as a "
              + type.getSimpleName()
              + ", got "
              + (value == null ? "nothing" : value.getClass().getSimpleName()));
    }
    return type.cast(value);
  }

  private static Map<String, Object> named(Object value) {
    Map<String, Object> out = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, entry) -> out.put(String.valueOf(key), entry));
      return out;
    }
    throw new KindlingException(
        "loaded state dict: expected a Map, got " + value.getClass().getSimpleName());
  }
}
