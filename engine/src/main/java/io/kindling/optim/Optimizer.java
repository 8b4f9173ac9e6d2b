package io.kindling.optim;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Updates parameters from their gradients. A parameter that is frozen or has no gradient is left
 * alone, its state too.
 *
 * <p>Java serialization writes an optimizer with its parameters. Write it in one stream with the
 * model, and both are linked again when read; to save it by itself, use {@link #stateDict}.
 */
public abstract class Optimizer implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What a group of parameters is updated with: a record with a method to change each value. */
  public interface Options extends Serializable {
    /**
     * Asked when a group takes these options.
     *
     * @throws KindlingException if they do not go together
     */
    default void check() {}

    /** The learning rate. */
    double lr();

    /** The same options with another learning rate. */
    Options lr(double value);

    /** The options under PyTorch's names, in its order. */
    Map<String, Object> toMap();

    /** These options with those that {@code values} has under PyTorch's names. */
    Options withAll(Map<String, ?> values);
  }

  private final List<ParamGroup> groups = new ArrayList<>();
  private final IdentityHashMap<Tensor, ParamState> state = new IdentityHashMap<>();

  /** An optimizer of one group. */
  Optimizer(List<? extends Tensor> parameters, Options options) {
    addGroup(parameters, options);
  }

  /** Updates all parameters once. */
  public final void step() {
    for (ParamGroup group : groups) {
      for (Tensor p : group.parameters()) {
        Tensor grad = p.grad();
        if (grad != null && p.requiresGrad()) {
          update(p, grad, stateOf(p), group.options());
        }
      }
    }
  }

  /** Updates one parameter; {@code state} is empty the first time. */
  abstract void update(Tensor p, Tensor grad, ParamState state, Options options);

  private ParamState stateOf(Tensor p) {
    return state.computeIfAbsent(p, key -> new ParamState());
  }

  @Nullable ParamState stateIfAny(Tensor p) {
    return state.get(p);
  }

  void putState(Tensor p, @Nullable ParamState value) {
    if (value == null) {
      state.remove(p);
    } else {
      state.put(p, value);
    }
  }

  /** Forgets the gradients of all parameters. */
  public final void zeroGrad() {
    zeroGrad(true);
  }

  /**
   * Forgets the gradients, or fills them with zeros.
   *
   * @param setToNone false keeps the memory, and a parameter that gets no gradient is then updated
   *     with zeros
   */
  public final void zeroGrad(boolean setToNone) {
    for (ParamGroup group : groups) {
      for (Tensor p : group.parameters()) {
        Tensor grad = p.grad();
        if (setToNone) {
          p.setGrad(null);
        } else if (grad != null) {
          p.setGrad(grad.detach().zero_());
        }
      }
    }
  }

  /** The groups, in the order in which they were added. */
  public final List<ParamGroup> paramGroups() {
    return Collections.unmodifiableList(groups);
  }

  /**
   * Adds parameters with options of their own.
   *
   * @return this
   * @throws KindlingException if one is in a group already or is not a leaf, or if the options
   *     belong to another optimizer
   */
  public final Optimizer addParamGroup(List<? extends Tensor> parameters, Options options) {
    addGroup(parameters, options);
    return this;
  }

  private void addGroup(List<? extends Tensor> parameters, Options options) {
    Arguments.noneNull(parameters, name(), "params");
    Arguments.notNull(options, name(), "options");
    if (!groups.isEmpty()) {
      checkSameKind(groups.get(0).options().getClass(), options);
    }
    if (parameters.isEmpty()) {
      throw new KindlingException(name() + ": optimizer got an empty parameter list");
    }
    options.check();
    Set<Tensor> known = Collections.newSetFromMap(new IdentityHashMap<>());
    groups.forEach(group -> known.addAll(group.parameters()));
    for (Tensor p : parameters) {
      if (!p.isLeaf()) {
        throw new KindlingException(
            name() + ": can't optimize a non-leaf Tensor of shape " + Shapes.text(p.shape()));
      }
      if (!known.add(p)) {
        throw new KindlingException(
            name()
                + ": some parameters appear more than once, among them one of shape "
                + Shapes.text(p.shape()));
      }
    }
    groups.add(new ParamGroup(parameters, options));
  }

  static void checkSameKind(Class<?> expected, Options options) {
    if (options.getClass() != expected) {
      throw new KindlingException(
          "options of another optimizer: expected "
              + kind(expected)
              + ", got "
              + kind(options.getClass()));
    }
  }

  private static String kind(Class<?> options) {
    Class<?> owner = options.getEnclosingClass();
    return (owner == null ? "" : owner.getSimpleName() + ".") + options.getSimpleName();
  }

  /** For messages. */
  final String name() {
    return getClass().getSimpleName();
  }

  /** State has the shape of its parameter. */
  static void checkStateShape(String name, Tensor value, Tensor p) {
    if (!value.layout().sameShape(p.layout())) {
      throw new ShapeException(
          "loaded state dict: "
              + name
              + " has the shape "
              + Shapes.text(value.shape())
              + ", expected that of its parameter, "
              + Shapes.text(p.shape()));
    }
  }

  /**
   * The state in PyTorch's shape: {@code state} maps a parameter's position, counted through all
   * groups, to its named tensors, which share memory with the optimizer; {@code param_groups} lists
   * the options of each group and under {@code params} the positions of its parameters.
   */
  public final Map<String, Object> stateDict() {
    return OptimizerState.of(this);
  }

  /**
   * Takes up what {@link #stateDict} gave; tensors are copied and converted to the parameters'
   * types.
   *
   * @throws io.kindling.core.KindlingException if groups or shapes do not fit; nothing is changed
   *     then
   */
  public final void loadStateDict(Map<String, ?> saved) {
    OptimizerState.load(this, Arguments.notNull(saved, name(), "state"));
  }

  /** Groups and options, as PyTorch prints them. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name()).append(" (");
    for (int i = 0; i < groups.size(); i++) {
      text.append("\nParameter Group ").append(i).append('\n');
      groups
          .get(i)
          .options()
          .toMap()
          .forEach(
              (name, value) ->
                  text.append("    ").append(name).append(": ").append(value).append('\n'));
    }
    return text.append(')').toString();
  }
}
