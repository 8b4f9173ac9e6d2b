package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.core.Shapes;
import io.kindling.device.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A node of the graph that {@code backward} walks: it turns the gradients of an operator's outputs
 * into those of its inputs. Edges lead from results to inputs.
 */
public abstract class Node {
  private static final AtomicLong SEQUENCE = new AtomicLong();

  /** Where the gradient of one input goes: output {@code nr} of the operator that made it. */
  record Edge(Node node, int nr) {}

  /** Applied to the gradient of output {@code nr} before the node runs. */
  record PreHook(int nr, UnaryOperator<Tensor> hook) {}

  final String name;

  /** Later operators run earlier in backward; a gradient accumulator runs as soon as it can. */
  final long sequence;

  /** Null where an input needs no gradient. */
  final @Nullable Edge[] next;

  private @Nullable List<PreHook> preHooks;

  Node(String name, long sequence, @Nullable Edge[] next) {
    this.name = name;
    this.sequence = sequence;
    this.next = next;
  }

  static long nextSequence() {
    return SEQUENCE.getAndIncrement();
  }

  /** The number of outputs whose gradients {@link #apply} takes. */
  int outputs() {
    return 1;
  }

  /**
   * @param grads the gradients of the outputs; null where none arrived
   * @return the gradients of the inputs; null where none is needed
   */
  abstract @Nullable Tensor[] apply(@Nullable Tensor[] grads);

  /** Whether {@link #apply(Tensor[])} runs code of a user's, which may keep what it sees. */
  boolean isUsers() {
    return false;
  }

  /** Lets go of saved tensors after a backward that does not retain the graph. */
  void release() {}

  /** The shape that the gradient of output {@code nr} must have, or null where unknown. */
  long @Nullable [] outputShape(int nr) {
    return null;
  }

  /** Where gradients of the outputs must lie, or null where unknown. */
  @Nullable Device device() {
    return null;
  }

  boolean needs(int input) {
    return next[input] != null;
  }

  void addPreHook(int nr, UnaryOperator<Tensor> hook) {
    if (preHooks == null) {
      preHooks = new ArrayList<>();
    }
    preHooks.add(new PreHook(nr, hook));
  }

  void removePreHook(UnaryOperator<Tensor> hook) {
    if (preHooks != null) {
      preHooks.removeIf(h -> h.hook() == hook);
    }
  }

  boolean hasPreHooks() {
    return preHooks != null && !preHooks.isEmpty();
  }

  /** What the hooks make of the gradients. */
  @Nullable Tensor[] runPreHooks(@Nullable Tensor[] grads) {
    @Nullable Tensor[] out = grads.clone();
    for (PreHook h : List.copyOf(Objects.requireNonNull(preHooks))) {
      Tensor g = out[h.nr()];
      if (g != null) {
        Tensor changed = h.hook().apply(g);
        out[h.nr()] = changed == null ? g : changed;
      }
    }
    return out;
  }

  void validate(int nr, Tensor grad) {
    long[] expected = outputShape(nr);
    if (expected != null && !Arrays.equals(expected, grad.shape())) {
      throw new AutogradException(
          "Mismatch in shape: grad_output["
              + nr
              + "] has a shape of "
              + Shapes.text(grad.shape())
              + " and output["
              + nr
              + "] of "
              + name
              + " has a shape of "
              + Shapes.text(expected)
              + ".");
    }
    Device home = device();
    if (home != null && grad.dim() > 0 && !grad.device().equals(home)) {
      throw new AutogradException(
          "invalid gradient of output "
              + nr
              + " of "
              + name
              + ": expected device "
              + home
              + " but got "
              + grad.device());
    }
  }

  /** PyTorch's name of the node: {@code AddmmBackward0}. */
  public String name() {
    return name;
  }

  /** The nodes of the inputs, in order; null where an input needs no gradient. */
  public List<@Nullable Node> nextFunctions() {
    List<@Nullable Node> out = new ArrayList<>();
    for (Edge e : next) {
      out.add(e == null ? null : e.node());
    }
    return out;
  }

  @Override
  public String toString() {
    return "<" + name + ">";
  }
}
