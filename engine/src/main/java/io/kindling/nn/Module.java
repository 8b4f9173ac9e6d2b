package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import io.kindling.device.Device;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A network or a part of one. Subclass it, keep layers and {@link Parameter}s in fields, write
 * {@link #forward}:
 *
 * <pre>{@code
 * class Net extends Module {
 *   Linear fc1 = new Linear(784, 128);
 *   Linear fc2 = new Linear(128, 10);
 *
 *   @Override
 *   public Tensor forward(Tensor x) {
 *     return fc2.forward(fc1.forward(x.flatten(1)).relu());
 *   }
 * }
 * }</pre>
 *
 * Children, parameters and buffers (Tensor fields marked {@link Buffer}) are found in the fields by
 * their values, however the fields are declared, superclass first, in the order of declaration; an
 * empty, static or transient field is no part of the module. Assigning a field replaces what stood
 * in it. Parts inside of an array, a collection, a map, an Optional or a record would be lost, and
 * are an error when parts are asked for: use a {@link ModuleList} or a {@link Sequential}. Modules
 * serialise with Java serialization.
 */
@SuppressWarnings("JavaLangClash") // PyTorch's name
public abstract class Module implements Serializable {
  private static final long serialVersionUID = 1L;

  private boolean training = true;

  private transient @Nullable Hooks hooks;

  /**
   * The output for {@code x}. A module of other inputs or outputs leaves this as it is and has
   * methods of its own, see {@link #call(BiFunction, Tensor, Tensor)}.
   *
   * @throws KindlingException if the class does not override it
   */
  public Tensor forward(Tensor x) {
    throw Calls.missingForward(this);
  }

  /**
   * {@link #forward} as PyTorch's {@code model(x)}: an error names the layer by its path in this
   * module, and hooks run.
   *
   * @throws LayerException if the input's shape or type does not fit a layer
   */
  public final Tensor call(Tensor x) {
    return Calls.run(this, x, this::forward);
  }

  /**
   * As {@link #call(Tensor)}, for a module that returns anything but one tensor, such as a record.
   * Since {@code forward(Tensor)} returns a Tensor, its method has another name:
   *
   * <pre>{@code
   * class Encoder extends Module {
   *   record Moments(Tensor mean, Tensor logVar) {}
   *
   *   Linear mean = new Linear(400, 20);
   *   Linear logVar = new Linear(400, 20);
   *
   *   Moments encode(Tensor x) {
   *     return new Moments(mean.forward(x), logVar.forward(x));
   *   }
   * }
   * Moments moments = encoder.call(encoder::encode, x);
   * }</pre>
   */
  public final <T> T call(Function<Tensor, T> forward, Tensor x) {
    checkForward(forward);
    return Calls.run(this, new Tensor[] {x}, in -> forward.apply(in[0]));
  }

  /**
   * As {@link #call(Tensor)}, for a module of two inputs:
   *
   * <pre>{@code
   * class Siamese extends Module {
   *   Linear fc = new Linear(784, 64);
   *
   *   Tensor forward(Tensor a, Tensor b) {
   *     return fc.forward(a).sub(fc.forward(b)).abs();
   *   }
   * }
   * Tensor distance = net.call(net::forward, a, b);
   * }</pre>
   */
  public final <T> T call(BiFunction<Tensor, Tensor, T> forward, Tensor a, Tensor b) {
    checkForward(forward);
    return Calls.run(this, new Tensor[] {a, b}, in -> forward.apply(in[0], in[1]));
  }

  /** A forward of three inputs, for {@link #call(Forward3, Tensor, Tensor, Tensor)}. */
  @FunctionalInterface
  public interface Forward3<T> {
    T apply(Tensor a, Tensor b, Tensor c);
  }

  /** As {@link #call(Tensor)}, for a module of three inputs, such as query, key and value. */
  public final <T> T call(Forward3<T> forward, Tensor a, Tensor b, Tensor c) {
    checkForward(forward);
    return Calls.run(this, new Tensor[] {a, b, c}, in -> forward.apply(in[0], in[1], in[2]));
  }

  private static void checkForward(Object forward) {
    Arguments.notNull(forward, "Module.call", "forward");
  }

  // ---- hooks

  final @Nullable Hooks hooks() {
    Hooks some = hooks;
    return some == null || some.isEmpty() ? null : some;
  }

  private Hooks someHooks() {
    Hooks some = hooks;
    if (some == null) {
      some = new Hooks();
      hooks = some;
    }
    return some;
  }

  /**
   * Calls {@code hook} before each forward. Hooks run when a {@link Layer} or a {@link Sequential}
   * runs, and when any module is called by {@code call}; as in PyTorch they do not when the {@code
   * forward} of a module of one's own is called directly. They are not serialised.
   */
  public final Hook registerForwardPreHook(Hook.ForwardPre hook) {
    return someHooks().add(Arguments.notNull(hook, "registerForwardPreHook", "hook"));
  }

  /** Calls {@code hook} after each forward, as {@link #registerForwardPreHook} does before. */
  public final Hook registerForwardHook(Hook.Forward hook) {
    return someHooks().add(Arguments.notNull(hook, "registerForwardHook", "hook"));
  }

  /**
   * Calls {@code hook} when the gradient of this module's input is known, or that of its output
   * where the input asks for none.
   */
  public final Hook registerFullBackwardHook(Hook.FullBackward hook) {
    return someHooks().add(Arguments.notNull(hook, "registerFullBackwardHook", "hook"));
  }

  /** Whether a class is of this package and no code of a user's. */
  private static final ClassValue<Boolean> OURS =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          return type.getPackage() == Module.class.getPackage()
              && type.getProtectionDomain() == Module.class.getProtectionDomain();
        }
      };

  /**
   * Whether no code of a user's runs in a forward, so that nobody keeps the tensors that pass: this
   * is a class of this package itself, not a subclass, without hooks, and so are its children.
   */
  boolean keepsNothing() {
    return hooks() == null
        && OURS.get(getClass())
        && childEntries().values().stream().allMatch(Module::keepsNothing);
  }

  // ---- what it is made of

  /** Children held otherwise than in fields, by name; containers override it. */
  protected Map<String, Module> heldChildren() {
    return Map.of();
  }

  /** The direct children by name, containers' first, then fields. A shared child comes once. */
  public final Map<String, Module> namedChildren() {
    return ModuleTree.children(this);
  }

  /** As {@link #namedChildren}, with a shared child under each of its names. */
  final Map<String, Module> childEntries() {
    Map<String, Module> out = new LinkedHashMap<>(heldChildren());
    for (ModuleFields.Part part : ModuleFields.parts(this)) {
      if (part.value() instanceof Module child) {
        out.put(part.name(), child);
      }
    }
    return out;
  }

  public final List<Module> children() {
    return new ArrayList<>(namedChildren().values());
  }

  /** This module (under the empty name) and all below it, by dotted path, parents first. */
  public final Map<String, Module> namedModules() {
    return ModuleTree.modules(this);
  }

  public final List<Module> modules() {
    return new ArrayList<>(namedModules().values());
  }

  /**
   * All parameters by dotted path, in the order of definition, a module's own before those of its
   * children. A shared parameter comes once, under its first name.
   */
  public final Map<String, Parameter> namedParameters() {
    return ModuleTree.parameters(this);
  }

  public final List<Parameter> parameters() {
    return new ArrayList<>(namedParameters().values());
  }

  /** All buffers by dotted path, in the order of definition; a shared one comes once. */
  public final Map<String, Tensor> namedBuffers() {
    return ModuleTree.buffers(this);
  }

  public final List<Tensor> buffers() {
    return new ArrayList<>(namedBuffers().values());
  }

  final void forOwnParameters(BiConsumer<String, Parameter> action) {
    for (ModuleFields.Part part : ModuleFields.parts(this)) {
      if (part.value() instanceof Parameter p) {
        action.accept(part.name(), p);
      }
    }
  }

  final void forOwnBuffers(boolean persistentOnly, BiConsumer<String, Tensor> action) {
    for (ModuleFields.Part part : ModuleFields.parts(this)) {
      Buffer buffer = part.buffer();
      if (buffer != null && (buffer.persistent() || !persistentOnly)) {
        action.accept(part.name(), (Tensor) part.value());
      }
    }
  }

  // ---- what can be done to all of it

  /** Switches to training: dropout drops. Returns this. */
  public final Module train() {
    return train(true);
  }

  /** Switches this module and all below it to training or evaluation. */
  public final Module train(boolean mode) {
    return apply(module -> module.training = mode);
  }

  /** Switches to evaluation. */
  public final Module eval() {
    return train(false);
  }

  final void setTraining(boolean mode) {
    training = mode;
  }

  public final boolean isTraining() {
    return training;
  }

  /** Forgets all gradients. */
  public final void zeroGrad() {
    for (Parameter p : parameters()) {
      p.setGrad(null);
    }
  }

  /** Calls {@code action} for all modules below this one and last for this one. */
  public final Module apply(Consumer<Module> action) {
    Arguments.notNull(action, "Module.apply", "action");
    ModuleTree.check(this);
    applyToAll(action);
    return this;
  }

  private void applyToAll(Consumer<Module> action) {
    children().forEach(child -> child.applyToAll(action));
    action.accept(this);
  }

  /** Freezes ({@code false}) or thaws all parameters. */
  public final Module requiresGrad_(boolean value) {
    parameters().forEach(p -> p.requiresGrad_(value));
    return this;
  }

  /**
   * Converts parameters, gradients and floating-point buffers, which stay the same objects.
   *
   * @throws DTypeException for a type that is not floating point
   */
  public final Module to(DType dtype) {
    if (!Arguments.notNull(dtype, "Module.to", "dtype").isFloatingPoint()) {
      throw new DTypeException(
          "nn.Module.to only accepts floating point dtypes, but got desired dtype=" + dtype);
    }
    return convert(x -> x.isFloatingPoint() ? x.to(dtype) : x);
  }

  /**
   * Moves parameters, gradients and buffers, which stay the same objects.
   *
   * @throws io.kindling.core.DeviceException for a device that this build does not have
   */
  public final Module to(Device device) {
    Arguments.notNull(device, "Module.to", "device");
    return convert(x -> x.to(device));
  }

  private Module convert(UnaryOperator<Tensor> by) {
    // The new memory must outlive a scope that happens to be open.
    try (Scope lasting = Scope.none()) {
      for (Parameter p : parameters()) {
        Tensor grad = p.grad();
        p.setData(by.apply(p.detach()));
        p.setGrad(grad == null ? null : by.apply(grad.detach()));
      }
      for (Tensor buffer : buffers()) {
        buffer.setData(by.apply(buffer.detach()));
      }
    }
    return this;
  }

  // ---- state

  /** What {@link #loadStateDict} found beyond a match, when it was not strict. */
  public record IncompatibleKeys(List<String> missing, List<String> unexpected) {}

  /**
   * Parameters and persistent buffers by dotted path, detached and sharing memory with the module.
   * A shared parameter stands under each of its names.
   */
  public final Map<String, Tensor> stateDict() {
    return StateDict.of(this);
  }

  /**
   * As {@link #loadStateDict(Map, boolean)}, strict.
   *
   * @throws StateDictException listing all keys that are missing, unexpected or of another shape
   */
  public final IncompatibleKeys loadStateDict(Map<String, Tensor> state) {
    return loadStateDict(state, true);
  }

  /**
   * Copies values into the parameters and buffers of the same names, converting their type. Nothing
   * is copied if there is an error.
   *
   * @param strict whether keys that are missing or unexpected are an error; a shape that does not
   *     fit always is
   * @throws StateDictException listing all of them
   */
  public final IncompatibleKeys loadStateDict(Map<String, Tensor> state, boolean strict) {
    return StateDict.load(this, Arguments.notNull(state, "Module.loadStateDict", "state"), strict);
  }

  // ---- printing

  /** What stands between the parentheses when the module prints; empty by default. */
  protected String extraRepr() {
    return "";
  }

  /** The class's simple name; for an anonymous class that of what it extends. */
  final String typeName() {
    Class<?> type = getClass();
    return type.isAnonymousClass() ? type.getSuperclass().getSimpleName() : type.getSimpleName();
  }

  /** The tree of modules, as PyTorch prints it. */
  @Override
  public String toString() {
    return ModuleFormat.tree(this);
  }
}
