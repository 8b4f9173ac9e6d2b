package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.device.Scope;
import io.kindling.device.Storage;
import io.kindling.device.Strided;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A derivative reads tensors through {@link OpNode#saved} alone, so that changes in place are
 * noticed and memory can be given back. What it captured otherwise is found here by reflection.
 */
@DisplayName("A derivative's closure holds no tensor")
class DerivativeClosureTest {

  @TestFactory
  @DisplayName("A06 of any operator of the table, nor of its second derivative")
  Stream<DynamicNode> operators() {
    return OpTable.ROWS.stream().map(row -> dynamicTest(row.name, () -> check(row)));
  }

  private static void check(OpRow row) throws IllegalAccessException {
    Set<String> found = new TreeSet<>();
    for (OpRow.Form form : row.forms) {
      for (OpSample sample : form.samples()) {
        try (Scope scope = Scope.open()) {
          Tensor out = run(form, sample);
          if (out != null && out.requiresGrad()) {
            inspect(out, found);
          }
        }
      }
    }
    assertEquals(Set.of(), found);
  }

  private static @Nullable Tensor run(OpRow.Form form, OpSample sample) {
    Tensor[] x = sample.make(DType.FLOAT64, 2);
    for (int i = 0; i < x.length; i++) {
      if (x[i].isFloatingPoint() && sample.inputs().get(i).differentiable()) {
        x[i].requiresGrad_();
      }
    }
    try {
      return form.ours().apply(x);
    } catch (KindlingException | ArithmeticException e) {
      return null; // the operators' own test sees to it that libtorch refuses this too
    }
  }

  /** The graph of a result, and that of its gradients. */
  private static void inspect(Tensor out, Set<String> found) throws IllegalAccessException {
    Set<Node> nodes = graph(out);
    for (Node node : nodes) {
      if (node instanceof AccumulateGrad leaf) {
        leaf.leaf.setGrad(null);
      }
    }
    Tensor ones = Tensors.onesLike(out.detach()).requiresGrad_();
    try {
      out.backward(ones, true, true);
    } catch (KindlingException e) {
      return; // as above
    }
    Set<Node> all = Collections.newSetFromMap(new IdentityHashMap<>());
    all.addAll(nodes);
    for (Node node : nodes) {
      if (node instanceof AccumulateGrad leaf && leaf.leaf.grad() != null) {
        all.addAll(graph(leaf.leaf.grad()));
      }
    }
    for (Node node : all) {
      if (node instanceof OpNode op) {
        capturedBy(op, found);
      }
    }
  }

  private static Set<Node> graph(Tensor out) {
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Node> open = new ArrayDeque<>();
    if (out.edge() != null) {
      open.add(out.edge().node());
    }
    while (!open.isEmpty()) {
      Node node = open.removeLast();
      if (seen.add(node)) {
        node.nextFunctions().stream().filter(n -> n != null).forEach(open::add);
      }
    }
    return seen;
  }

  private static void capturedBy(OpNode node, Set<String> found) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>(List.of(node.derivative()));
    while (!open.isEmpty()) {
      Object o = open.removeLast();
      if (!seen.add(o)) {
        continue;
      }
      if (o instanceof Tensor || o instanceof Strided || o instanceof Storage) {
        found.add(node.name + " captured a " + o.getClass().getSimpleName());
      } else if (o instanceof Collection<?> c) {
        open.addAll(c);
      } else if (o.getClass().isArray()) {
        for (int i = 0;
            !o.getClass().componentType().isPrimitive() && i < Array.getLength(o);
            i++) {
          add(open, Array.get(o, i));
        }
      } else if (o.getClass().getName().startsWith("io.kindling.")) {
        fields(o, open);
      }
    }
  }

  private static void fields(Object o, Deque<Object> open) throws IllegalAccessException {
    for (Class<?> c = o.getClass(); c != null && c != Object.class; c = c.getSuperclass()) {
      for (Field f : c.getDeclaredFields()) {
        if (!Modifier.isStatic(f.getModifiers()) && !f.getType().isPrimitive()) {
          f.setAccessible(true);
          add(open, f.get(o));
        }
      }
    }
  }

  private static void add(Deque<Object> open, @Nullable Object o) {
    if (o != null && !(o instanceof Enum<?>)) {
      open.add(o);
    }
  }

  @Test
  @DisplayName("A06 and this test sees one that does")
  void seesACapture() throws IllegalAccessException {
    Tensor x = Tensors.ones(2).requiresGrad_();
    Tensor factor = Tensors.ones(2);
    Tensor y = Autograd.record("Bad", Tensors.ones(2), x, g -> g.mul(factor));
    Set<String> found = new TreeSet<>();
    inspect(y, found);
    assertEquals(Set.of("Bad captured a Tensor"), found);
  }
}
