package io.kindling.fuzz;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which strides of a program's variables must be the same on both sides. */
final class Layouts {
  /** Here the strides decide whether memory is shared. */
  private static final Set<String> SHARING = Set.of("view", "reshape", "flatten", "contiguous");

  private final Program program;

  /** Variables whose strides differ, and may. */
  private final Set<Integer> strange = new HashSet<>();

  private final Map<Integer, Boolean> dense = new HashMap<>();

  Layouts(Program program) {
    this.program = program;
  }

  /** Whether strides differ that PyTorch promises. */
  boolean differ(Seen a, Seen b) {
    Step s = program.steps().get(a.step());
    if (s instanceof Step.Grads g && a.refusal() == null && b.refusal() == null) {
      // what backward leaves in a leaf; a derivative of its own is laid out as it comes
      boolean kept = g.mode() == Step.Mode.RETAINED || g.mode() == Step.Mode.BACKWARD;
      return kept && a.size() > 0 && !same(a, b);
    }
    if (a.refusal() != null || b.refusal() != null || !a.what().equals("v" + s.out())) {
      return false;
    }
    dense.put(s.out(), isDense(b));
    if (a.size() == 0 || same(a, b)) {
      return false;
    }
    strange.add(s.out());
    if (!(s instanceof Step.Call call) || call.args().stream().anyMatch(strange::contains)) {
      return false;
    }
    return switch (Ops.get(call.op()).strides()) {
      case FREE -> false;
      case KEPT -> call.args().stream().allMatch(v -> dense.getOrDefault(v, false));
      case EXACT -> true;
    };
  }

  /** Whether one side may give a view where the other gives a copy. */
  boolean aliasesDiffer(Seen a) {
    return program.steps().get(a.step()) instanceof Step.Call call
        && SHARING.contains(call.op())
        && strange.contains(call.args().get(0));
  }

  /** A dimension of size one has any stride. */
  private static boolean same(Seen a, Seen b) {
    for (int d = 0; d < a.strides().length; d++) {
      if (a.shape()[d] != 1 && a.strides()[d] != b.strides()[d]) {
        return false;
      }
    }
    return true;
  }

  /** Neither gaps nor overlaps. */
  private static boolean isDense(Seen s) {
    long expected = 1;
    boolean[] used = new boolean[s.shape().length];
    for (int n = 0; n < used.length; n++) {
      for (int d = 0; d < used.length; d++) {
        if (!used[d] && (s.shape()[d] == 1 || s.strides()[d] == expected)) {
          used[d] = true;
          expected *= s.shape()[d];
          break;
        }
      }
    }
    for (boolean u : used) {
      if (!u) {
        return false;
      }
    }
    return true;
  }
}
