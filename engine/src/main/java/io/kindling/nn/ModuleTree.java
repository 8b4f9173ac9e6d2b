package io.kindling.nn;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Walks through a module and all below it; what is shared comes once, under its first name. */
final class ModuleTree {
  private ModuleTree() {}

  static Map<String, Module> children(Module root) {
    return once(root.childEntries()::forEach);
  }

  static Map<String, Module> modules(Module root) {
    Map<String, Module> out = new LinkedHashMap<>();
    collect(root, "", out, new IdentityHashMap<>());
    return out;
  }

  /** {@code seen} says of a module whether the walk is inside of it now. */
  private static void collect(
      Module module, String path, Map<String, Module> out, IdentityHashMap<Module, Boolean> seen) {
    Boolean inside = seen.putIfAbsent(module, true);
    if (inside == null) {
      out.put(path, module);
      module.childEntries().forEach((name, child) -> collect(child, join(path, name), out, seen));
      seen.put(module, false);
    } else if (inside) {
      throw new KindlingException(
          "the module \""
              + path
              + "\" ("
              + module.typeName()
              + ") is a part of itself; make the field that points back transient");
    }
  }

  /** Refuses a module that is a part of itself, in which other walks would not end. */
  static void check(Module root) {
    modules(root);
  }

  static Map<String, Parameter> parameters(Module root) {
    return once(
        add ->
            modules(root)
                .forEach(
                    (path, module) ->
                        module.forOwnParameters((name, p) -> add.accept(join(path, name), p))));
  }

  static Map<String, Tensor> buffers(Module root) {
    return once(
        add ->
            modules(root)
                .forEach(
                    (path, module) ->
                        module.forOwnBuffers(false, (name, b) -> add.accept(join(path, name), b))));
  }

  @FunctionalInterface
  private interface Walk<T> {
    void forEach(BiConsumer<String, T> add);
  }

  private static <T> Map<String, T> once(Walk<T> walk) {
    Set<T> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Map<String, T> out = new LinkedHashMap<>();
    walk.forEach(
        (name, part) -> {
          if (seen.add(part)) {
            out.put(name, part);
          }
        });
    return out;
  }

  static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
