package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.fuzz.Comparison.Difference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a failing program smaller while it fails in the same way. */
final class Shrinker {
  private static final int ATTEMPTS = 600;

  private Difference best;
  private final String signature;
  private int attempts;

  private Shrinker(Difference d) {
    best = d;
    signature = d.signature();
  }

  static Difference shrink(Difference d) {
    Shrinker s = new Shrinker(d);
    s.accept(new Program(d.program().steps().subList(0, d.step() + 1)));
    long before;
    do {
      before = size(s.best.program());
      s.dropSteps();
      s.simplifyLeaves();
      s.simplifyGradients();
    } while (size(s.best.program()) < before && s.attempts < ATTEMPTS);
    s.spell();
    return s.best;
  }

  private static long size(Program p) {
    long elements = 0;
    for (Step s : p.steps()) {
      elements += s instanceof Step.Leaf f ? f.numel() : 0;
    }
    return p.toString().length() + elements;
  }

  private boolean accept(@Nullable Program p) {
    if (p == null || ++attempts > ATTEMPTS) {
      return false;
    }
    Difference d = Comparison.run(p);
    if (d == null || !d.signature().equals(signature)) {
      return false;
    }
    best = d;
    return true;
  }

  private void dropSteps() {
    for (int i = best.program().steps().size() - 1; i >= 0; i--) {
      if (i < best.program().steps().size() && !accept(without(best.program(), i))) {
        accept(bypassed(best.program(), i));
      }
    }
  }

  /** Without step {@code at} and all that reads what it defines. */
  private static Program without(Program p, int at) {
    List<Step> out = new ArrayList<>();
    List<Integer> gone = new ArrayList<>();
    for (int i = 0; i < p.steps().size(); i++) {
      Step s = p.steps().get(i);
      if (s instanceof Step.Grads g) {
        List<Integer> left = g.args().stream().filter(a -> !gone.contains(a)).toList();
        if (i != at && !left.isEmpty()) {
          out.add(new Step.Grads(left, g.mode(), g.seed()));
        }
      } else if (i == at || s.args().stream().anyMatch(gone::contains)) {
        gone.add(s.out());
      } else {
        out.add(s);
      }
    }
    return new Program(out);
  }

  /** As {@link #without}; what read the step's result reads its first argument. */
  private static @Nullable Program bypassed(Program p, int at) {
    Step s = p.steps().get(at);
    if (!(s instanceof Step.Call) || s.args().isEmpty()) {
      return null;
    }
    Map<Integer, Integer> names = new HashMap<>(Map.of(s.out(), s.args().get(0)));
    List<Step> out = new ArrayList<>();
    for (int i = 0; i < p.steps().size(); i++) {
      if (i != at) {
        out.add(renamed(p.steps().get(i), names));
      }
    }
    return new Program(out);
  }

  private static Step renamed(Step s, Map<Integer, Integer> names) {
    List<Integer> args = s.args().stream().map(a -> names.getOrDefault(a, a)).toList();
    if (s instanceof Step.Call c) {
      return new Step.Call(c.out(), c.op(), args, c.params());
    }
    return s instanceof Step.Grads g ? new Step.Grads(args, g.mode(), g.seed()) : s;
  }

  private void simplifyLeaves() {
    for (int i = 0; i < best.program().steps().size(); i++) {
      if (best.program().steps().get(i) instanceof Step.Leaf f) {
        Data data = f.data();
        tryLeaf(i, f.dtype(), f.shape(), Arrangement.DENSE, f.grad(), data);
        f = leaf(i);
        tryLeaf(i, f.dtype(), f.shape(), f.how(), false, data);
        f = leaf(i);
        tryLeaf(i, DType.FLOAT64, f.shape(), f.how(), f.grad(), data);
        for (int d = 0; d < leaf(i).shape().length; d++) {
          f = leaf(i);
          long[] smaller = f.shape().clone();
          if (smaller[d] > 1) {
            smaller[d] = 1;
            tryLeaf(i, f.dtype(), smaller.clone(), f.how(), f.grad(), data);
            smaller[d] = f.shape()[d] - 1;
            tryLeaf(i, f.dtype(), smaller, f.how(), f.grad(), data);
          }
        }
        f = leaf(i);
        Data plain = new Data(Data.Kind.PLAIN, 1, null);
        if (!data.equals(plain) && data.given() == null) {
          tryLeaf(i, f.dtype(), f.shape(), f.how(), f.grad(), plain);
        }
      }
    }
  }

  private Step.Leaf leaf(int i) {
    return (Step.Leaf) best.program().steps().get(i);
  }

  private void tryLeaf(int i, DType dtype, long[] shape, Arrangement how, boolean grad, Data data) {
    Step.Leaf old = leaf(i);
    boolean same =
        old.dtype() == dtype
            && Arrays.equals(old.shape(), shape)
            && old.how() == how
            && old.grad() == grad
            && old.data().equals(data);
    if (!same && (dtype.isFloatingPoint() || !grad)) {
      accept(replaced(i, new Step.Leaf(old.out(), dtype, shape, how, grad, data)));
    }
  }

  private Program replaced(int i, Step s) {
    List<Step> steps = new ArrayList<>(best.program().steps());
    steps.set(i, s);
    return new Program(steps);
  }

  private void simplifyGradients() {
    int last = best.program().steps().size() - 1;
    if (best.program().steps().get(last) instanceof Step.Grads g) {
      for (int i = 0; i < g.args().size() && g.args().size() > 1; i++) {
        List<Integer> fewer = new ArrayList<>(g.args());
        fewer.remove(i);
        if (accept(replaced(last, new Step.Grads(fewer, g.mode(), g.seed())))) {
          return;
        }
      }
    }
  }

  /** Writes out the values of small leaves. */
  private void spell() {
    attempts = 0;
    for (int i = 0; i < best.program().steps().size(); i++) {
      if (best.program().steps().get(i) instanceof Step.Leaf f
          && f.numel() <= 24
          && f.data().given() == null) {
        tryLeaf(i, f.dtype(), f.shape(), f.how(), f.grad(), f.data().spelled(f.dtype(), f.numel()));
      }
    }
  }
}
