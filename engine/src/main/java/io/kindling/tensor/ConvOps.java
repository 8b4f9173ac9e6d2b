package io.kindling.tensor;

import io.kindling.device.Backend;
import io.kindling.device.Window;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Convolution. It and its two gradients are closed under differentiation: the derivative of each is
 * made of the other two.
 */
final class ConvOps {
  private ConvOps() {}

  /** {@code x [N, C, H, W], w [K, C/groups, R, S], bias [K] -> [N, K, OH, OW]}. */
  static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    WindowChecks.convolution(x, w, bias, window);
    Tensor out =
        Activations.allocate("conv2d", outShape(x, x.size(1) == 0 ? 0 : w.size(0), window), x, w);
    Tensor[] inputs = bias == null ? new Tensor[] {x, w} : new Tensor[] {x, w, bias};
    run(
        "conv2d",
        out,
        inputs,
        b ->
            b.convolution(window, out.strided(), x.strided(), w.strided(), Dispatch.strided(bias)));
    long[] xShape = x.shape();
    long[] wShape = w.shape();
    boolean asked = x.layout().suggestsChannelsLast() || w.layout().suggestsChannelsLast();
    return Autograd.record(
        "ConvolutionBackward0",
        out,
        inputs,
        new Tensor[] {Autograd.savedFor(w, x), Autograd.savedFor(x, w)},
        (node, g) -> {
          Tensor dx = node.needs(0) ? convInput(g, node.saved(1), xShape, asked, window) : null;
          Tensor dw = node.needs(1) ? convWeight(g, node.saved(0), wShape, window) : null;
          if (node.next.length == 2) {
            return new Tensor[] {dx, dw};
          }
          return new Tensor[] {dx, dw, node.needs(2) ? sumOfPlanes(g, wShape[0]) : null};
        });
  }

  /** Kernels are not asked for outputs without elements. */
  private static void run(String operator, Tensor out, Tensor[] in, Consumer<Backend> kernel) {
    Dispatch.run(
        operator,
        in,
        backend -> {
          if (out.numel() > 0) {
            kernel.accept(backend);
          }
        });
  }

  static long[] outShape(Tensor x, long channels, Window window) {
    return new long[] {
      x.size(0), channels, window.outHeight(x.size(2)), window.outWidth(x.size(3))
    };
  }

  /** PyTorch's output of no input channels has none either, whatever the bias. */
  private static Tensor sumOfPlanes(Tensor g, long channels) {
    return g.size(1) == channels ? g.sum(0, 2, 3) : g.newZeros(channels);
  }

  private static Tensor convInput(Tensor g, Tensor w, long[] shape, boolean asked, Window window) {
    Tensor dx = Activations.allocate("conv2d_input", shape, asked, g, w);
    run(
        "conv2d_input",
        dx,
        new Tensor[] {g, w},
        b -> b.convolutionInput(window, dx.strided(), g.strided(), w.strided()));
    return Autograd.record(
        "ConvolutionBackwardBackward0",
        dx,
        new Tensor[] {g, w},
        new Tensor[] {g, w},
        (node, gg) ->
            new Tensor[] {
              node.needs(0) ? conv2d(gg, node.saved(1), null, window) : null,
              node.needs(1) ? convWeight(node.saved(0), gg, node.saved(1).shape(), window) : null
            });
  }

  private static Tensor convWeight(Tensor g, Tensor x, long[] shape, Window window) {
    Tensor dw = g.newEmpty(shape);
    run(
        "conv2d_weight",
        dw,
        new Tensor[] {g, x},
        b -> b.convolutionWeight(window, dw.strided(), g.strided(), x.strided()));
    return Autograd.record(
        "ConvolutionBackwardBackward0",
        dw,
        new Tensor[] {g, x},
        new Tensor[] {g, x},
        (node, gg) ->
            new Tensor[] {
              node.needs(0) ? conv2d(node.saved(1), gg, null, window) : null,
              node.needs(1)
                  ? convInput(
                      node.saved(0),
                      gg,
                      node.saved(1).shape(),
                      node.saved(1).layout().suggestsChannelsLast(),
                      window)
                  : null
            });
  }
}
