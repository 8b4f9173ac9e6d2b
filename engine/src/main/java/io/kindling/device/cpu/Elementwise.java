package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.Operand;
import io.kindling.device.Strided;

/** Decides whether a pointwise kernel runs on oneDNN, and runs it there. */
final class Elementwise {
  private Elementwise() {}

  /**
   * Runs the kernel of that name on float32 operands.
   *
   * @return false if nothing was done
   */
  static boolean run(String name, Strided out, Operand[] operands) {
    ElementwisePrimitives.Entry entry = ElementwisePrimitives.TABLE.get(name);
    long n = out.numel();
    if (entry == null || n < entry.least() || !OneDnnBackend.areFloat(out)) {
      return false;
    }
    Strided[] in = new Strided[operands.length];
    for (int i = 0; i < in.length; i++) {
      if (!(operands[i] instanceof Strided s) || !OneDnnBackend.areFloat(s)) {
        return false;
      }
      in[i] = s;
    }
    Layout layout = out.layout();
    if (!layout.isDense() || !in[0].layout().sameGeometry(layout)) {
      return false;
    }
    return switch (entry.form()) {
      case UNARY -> unary(entry, out, in[0], n);
      case BACKWARD -> in[1].layout().sameGeometry(layout) && backward(entry, out, in[0], in[1], n);
      case BINARY -> binary(entry, out, in[0], in[1], n);
    };
  }

  private static boolean unary(ElementwisePrimitives.Entry entry, Strided out, Strided in, long n) {
    Primitives local = Primitives.local();
    Plan plan = ElementwisePrimitives.unary(local, entry.algorithm(), n);
    if (plan == null || !holds(entry.guard(), in)) {
      return false;
    }
    plan.bind(0, in.hostAddress()).bind(1, out.hostAddress()).run(local);
    return true;
  }

  private static boolean backward(
      ElementwisePrimitives.Entry entry, Strided out, Strided grad, Strided y, long n) {
    Primitives local = Primitives.local();
    Plan plan = ElementwisePrimitives.backward(local, entry.algorithm(), n);
    if (plan == null || !holds(entry.guard(), grad)) {
      return false;
    }
    plan.bind(0, grad.hostAddress()).bind(1, y.hostAddress()).bind(2, out.hostAddress()).run(local);
    return true;
  }

  private static boolean binary(
      ElementwisePrimitives.Entry entry, Strided out, Strided a, Strided b, long n) {
    long period = ElementwisePrimitives.period(out.layout(), b.layout());
    if (period == 0) {
      return false;
    }
    Primitives local = Primitives.local();
    Plan plan = ElementwisePrimitives.binary(local, entry.algorithm(), n, period);
    if (plan == null) {
      return false;
    }
    plan.bind(0, a.hostAddress()).bind(1, b.hostAddress()).bind(2, out.hostAddress()).run(local);
    return true;
  }

  /** Whether a tensor has no element that oneDNN treats differently; true means surely. */
  static boolean holds(ElementwisePrimitives.Guard guard, Strided in) {
    if (guard == ElementwisePrimitives.Guard.NOTHING) {
      return true;
    }
    if (!in.layout().isDense()) {
      return false;
    }
    Primitives local = Primitives.local();
    long n = in.numel();
    float total = local.sums().total(in.hostAddress(), n, local.work().atLeast(Sums.totalBytes(n)));
    return guard == ElementwisePrimitives.Guard.FINITE
        ? Float.isFinite(total)
        : !Float.isNaN(total);
  }
}
