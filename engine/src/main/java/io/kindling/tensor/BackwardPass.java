package io.kindling.tensor;

import io.kindling.device.Storage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One walk over the graph, from roots to leaves: a node runs when the gradients of all its outputs
 * have arrived, later operators first, so that the order is a function of the program alone.
 */
final class BackwardPass {
  /** The gradients that have arrived at a node, and how many edges have not delivered yet. */
  private static final class Pending {
    final @Nullable Tensor[] grads;

    /** Whether a gradient's memory is seen by nobody outside this pass. */
    final boolean[] owned;

    int awaited;
    boolean wanted;

    Pending(int outputs) {
      grads = new Tensor[outputs];
      owned = new boolean[outputs];
    }
  }

  private final Map<Node, Pending> pending = new IdentityHashMap<>();
  private final boolean retainGraph;

  /** Where {@code autograd.grad} collects instead of accumulating; empty for {@code backward}. */
  private final List<Node.Edge> captures;

  private final @Nullable Tensor[] captured;

  private BackwardPass(boolean retainGraph, List<Node.Edge> captures) {
    this.retainGraph = retainGraph;
    this.captures = captures;
    this.captured = new Tensor[captures.size()];
  }

  /**
   * Runs the pass.
   *
   * @param captures the edges at which to collect; if there are any, nothing is accumulated
   * @return what arrived at each capture; null where nothing did
   */
  static @Nullable Tensor[] run(
      List<Node.Edge> roots,
      List<Tensor> grads,
      boolean retainGraph,
      boolean createGraph,
      List<Node.Edge> captures) {
    BackwardPass pass = new BackwardPass(retainGraph, captures);
    try (GradMode.Guard guard = GradMode.set(createGraph)) {
      pass.countEdges(roots);
      pass.markWanted();
      for (int i = 0; i < roots.size(); i++) {
        pass.deliver(roots.get(i), grads.get(i), false);
      }
      pass.walk(roots);
    }
    return pass.captured;
  }

  private Pending of(Node node) {
    return pending.computeIfAbsent(node, n -> new Pending(n.outputs()));
  }

  private void countEdges(List<Node.Edge> roots) {
    ArrayDeque<Node> open = new ArrayDeque<>();
    for (Node.Edge root : roots) {
      if (!pending.containsKey(root.node())) {
        of(root.node());
        open.add(root.node());
      }
    }
    while (!open.isEmpty()) {
      for (Node.Edge e : open.removeLast().next) {
        if (e != null) {
          if (!pending.containsKey(e.node())) {
            open.add(e.node());
          }
          of(e.node()).awaited++;
        }
      }
    }
  }

  /** With captures, only nodes on a path to one of them run. */
  private void markWanted() {
    if (captures.isEmpty()) {
      pending.values().forEach(p -> p.wanted = true);
      return;
    }
    for (Node.Edge c : captures) {
      Pending p = pending.get(c.node());
      if (p != null) {
        p.wanted = true;
      }
    }
    List<Node> byAge = new ArrayList<>(pending.keySet());
    byAge.sort(Comparator.comparingLong(n -> n.sequence));
    for (Node n : byAge) {
      for (Node.Edge e : n.next) {
        if (e != null && of(e.node()).wanted) {
          of(n).wanted = true;
        }
      }
    }
  }

  private void deliver(Node.Edge edge, Tensor grad, boolean owned) {
    edge.node().validate(edge.nr(), grad);
    Pending p = of(edge.node());
    Tensor have = p.grads[edge.nr()];
    p.grads[edge.nr()] = have == null ? grad : have.add(grad);
    p.owned[edge.nr()] = have != null || owned;
  }

  /**
   * Whether the gradient of one input is in memory that the node has just filled, or has passed on
   * from an owned gradient, and that it gives to no other input.
   */
  private static boolean isOwned(Node node, Pending p, @Nullable Tensor[] out, int input) {
    Storage storage = storageOf(out[input]);
    for (int i = 0; i < out.length; i++) {
      if (i != input && storageOf(out[i]) == storage) {
        return false;
      }
    }
    for (int i = 0; i < p.grads.length; i++) {
      if (storageOf(p.grads[i]) == storage) {
        return p.owned[i];
      }
    }
    return !node.isUsers();
  }

  private static @Nullable Storage storageOf(@Nullable Tensor t) {
    return t == null ? null : t.strided().storage();
  }

  private void walk(List<Node.Edge> roots) {
    PriorityQueue<Node> ready =
        new PriorityQueue<>(Comparator.comparingLong((Node n) -> -n.sequence));
    for (Node.Edge root : roots) {
      if (of(root.node()).awaited == 0 && !ready.contains(root.node())) {
        ready.add(root.node());
      }
    }
    while (!ready.isEmpty()) {
      Node node = ready.remove();
      Pending p = of(node);
      if (node.runPreHooks(p.grads)) {
        java.util.Arrays.fill(p.owned, false);
      }
      capture(node, p);
      @Nullable Tensor[] out = mustRun(node, p) ? run(node, p) : null;
      for (int i = 0; i < node.next.length; i++) {
        Node.Edge e = node.next[i];
        if (e != null) {
          Tensor g = out == null ? null : out[i];
          if (out != null && g != null && of(e.node()).wanted) {
            deliver(e, g, isOwned(node, p, out, i));
          }
          if (--of(e.node()).awaited == 0) {
            ready.add(e.node());
          }
        }
      }
    }
  }

  private void capture(Node node, Pending p) {
    for (int i = 0; i < captured.length; i++) {
      if (captures.get(i).node() == node) {
        captured[i] = p.grads[captures.get(i).nr()];
        p.owned[captures.get(i).nr()] = false;
      }
    }
  }

  private boolean mustRun(Node node, Pending p) {
    if (captures.isEmpty()) {
      return true;
    }
    if (node instanceof AccumulateGrad || !p.wanted) {
      return false;
    }
    for (Node.Edge e : node.next) {
      if (e != null && of(e.node()).wanted) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Tensor[] run(Node node, Pending p) {
    @Nullable Tensor[] out = node.apply(p.grads, p.owned);
    if (!retainGraph) {
      node.release();
    }
    return out;
  }
}
