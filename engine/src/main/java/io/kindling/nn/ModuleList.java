package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Modules in a list; whoever holds it decides what runs when. */
public class ModuleList extends Module implements Iterable<Module> {
  private static final long serialVersionUID = 1L;

  private final ArrayList<Module> modules = new ArrayList<>();

  public ModuleList(Module... modules) {
    Collections.addAll(this.modules, Arguments.noneNull(modules, "ModuleList", "modules"));
  }

  public ModuleList(List<? extends Module> modules) {
    this.modules.addAll(Arguments.noneNull(modules, "ModuleList", "modules"));
  }

  /** Adds a module and returns this. */
  public final ModuleList append(Module module) {
    modules.add(Arguments.notNull(module, "ModuleList", "module"));
    return this;
  }

  /**
   * The module at a position; negative ones count from the end.
   *
   * @throws IndexException if there is none
   */
  public final Module get(int index) {
    return modules.get(wrap(index));
  }

  /** Replaces the module at a position. */
  public final ModuleList set(int index, Module module) {
    modules.set(wrap(index), Arguments.notNull(module, "ModuleList", "module"));
    return this;
  }

  private int wrap(int index) {
    int at = index < 0 ? index + modules.size() : index;
    if (at < 0 || at >= modules.size()) {
      throw new IndexException(
          "index " + index + " is out of range: the ModuleList has " + modules.size() + " modules");
    }
    return at;
  }

  public final int size() {
    return modules.size();
  }

  @Override
  public final Iterator<Module> iterator() {
    return Collections.unmodifiableList(modules).iterator();
  }

  @Override
  protected Map<String, Module> heldChildren() {
    Map<String, Module> out = new LinkedHashMap<>();
    for (Module module : modules) {
      out.put(Integer.toString(out.size()), module);
    }
    return out;
  }

  /** Not for a list: call its modules. */
  @Override
  public Tensor forward(Tensor x) {
    throw new KindlingException(
        "Module [ModuleList] is missing the required \"forward\" function; call its modules one by"
            + " one, or use Sequential");
  }

  @Override
  public String toString() {
    return ModuleFormat.list(this);
  }
}
