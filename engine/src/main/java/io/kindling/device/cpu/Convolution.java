package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions as matrix products whose right matrix, the patches under the window, is never stored
 * as a whole: panels of it are read from the image as the product needs them. Columns run over
 * (image, row, column) of the plane, depth over (channel, window row, window column).
 */
final class Convolution<A> {
  private final Lanes<A> lanes;
  private final Window window;
  private final Strided w;
  private final long outChannels;
  private final long inChannels;
  private final long taps;

  /** {@code w} is the weight, or its gradient. */
  Convolution(Lanes<A> lanes, Window window, Strided w) {
    this.lanes = lanes;
    this.window = window;
    this.w = w;
    this.outChannels = w.layout().size(0) / window.groups();
    this.inChannels = w.layout().size(1);
    this.taps = (long) window.kernelH() * window.kernelW();
  }

  /** See {@link io.kindling.device.Backend#convolution}. */
  void forward(Strided out, Strided x, @Nullable Strided bias) {
    for (long g = 0; g < window.groups(); g++) {
      long k = g * outChannels;
      long columns = columns(out);
      Matrix<A> start =
          bias == null
              ? null
              : new Matrix.Folded<>(
                  lanes,
                  bias.dtype(),
                  bias.hostAddress() + k * step(bias, 0),
                  step(bias, 0),
                  new long[] {columns},
                  0);
      Gemm.multiply(
          new long[] {outChannels, columns, inChannels * taps},
          weight(g, 0, 1),
          Patches.of(lanes, window, x, g * inChannels, out.layout()),
          planes(out, k),
          start);
    }
  }

  /** See {@link io.kindling.device.Backend#convolutionInput}. */
  void input(Strided dx, Strided grad) {
    for (long g = 0; g < window.groups(); g++) {
      Gemm.multiply(
          new long[] {inChannels, columns(dx), outChannels * taps},
          weight(g, 1, 0),
          Patches.reversed(lanes, window, grad, g * outChannels, dx.layout()),
          planes(dx, g * inChannels),
          null);
    }
  }

  /** See {@link io.kindling.device.Backend#convolutionWeight}. */
  void weight(Strided grad, Strided x) {
    for (long g = 0; g < window.groups(); g++) {
      Gemm.multiply(
          new long[] {outChannels, inChannels * taps, columns(grad)},
          planes(grad, g * outChannels),
          Patches.of(lanes, window, x, g * inChannels, grad.layout()).transposed(),
          weight(g, 0, 1),
          null);
    }
  }

  private static long columns(Strided s) {
    return s.layout().size(0) * s.layout().size(2) * s.layout().size(3);
  }

  private static long step(Strided s, int dim) {
    return s.layout().stride(dim) * s.dtype().size();
  }

  /** One row for each index of {@code rowDim}; columns over {@code colDim} and the window. */
  private Matrix.Folded<A> weight(long group, int rowDim, int colDim) {
    return new Matrix.Folded<>(
        lanes,
        w.dtype(),
        w.hostAddress() + group * outChannels * step(w, 0),
        step(w, rowDim),
        new long[] {colDim == 0 ? outChannels : inChannels, window.kernelH(), window.kernelW()},
        step(w, colDim),
        step(w, 2),
        step(w, 3));
  }

  /** One row for each channel from {@code first} on. */
  private Matrix.Folded<A> planes(Strided s, long first) {
    DType type = s.dtype();
    return new Matrix.Folded<>(
        lanes,
        type,
        s.hostAddress() + first * step(s, 1),
        step(s, 1),
        new long[] {s.layout().size(0), s.layout().size(2), s.layout().size(3)},
        step(s, 0),
        step(s, 2),
        step(s, 3));
  }
}
