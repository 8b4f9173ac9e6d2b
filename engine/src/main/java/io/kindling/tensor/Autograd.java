package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import io.kindling.device.Device;
import io.kindling.device.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gradients: {@link #backward}, {@link #grad}, and how operators enter the graph. */
public final class Autograd {
  static final Tensor[] NOTHING = {};

  private Autograd() {}

  /** Whether an operator on these inputs is to be recorded. */
  static boolean records(Tensor... inputs) {
    if (GradMode.isEnabled()) {
      for (Tensor t : inputs) {
        if (t.requiresGrad()) {
          return true;
        }
      }
    }
    return false;
  }

  static Node.@Nullable Edge[] edges(Tensor... inputs) {
    Node.@Nullable Edge[] out = new Node.Edge[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      out[i] = inputs[i].edge();
    }
    return out;
  }

  /** Makes {@code out} the result of a differentiable operator on {@code inputs}. */
  static Tensor record(
      String name,
      Tensor out,
      Tensor[] inputs,
      @Nullable Tensor[] saved,
      OpNode.Backward backward) {
    if (records(inputs)) {
      out.setHistory(new OpNode(name, edges(inputs), out, backward, saved), 0);
    }
    return out;
  }

  /** As the above with several outputs; those that are not floating point take no part. */
  static void record(
      String name,
      Tensor[] outs,
      Tensor[] inputs,
      @Nullable Tensor[] saved,
      OpNode.ManyBackward backward) {
    if (outs.length > 0 && records(inputs)) {
      OpNode node = new OpNode(name, edges(inputs), outs, backward, saved);
      for (int i = 0; i < outs.length; i++) {
        if (outs[i].isFloatingPoint()) {
          outs[i].setHistory(node, i);
        }
      }
    }
  }

  /** The common case of one input: {@code backward} maps the output's gradient to the input's. */
  static Tensor record(
      String name, Tensor out, Tensor input, java.util.function.UnaryOperator<Tensor> backward) {
    if (records(input)) {
      out.setHistory(
          new OpNode(
              name, edges(input), out, (node, g) -> new Tensor[] {backward.apply(g)}, NOTHING),
          0);
    }
    return out;
  }

  /** One operand of a product, if the gradient of the other needs it. */
  static @Nullable Tensor savedFor(Tensor other, Tensor operand) {
    return other.requiresGrad() ? operand : null;
  }

  /**
   * The result of an operator made of others: what these allocate besides goes back at once, or
   * where the graph saved it as soon as the graph lets go of it. No code of a user's may run
   * inside.
   */
  static Tensor composed(Supplier<Tensor> operator) {
    try (Scope temporaries = Scope.temporaries()) {
      Tensor out = operator.get();
      temporaries.keep(out.strided().storage());
      return out;
    }
  }

  /** Undoes broadcasting: sums a gradient over the dimensions that were stretched. */
  static Tensor sumTo(Tensor g, long[] shape) {
    long[] have = g.shape();
    if (Arrays.equals(have, shape)) {
      return g;
    }
    int extra = have.length - shape.length;
    List<Integer> dims = new ArrayList<>();
    for (int d = 0; d < have.length; d++) {
      if (d < extra || (shape[d - extra] == 1 && have[d] != 1)) {
        dims.add(d);
      }
    }
    Tensor sum =
        dims.isEmpty() ? g : g.sum(true, dims.stream().mapToInt(Integer::intValue).toArray());
    return extra == 0 ? sum : sum.view(shape);
  }

  /**
   * Accumulates the gradient of {@code root} into the leaves that it was computed from.
   *
   * @param gradient of {@code root}'s shape; may be absent where root has one element
   */
  public static void backward(
      Tensor root, @Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    BackwardPass.run(
        List.of(rootEdge(root)),
        List.of(rootGradient(root, gradient)),
        retainGraph,
        createGraph,
        List.of());
  }

  /**
   * The gradients of {@code outputs} with respect to {@code inputs}; nothing is accumulated.
   *
   * @throws AutogradException if an input was not used in the graph
   */
  public static List<Tensor> grad(List<Tensor> outputs, List<Tensor> inputs) {
    List<Tensor> out = new ArrayList<>();
    for (Tensor t : grad(outputs, inputs, List.of(), false, false, false)) {
      out.add(java.util.Objects.requireNonNull(t));
    }
    return out;
  }

  /**
   * As {@link #grad(List, List)} with all of PyTorch's options.
   *
   * @param gradOutputs one an output (the vector of a vector-Jacobian product), or empty
   * @param allowUnused null instead of an error for an input outside the graph
   */
  public static List<@Nullable Tensor> grad(
      List<Tensor> outputs,
      List<Tensor> inputs,
      List<Tensor> gradOutputs,
      boolean retainGraph,
      boolean createGraph,
      boolean allowUnused) {
    List<Node.Edge> roots = new ArrayList<>();
    List<Tensor> grads = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      roots.add(rootEdge(outputs.get(i)));
      grads.add(rootGradient(outputs.get(i), gradOutputs.isEmpty() ? null : gradOutputs.get(i)));
    }
    List<Node.Edge> captures = new ArrayList<>();
    for (Tensor t : inputs) {
      Node.Edge e = t.edge();
      if (e == null) {
        throw new AutogradException("One of the differentiated Tensors does not require grad");
      }
      captures.add(e);
    }
    @Nullable Tensor[] found =
        BackwardPass.run(roots, grads, retainGraph || createGraph, createGraph, captures);
    for (Tensor t : found) {
      if (t == null && !allowUnused) {
        throw new AutogradException(
            "One of the differentiated Tensors appears to not have been used in the graph. Set"
                + " allow_unused=True if this is the desired behavior.");
      }
    }
    return Arrays.asList(found);
  }

  private static Node.Edge rootEdge(Tensor root) {
    Node.Edge e = root.edge();
    if (e == null) {
      throw new AutogradException(
          "element 0 of tensors does not require grad and does not have a grad_fn");
    }
    return e;
  }

  private static Tensor rootGradient(Tensor root, @Nullable Tensor gradient) {
    if (gradient == null) {
      if (root.numel() != 1) {
        throw new AutogradException("grad can be implicitly created only for scalar outputs");
      }
      return Tensors.onesLike(root);
    }
    if (!Arrays.equals(gradient.shape(), root.shape())) {
      throw new AutogradException(
          "Mismatch in shape: grad_output[0] has a shape of "
              + Shapes.text(gradient.shape())
              + " and output[0] has a shape of "
              + Shapes.text(root.shape())
              + ".");
    }
    return gradient;
  }

  /** A zero gradient laid out as the base of views, gaps included, to write into through a view. */
  static Tensor zerosLaidOut(Device device, DType dtype, Layout layout) {
    long extent = layout.numel() == 0 ? 0 : 1;
    for (int d = 0; d < layout.rank(); d++) {
      extent += layout.numel() == 0 ? 0 : (layout.size(d) - 1) * layout.stride(d);
    }
    Tensor zeros = Tensors.zeros(dtype, device, extent);
    return new Tensor(zeros.strided().with(layout.withOffset(0)));
  }
}
