package io.kindling.device.cpu;

import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.PackedCopies;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions of float32 operands of any layout by oneDNN. Each returns false where oneDNN has no
 * fast primitive, with nothing done. The packed weights of a storage are kept while its content is
 * the same, see {@link PackedCopies}; whether they are changes no bit, since one plan runs on both.
 */
final class Convolutions {
  private Convolutions() {}

  /** See {@link Backend#convolution}. */
  static boolean forward(
      Backend backend, Window window, Strided out, Strided x, Strided w, @Nullable Strided bias) {
    Primitives local = Primitives.local();
    Layout weight = w.layout().likeDense();
    Plan plan =
        touchesInput(window)
            ? ConvPrimitives.forward(local, window, x.layout(), weight, out.layout(), bias != null)
            : null;
    if (plan == null) {
      return false;
    }
    try (Copies copies = new Copies(backend)) {
      if (bias != null) {
        Strided row = bias.layout().isContiguous() ? bias : copies.dense(bias);
        plan.bind(3, row.hostAddress());
      }
      run(local, plan, copies, x, w, out);
    }
    return true;
  }

  /** See {@link Backend#convolutionInput}. */
  static boolean input(Backend backend, Window window, Strided dx, Strided grad, Strided w) {
    Primitives local = Primitives.local();
    Layout weight = w.layout().likeDense();
    Plan plan =
        touchesInput(window)
            ? ConvPrimitives.input(local, window, dx.layout(), weight, grad.layout())
            : null;
    if (plan == null) {
      return false;
    }
    try (Copies copies = new Copies(backend)) {
      run(local, plan, copies, grad, w, dx);
    }
    return true;
  }

  /** See {@link Backend#convolutionWeight}. */
  static boolean weight(Backend backend, Window window, Strided dw, Strided grad, Strided x) {
    Primitives local = Primitives.local();
    Layout weight = dw.layout().likeDense();
    Plan plan =
        touchesInput(window)
            ? ConvPrimitives.weight(local, window, x.layout(), weight, grad.layout())
            : null;
    if (plan == null) {
      return false;
    }
    try (Copies copies = new Copies(backend)) {
      Strided from = copies.asChannelsLast(grad);
      Strided input = copies.asChannelsLast(x);
      Strided to = dw.layout().isDense() ? dw : copies.like(dw);
      plan.bind(0, from.hostAddress())
          .bind(1, input.hostAddress())
          .bind(2, to.hostAddress())
          .run(local);
      copies.deliver(to, dw);
    }
    return true;
  }

  /** oneDNN 3.11 crashes on some convolutions with a window that lies in the padding alone. */
  private static boolean touchesInput(Window w) {
    return w.padH() <= w.dilationH() * (w.kernelH() - 1)
        && w.padW() <= w.dilationW() * (w.kernelW() - 1);
  }

  /** Slots of the plan: activations, weight, result. */
  private static void run(
      Primitives local, Plan plan, Copies copies, Strided from, Strided w, Strided out) {
    Strided in = copies.asChannelsLast(from);
    Strided to = copies.roomChannelsLast(out);
    plan.bind(0, in.hostAddress()).bind(2, to.hostAddress());
    try (PackedCopies.Copy packed = mayKeep(plan, w) ? packed(local, plan, copies, w) : null) {
      if (packed == null) {
        plan.bind(1, copies.asDense(w).hostAddress()).run(local);
      } else {
        plan.run(local, packed.address());
      }
    }
    copies.deliver(to, out);
  }

  /** What may change unseen is packed for each use. */
  private static boolean mayKeep(Plan plan, Strided w) {
    return plan.packs() && !w.storage().isForeign();
  }

  private static PackedCopies.@Nullable Copy packed(
      Primitives local, Plan plan, Copies copies, Strided w) {
    return w.storage()
        .packed()
        .lease(
            plan.format(),
            w.layout(),
            plan.packedBytes(),
            address -> plan.bind(1, copies.asDense(w).hostAddress()).pack(local, address));
  }
}
