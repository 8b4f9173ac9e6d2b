package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.Pool;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/** Pools of float32 operands of any layout by oneDNN; a pool that is not derived stores nothing. */
final class Pools {
  /** Where channels are no multiple of it, oneDNN computes one by one. */
  private static final long VECTOR = 8;

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
    boolean narrow = dx.layout().size(1) % VECTOR != 0;
    // A large window's winners are not bytes.
    if (narrow && winners != null && winners.numel() == grad.numel()) {
      scatter(backend, window, dx, grad, winners);
    } else {
      run(backend, plan, grad, dx, winners);
    }
    return true;
  }

  /**
   * Adds each gradient where its winner was: faster than oneDNN, which has few channels for its
   * vectors. A winner is counted within its window, row by row.
   */
  private static void scatter(
      Backend backend, Window w, Strided dx, Strided grad, Strided winners) {
    try (Copies copies = new Copies(backend)) {
      Strided in = copies.asChannelsLast(grad);
      Strided out = copies.roomChannelsLast(dx);
      Layout image = dx.layout();
      int channels = (int) image.size(1);
      long width = image.size(3);
      int[] places = new int[w.kernelH() * w.kernelW()];
      for (int k = 0; k < places.length; k++) {
        long row = (long) k / w.kernelW() * w.dilationH();
        long column = (long) k % w.kernelW() * w.dilationW();
        places[k] = Math.toIntExact((row * width + column) * channels);
      }
      long to = out.hostAddress();
      Raw.zero(to, out.numel() * Float.BYTES);
      long from = in.hostAddress();
      long won = winners.hostAddress();
      boolean apart =
          w.strideH() > w.dilationH() * (w.kernelH() - 1)
              && w.strideW() > w.dilationW() * (w.kernelW() - 1);
      long at = 0;
      Layout small = grad.layout();
      for (long n = 0; n < small.size(0); n++) {
        for (long y = 0; y < small.size(2); y++) {
          for (long x = 0; x < small.size(3); x++, at += channels) {
            long row = n * image.size(2) + y * w.strideH() - w.padH();
            long first = (row * width + x * w.strideW() - w.padW()) * channels;
            if (apart) {
              place(places, won + at, from + 4L * at, to + 4L * first, channels);
            } else {
              scatter(places, won + at, from + 4L * at, to + 4L * first, channels);
            }
          }
        }
      }
      copies.deliver(out, dx);
    }
  }

  private static void scatter(int[] places, long winners, long grad, long to, int channels) {
    for (int c = 0; c < channels; c++) {
      long at = to + 4L * (places[Raw.getByte(winners + c) & 0xff] + c);
      Raw.putFloat(at, Raw.getFloat(at) + Raw.getFloat(grad + 4L * c));
    }
  }

  /** As {@link #scatter} where no two windows meet. */
  private static void place(int[] places, long winners, long grad, long to, int channels) {
    for (int c = 0; c < channels; c++) {
      int place = places[Raw.getByte(winners + c) & 0xff] + c;
      Raw.putFloat(to + 4L * place, Raw.getFloat(grad + 4L * c));
    }
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
