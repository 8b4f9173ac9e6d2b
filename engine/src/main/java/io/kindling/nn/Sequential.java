package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.IndexException;
import io.kindling.device.Scope;
import io.kindling.device.Storage;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Runs its modules one after another, each on the output of the one before. */
public class Sequential extends Module implements Iterable<Module> {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, Module> layers = new LinkedHashMap<>();

  /** Modules called 0, 1, 2 and so on. */
  public Sequential(Module... modules) {
    for (Module module : Arguments.noneNull(modules, "Sequential", "modules")) {
      layers.put(Integer.toString(layers.size()), module);
    }
  }

  /** Modules under names of their own, in the map's order. */
  public Sequential(Map<String, ? extends Module> modules) {
    Arguments.notNull(modules, "Sequential", "modules").forEach(this::append);
  }

  /** Adds a module under the next number and returns this. */
  public final Sequential append(Module module) {
    return append(Integer.toString(layers.size()), module);
  }

  /** Adds a module, or replaces the one of that name, and returns this. */
  public final Sequential append(String name, Module module) {
    Arguments.notNull(name, "Sequential", "name");
    layers.put(ModuleFields.checkName(name), Arguments.notNull(module, "Sequential", "module"));
    return this;
  }

  /**
   * The module at a position; negative ones count from the end.
   *
   * @throws IndexException if there is none
   */
  public final Module get(int index) {
    return Objects.requireNonNull(layers.get(nameAt(index)));
  }

  /** Replaces the module at a position. */
  public final Sequential set(int index, Module module) {
    layers.put(nameAt(index), Arguments.notNull(module, "Sequential", "module"));
    return this;
  }

  private String nameAt(int index) {
    List<String> names = new ArrayList<>(layers.keySet());
    int at = index < 0 ? index + names.size() : index;
    if (at < 0 || at >= names.size()) {
      throw new IndexException(
          "index " + index + " is out of range: the Sequential has " + names.size() + " modules");
    }
    return names.get(at);
  }

  public final int size() {
    return layers.size();
  }

  @Override
  public final Iterator<Module> iterator() {
    return Collections.unmodifiableCollection(layers.values()).iterator();
  }

  @Override
  protected Map<String, Module> heldChildren() {
    return Collections.unmodifiableMap(layers);
  }

  @Override
  public Tensor forward(Tensor x) {
    return Calls.run(this, x, this::chain);
  }

  /** What passes between two layers that keep nothing is dead once the second has run. */
  private Tensor chain(Tensor x) {
    Tensor out = x;
    boolean unseen = false;
    for (Module layer : layers.values()) {
      Tensor in = out;
      int seen = Calls.seen();
      if (!layer.keepsNothing()) {
        out = layer.call(in);
        unseen = false;
        continue;
      }
      Storage before = in.strided().storage();
      try (Scope temporaries = Scope.temporaries()) {
        out = layer.call(in);
        Storage after = out.strided().storage();
        temporaries.keep(after);
        boolean watched = Calls.seen() != seen;
        if (after != before && unseen && !watched) {
          before.abandon();
        }
        unseen = !watched && (after == before ? unseen : temporaries.owns(after));
      }
    }
    return out;
  }
}
