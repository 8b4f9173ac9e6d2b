package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.Pool;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/** Pools of float32 operands of any layout by oneDNN; a pool that is not derived stores nothing. */
final class Pools {
  private Pools() {}

  /**
   * What computes a pool, or null where it is not for oneDNN. NaN or infinity in {@code x} is found
   * beforehand and left to Java: oneDNN's max overlooks NaN and what is below the least number.
   */
  static @Nullable Plan forward(Pool kind, Window window, Strided out, Strided x, boolean derived) {
    Primitives local = Primitives.local();
    boolean max = kind == Pool.MAX;
    boolean fits =
        !(max && derived)
            || PoolPrimitives.backward(local, kind, window, x.layout(), out.layout()) != null;
    return fits && (!max || Elementwise.holds(ElementwisePrimitives.Guard.FINITE, x))
        ? PoolPrimitives.forward(local, kind, window, x.layout(), out.layout(), derived)
        : null;
  }

  /** Runs what {@link #forward} gave; the winners if it is to remember them. */
  static @Nullable Strided run(
      Backend backend, Plan plan, Strided out, Strided x, boolean remembers) {
    Strided winners = null;
    if (remembers) {
      winners = Strided.allocate(DType.UINT8, Layout.contiguous(plan.bytes(2)), "max_pool2d");
    }
    run(backend, plan, x, out, winners);
    return winners;
  }

  /** See {@link Backend#poolInput}; false where oneDNN has no fast primitive. */
  static boolean input(
      Backend backend,
      Pool kind,
      Window window,
      Strided dx,
      Strided grad,
      @Nullable Strided winners) {
    Plan plan =
        PoolPrimitives.backward(Primitives.local(), kind, window, dx.layout(), grad.layout());
    if (plan == null) {
      return false;
    }
    run(backend, plan, grad, dx, winners);
    return true;
  }

  private static void run(
      Backend backend, Plan plan, Strided from, Strided to, @Nullable Strided winners) {
    try (Copies copies = new Copies(backend)) {
      Strided in = copies.asChannelsLast(from);
      Strided out = copies.roomChannelsLast(to);
      plan.bind(0, in.hostAddress()).bind(1, out.hostAddress());
      if (winners != null) {
        plan.bind(2, winners.hostAddress());
      }
      plan.run(Primitives.local());
      copies.deliver(out, to);
    }
  }
}
