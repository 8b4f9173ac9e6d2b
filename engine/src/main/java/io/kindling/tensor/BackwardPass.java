package io.kindling.tensor;

import io.kindling.device.Scope;
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
  /**
   * The gradients that have arrived at a node, and how many edges have not delivered yet. A
   * gradient is held while it is here; one that nobody outside this pass has seen is abandoned
   * besides, so that its memory goes back when the last node that takes it has run.
   */
  private static final class Pending {
    final @Nullable Tensor[] grads;
    int awaited;
    boolean wanted;

    Pending(int outputs) {
      grads = new Tensor[outputs];
    }

    void put(int nr, @Nullable Tensor grad) {
      Tensor before = grads[nr];
      if (grad != null) {
        grad.strided().storage().hold();
      }
      grads[nr] = grad;
      if (before != null) {
        before.strided().storage().letGo();
      }
    }

    void putAll(@Nullable Tensor[] values) {
      for (int i = 0; i < grads.length; i++) {
        put(i, values[i]);
      }
    }

    /** Somebody else is about to see the gradients. */
    void reclaim() {
      for (Tensor g : grads) {
        if (g != null) {
          g.strided().storage().reclaim();
        }
      }
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
    Pending p = of(edge.node());
    Tensor have = p.grads[edge.nr()];
    p.put(edge.nr(), have == null ? grad : sum(have, grad));
  }

  private Tensor sum(Tensor have, Tensor grad) {
    boolean over =
        have.strided().storage().isHeldAlone()
            && have.layout().isDense()
            && have.dtype() == grad.dtype();
    return over ? have.add_(grad) : have.add(grad);
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
      if (node.hasPreHooks()) {
        p.reclaim();
        p.putAll(node.runPreHooks(p.grads));
      }
      capture(node, p);
      if (mustRun(node, p)) {
        run(node, p);
      }
      p.putAll(new Tensor[p.grads.length]);
      for (Node.Edge e : node.next) {
        if (e != null && --of(e.node()).awaited == 0) {
          ready.add(e.node());
        }
      }
    }
  }

  private void capture(Node node, Pending p) {
    for (int i = 0; i < captured.length; i++) {
      if (captures.get(i).node() == node) {
        p.reclaim();
        captured[i] = p.grads[captures.get(i).nr()];
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

  /** What a node of ours allocates and does not pass on is dead when it has run. */
  private void run(Node node, Pending p) {
    if (node.isUsers()) {
      p.reclaim();
    }
    if (GradMode.isEnabled() || node.isUsers() || node instanceof AccumulateGrad) {
      pass(node, node.apply(p.grads));
      return;
    }
    try (Scope temporaries = Scope.temporaries()) {
      pass(node, node.apply(p.grads));
    }
  }

  private void pass(Node node, @Nullable Tensor[] grads) {
    for (int i = 0; i < node.next.length; i++) {
      Node.Edge e = node.next[i];
      Tensor g = e == null ? null : grads[i];
      if (e != null && g != null && of(e.node()).wanted) {
        deliver(e, g);
      }
    }
    if (!retainGraph) {
      node.release();
    }
  }
}
