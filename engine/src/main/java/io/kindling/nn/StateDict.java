package io.kindling.nn;

import io.kindling.core.Shapes;
import io.kindling.nn.Module.IncompatibleKeys;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Collects and loads a module's state. */
final class StateDict {
  private StateDict() {}

  static Map<String, Tensor> of(Module module) {
    ModuleTree.check(module);
    Map<String, Tensor> out = new LinkedHashMap<>();
    collect(module, "", out);
    return out;
  }

  private static void collect(Module module, String path, Map<String, Tensor> out) {
    module.forOwnParameters((name, p) -> out.put(ModuleTree.join(path, name), p.detach()));
    module.forOwnBuffers(true, (name, b) -> out.put(ModuleTree.join(path, name), b.detach()));
    module
        .childEntries()
        .forEach((name, child) -> collect(child, ModuleTree.join(path, name), out));
  }

  static IncompatibleKeys load(Module module, Map<String, Tensor> state, boolean strict) {
    Map<String, Tensor> own = of(module);
    List<String> missing = new ArrayList<>();
    List<String> mismatches = new ArrayList<>();
    own.forEach(
        (key, mine) -> {
          Tensor given = state.get(key);
          if (given == null) {
            missing.add(key);
          } else if (!given.layout().sameShape(mine.layout())) {
            mismatches.add(mismatch(key, given, mine));
          }
        });
    List<String> unexpected = state.keySet().stream().filter(key -> !own.containsKey(key)).toList();
    List<String> errors = new ArrayList<>();
    if (strict && !missing.isEmpty()) {
      errors.add("Missing key(s) in state_dict: " + quoted(missing) + ". ");
    }
    if (strict && !unexpected.isEmpty()) {
      errors.add("Unexpected key(s) in state_dict: " + quoted(unexpected) + ". ");
    }
    errors.addAll(mismatches);
    if (!errors.isEmpty()) {
      throw new StateDictException(
          "Error(s) in loading state_dict for "
              + module.typeName()
              + ":\n\t"
              + String.join("\n\t", errors));
    }
    own.forEach(
        (key, mine) -> {
          Tensor given = state.get(key);
          if (given != null) {
            mine.copy_(given.detach());
          }
        });
    return new IncompatibleKeys(List.copyOf(missing), unexpected);
  }

  private static String mismatch(String key, Tensor given, Tensor mine) {
    return "size mismatch for "
        + key
        + ": copying a param with shape torch.Size("
        + Shapes.text(given.shape())
        + ") from checkpoint, the shape in current model is torch.Size("
        + Shapes.text(mine.shape())
        + ").";
  }

  private static String quoted(List<String> keys) {
    return keys.stream().map(key -> '"' + key + '"').collect(Collectors.joining(", "));
  }
}
