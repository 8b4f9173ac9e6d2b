package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Pool;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/** Pools over images. */
final class PoolOps {
  private PoolOps() {}

  /**
   * {@code x [N, C, H, W] -> [N, C, OH, OW]}.
   *
   * @throws io.kindling.core.DTypeException for types that PyTorch's pool does not take
   */
  static Tensor pool2d(Pool kind, Tensor x, Window window) {
    boolean max = kind == Pool.MAX;
    String name = max ? "max_pool2d" : "avg_pool2d";
    if (max ? x.dtype() == DType.BOOL : TypeRule.isNarrow(x.dtype())) {
      throw TypeRule.notImplemented(name, x.dtype());
    }
    Tensor out = Activations.allocate(name, ConvOps.outShape(x, x.size(1), window), x);
    @Nullable Strided winners =
        Dispatch.on(
            name,
            new Tensor[] {x},
            b -> b.pool(kind, window, out.strided(), x.strided(), Autograd.records(x)));
    Layout like = x.layout().likeDense();
    return Autograd.record(
        max ? "MaxPool2DWithIndicesBackward0" : "AvgPool2DBackward0",
        out,
        new Tensor[] {x},
        winners == null ? Autograd.NOTHING : new Tensor[] {x, new Tensor(winners)},
        (node, g) -> {
          Tensor from = max ? node.saved(0) : null;
          return new Tensor[] {input(kind, g, from, max ? node.saved(1) : null, like, window)};
        });
  }

  private static Tensor input(
      Pool kind,
      Tensor g,
      @Nullable Tensor x,
      @Nullable Tensor winners,
      Layout like,
      Window window) {
    Tensor dx = Tensor.allocate(g.device(), g.dtype(), like, "pool2d_backward");
    Dispatch.run(
        "pool2d_backward",
        new @Nullable Tensor[] {g, winners},
        b -> b.poolInput(kind, window, dx.strided(), g.strided(), Dispatch.strided(winners)));
    boolean max = kind == Pool.MAX;
    long[] shape = g.shape();
    return Autograd.record(
        max ? "MaxPool2DWithIndicesBackwardBackward0" : "AvgPool2DBackwardBackward0",
        dx,
        new Tensor[] {g},
        x == null ? Autograd.NOTHING : new Tensor[] {x},
        (node, gg) ->
            new Tensor[] {
              max ? picked(gg, node.saved(0), shape, window) : pool2d(kind, gg, window)
            });
  }

  /** What lies where each window of {@code x} has its largest. */
  private static Tensor picked(Tensor gg, Tensor x, long[] shape, Window window) {
    Tensor indices = gg.newEmpty(DType.INT64, shape);
    Dispatch.run(
        "max_pool2d",
        new Tensor[] {x},
        b -> b.maxPoolIndices(window, indices.strided(), x.strided()));
    return gg.flatten(2).gather(2, indices.flatten(2)).view(shape);
  }
}
