package io.kindling.fuzz;

import io.kindling.core.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs on one side and keeps what is seen of it. A step that is refused defines nothing;
 * steps that read what is not defined are passed over, on both sides alike.
 */
abstract class Machine<T> {
  final Map<Integer, T> variables = new LinkedHashMap<>();
  final List<Seen> seen = new ArrayList<>();
  private final List<T> leaves = new ArrayList<>();
  private int step = -1;

  abstract T constant(DType dtype, long[] shape, Number[] values);

  abstract T leaf(T values, boolean grad);

  abstract T apply(Op op, List<T> args, Op.Params params);

  abstract boolean requiresGrad(T x);

  abstract Seen look(int step, String what, T x);

  abstract boolean isTyped(RuntimeException e);

  abstract void backward(T root, T gradient, boolean retain);

  abstract @Nullable T grad(T leaf);

  abstract List<@Nullable T> grads(
      List<T> roots, List<T> gradients, List<T> inputs, boolean create);

  T view(T x, String op, Object... params) {
    return apply(Ops.get(op), List.of(x), new Op.Params(List.of(params)));
  }

  /** The values of a leaf; the oracle's answers to slightly different ones tell its stability. */
  Number[] values(Step.Leaf leaf) {
    return leaf.data().values(leaf.dtype(), leaf.numel());
  }

  void run(Program program) {
    program.steps().forEach(this::run);
  }

  void run(Step s) {
    step++;
    if (!variables.keySet().containsAll(s.args())) {
      return;
    }
    try {
      if (s instanceof Step.Leaf leaf) {
        define(leaf);
      } else if (s instanceof Step.Call call) {
        call(call);
      } else if (s instanceof Step.Grads grads) {
        grads(grads);
      }
    } catch (RuntimeException e) {
      seen.add(Seen.refused(step, "v" + s.out(), e.toString(), isTyped(e)));
    }
  }

  private void define(Step.Leaf s) {
    Number[] values = s.how().spread(values(s), s.shape());
    T base = constant(s.dtype(), s.how().base(s.shape()), values);
    T x = leaf(s.how().view(this, base, s.shape()), s.grad());
    variables.put(s.out(), x);
    seen.add(look(step, "v" + s.out(), x));
    if (s.grad()) {
      leaves.add(x);
    }
  }

  private List<T> args(Step s) {
    List<T> out = new ArrayList<>();
    for (int a : s.args()) {
      out.add(variables.get(a));
    }
    return out;
  }

  private void call(Step.Call s) {
    Op op = Ops.get(s.op());
    T y = apply(op, args(s), new Op.Params(s.params()));
    variables.put(s.out(), y);
    seen.add(look(step, "v" + s.out(), y));
    if (op.writes()) {
      variables.forEach((v, x) -> seen.add(look(step, "v" + v + " after the write", x)));
    }
  }

  /** A fixed tensor of small numbers like {@code x}. */
  private T multiples(T x, long seed) {
    Random r = new Random(seed);
    Seen like = look(step, "", x);
    Number[] values = new Number[like.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (r.nextInt(17) - 8) / 4.0;
    }
    return constant(java.util.Objects.requireNonNull(like.dtype()), like.shape(), values);
  }

  private void grads(Step.Grads s) {
    List<T> roots = args(s).stream().filter(this::requiresGrad).toList();
    if (roots.isEmpty() || leaves.isEmpty()) {
      return;
    }
    List<T> gradients = new ArrayList<>();
    for (T root : roots) {
      gradients.add(multiples(root, s.seed() + gradients.size()));
    }
    switch (s.mode()) {
      case RETAINED, BACKWARD -> {
        for (int i = 0; i < roots.size(); i++) {
          backward(roots.get(i), gradients.get(i), s.mode() == Step.Mode.RETAINED);
        }
        show("gradient", leaves.stream().map(this::grad).toList());
      }
      case GRAD -> show("gradient", grads(roots, gradients, leaves, false));
      case TWICE -> {
        List<@Nullable T> first = grads(roots, gradients, leaves, true);
        show("gradient", first);
        List<T> again = new ArrayList<>();
        List<T> more = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
          T g = first.get(i);
          if (g != null && requiresGrad(g)) {
            again.add(g);
            more.add(multiples(g, s.seed() + 100 + i));
          }
        }
        if (!again.isEmpty()) {
          show("second derivative", grads(again, more, leaves, false));
        }
      }
    }
  }

  private void show(String what, List<@Nullable T> gradients) {
    for (int i = 0; i < gradients.size(); i++) {
      T g = gradients.get(i);
      String label = what + " of leaf " + i;
      seen.add(g == null ? Seen.refused(step, label, Seen.ABSENT, true) : look(step, label, g));
    }
  }
}
