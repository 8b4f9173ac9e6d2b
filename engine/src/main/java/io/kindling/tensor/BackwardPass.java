package io.kindling.tensor;

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
    int awaited;
    boolean wanted;

    Pending(int outputs) {
      grads = new Tensor[outputs];
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
        pass.deliver(roots.get(i), grads.get(i));
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

  private void deliver(Node.Edge edge, Tensor grad) {
    edge.node().validate(edge.nr(), grad);
    @Nullable Tensor[] grads = of(edge.node()).grads;
    Tensor have = grads[edge.nr()];
    grads[edge.nr()] = have == null ? grad : have.add(grad);
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
      node.runPreHooks(p.grads);
      capture(node, p.grads);
      @Nullable Tensor[] out = mustRun(node, p) ? run(node, p.grads) : null;
      for (int i = 0; i < node.next.length; i++) {
        Node.Edge e = node.next[i];
        if (e != null) {
          Tensor g = out == null ? null : out[i];
          if (g != null && of(e.node()).wanted) {
            deliver(e, g);
          }
          if (--of(e.node()).awaited == 0) {
            ready.add(e.node());
          }
        }
      }
    }
  }

  private void capture(Node node, @Nullable Tensor[] grads) {
    for (int i = 0; i < captured.length; i++) {
      if (captures.get(i).node() == node) {
        captured[i] = grads[captures.get(i).nr()];
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

  private @Nullable Tensor[] run(Node node, @Nullable Tensor[] grads) {
    @Nullable Tensor[] out = node.apply(grads);
    if (!retainGraph) {
      node.release();
    }
    return out;
  }
}
