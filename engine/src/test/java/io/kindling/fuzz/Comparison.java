package io.kindling.fuzz;

import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/** Runs a program on both sides and finds the first difference. */
final class Comparison {
  private Comparison() {}

  /** In what two sides differ. */
  enum Kind {
    /** Kindling refuses what libtorch does. */
    REFUSED,
    /** Kindling does what libtorch refuses. */
    ALLOWED,
    /** Both refuse, Kindling with an error that users are not promised. */
    UNTYPED,
    DTYPE,
    SHAPE,
    STRIDES,
    REQUIRES_GRAD,
    IS_LEAF,
    /** One side has a gradient, the other none. */
    ABSENT,
    VALUES
  }

  /** The first difference; {@code step} indexes the program. */
  record Difference(Program program, Kind kind, int step, Seen ours, Seen theirs) {
    Step at() {
      return program.steps().get(step);
    }

    /** The operator at fault, or "grads" and what of it. */
    String where() {
      return at() instanceof Step.Call call ? call.op() : ours.what().replaceAll(" of .*", "");
    }

    /** What stays the same while a program shrinks. */
    String signature() {
      return kind + " " + where();
    }

    @Override
    public String toString() {
      return program.toString().replaceAll("(?m)^", "  ")
          + "\n  "
          + kind
          + " at step "
          + step
          + ", "
          + ours.what()
          + "\n  Kindling: "
          + ours
          + "\n  libtorch: "
          + theirs;
    }
  }

  /**
   * Frees the libtorch tensors made until it closes, and keeps until then what owns them: a tensor
   * out of a tuple or list is a part of it. oneDNN's own pointers are not among them.
   */
  @SuppressWarnings("unchecked") // an array of classes
  static PointerScope scope() {
    return new PointerScope(
        org.bytedeco.pytorch.Tensor.class,
        org.bytedeco.pytorch.T_TensorTensor_T.class,
        TensorVector.class,
        Scalar.class);
  }

  static @Nullable Difference run(Program program) {
    try (PointerScope native_ = scope();
        io.kindling.device.Scope memory = io.kindling.device.Scope.open()) {
      Theirs theirs = new Theirs();
      theirs.run(program);
      return against(program, theirs);
    }
  }

  /** The first difference of Kindling from what {@code theirs} has seen. */
  static @Nullable Difference against(Program program, Theirs theirs) {
    Ours ours = new Ours();
    ours.run(program);
    Layouts layouts = new Layouts(program);
    double largest = 0;
    int n = Math.min(ours.seen.size(), theirs.seen.size());
    for (int i = 0; i < n; i++) {
      Seen a = ours.seen.get(i);
      Seen b = theirs.seen.get(i);
      double relative = Tolerance.relative(theirs.seen.subList(0, i + 1));
      largest = Math.max(largest, b.largest());
      Kind kind = kind(a, b, relative);
      boolean differ = layouts.differ(a, b);
      if (kind == null && differ) {
        kind = Kind.STRIDES;
      }
      if (isOpen(program, a, b)
          || (layouts.aliasesDiffer(a) && kind != Kind.REFUSED)
          || (kind == Kind.VALUES && isUnstable(program, i, a, b, relative, largest))) {
        return null; // what follows says nothing
      }
      if (kind != null) {
        return new Difference(program, kind, a.step(), a, b);
      }
    }
    return null;
  }

  /** A write through an index may be refused in its middle: what it leaves is open. */
  private static boolean isOpen(Program program, Seen a, Seen b) {
    return a.refusal() != null
        && b.refusal() != null
        && a.typed()
        && program.steps().get(a.step()) instanceof Step.Call call
        && (call.op().startsWith("set") || call.op().equals("scatter_"));
  }

  private static @Nullable Kind kind(Seen a, Seen b, double relative) {
    if (a.refusal() != null || b.refusal() != null) {
      if (a.isAbsent() != b.isAbsent() && (a.refusal() == null || b.refusal() == null)) {
        // PyTorch itself gives zeros for one operator's second derivative and none for another's.
        return a.what().startsWith("second") && a.isZero() && b.isZero() ? null : Kind.ABSENT;
      }
      if (a.refusal() == null) {
        return Kind.ALLOWED;
      }
      return b.refusal() == null ? Kind.REFUSED : a.typed() ? null : Kind.UNTYPED;
    }
    if (a.dtype() != b.dtype()) {
      return Kind.DTYPE;
    }
    if (!Arrays.equals(a.shape(), b.shape())) {
      return Kind.SHAPE;
    }
    if (!a.isGradient()) {
      if (a.requiresGrad() != b.requiresGrad()) {
        return Kind.REQUIRES_GRAD;
      }
      if (a.leaf() != b.leaf()) {
        return Kind.IS_LEAF;
      }
    }
    return worst(a, b, relative) < 0 ? null : Kind.VALUES;
  }

  /** The element that is farthest off, or -1. */
  private static int worst(Seen a, Seen b, double relative) {
    if (a.values() instanceof long[] x) {
      return Arrays.mismatch(x, (long[]) Objects.requireNonNull(b.values()));
    }
    int worst = -1;
    double excess = 0;
    for (int i = 0; i < b.size(); i++) {
      double gap = gap(a.at(i), b.at(i));
      double allowed = Tolerance.allowed(relative, b.at(i));
      if (gap > allowed && gap - allowed > excess) {
        worst = i;
        excess = gap - allowed;
      }
    }
    return worst;
  }

  /** Infinite between a number and what is none. */
  private static double gap(double a, double b) {
    if (a == b || (Double.isNaN(a) && Double.isNaN(b))) {
      return 0;
    }
    double gap = Math.abs(a - b);
    return Double.isNaN(gap) ? Double.POSITIVE_INFINITY : gap;
  }

  /** Whether libtorch's own answer moves as far when the leaves move by some units of precision. */
  private static boolean isUnstable(
      Program program, int at, Seen a, Seen b, double relative, double largest) {
    double[] off = new double[b.size()];
    // A sum of large terms that cancel says no more than their precision.
    double rounding = relative * largest;
    if (b.values() instanceof double[]) {
      Arrays.fill(off, rounding / 30);
    }
    boolean integral = b.values() instanceof long[];
    int[] by = {3, -3, 8, -8};
    for (boolean evenly : new boolean[] {true, false}) {
      for (int k : by) {
        Theirs moved = new Theirs(k, evenly);
        moved.run(program);
        if (at >= moved.seen.size() || moved.seen.get(at).refusal() != null) {
          return true;
        }
        Seen m = moved.seen.get(at);
        for (int i = 0; i < off.length && m.size() == off.length; i++) {
          double g = gap(m.at(i), b.at(i));
          // Where ties are broken an answer jumps; that does not excuse another answer.
          boolean small = g <= 1e-2 * Math.max(1, Math.abs(b.at(i)));
          if (evenly || (small && !integral)) {
            off[i] = Math.max(off[i], g);
          }
        }
      }
    }
    for (int i = 0; i < off.length; i++) {
      double g = gap(a.at(i), b.at(i));
      if (g > 30 * off[i] && g > Tolerance.allowed(relative, b.at(i))) {
        return false;
      }
    }
    return true;
  }
}
