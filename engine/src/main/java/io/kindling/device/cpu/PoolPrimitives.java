package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import io.kindling.device.Pool;
import io.kindling.device.Window;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Pools of channels-last activations; a max pool's winners are oneDNN's workspace. */
final class PoolPrimitives {
  private PoolPrimitives() {}

  /** What a pooling is made of. */
  private record Geometry(Pool kind, boolean derived, Window window, Layout x, Layout out) {
    Key key(Primitives local, PrimitiveKind primitive) {
      Key key = local.key(primitive).add(kind.ordinal()).add(derived ? 1 : 0);
      key.add(window.kernelH()).add(window.kernelW());
      key.add(window.strideH()).add(window.strideW()).add(window.padH()).add(window.padW());
      key.add(window.dilationH()).add(window.dilationW());
      for (int d = 0; d < 4; d++) {
        key.add(x.size(d)).add(out.size(d));
      }
      return key;
    }

    private long[] strides() {
      return new long[] {window.strideH(), window.strideW()};
    }

    private long[] kernel() {
      return new long[] {window.kernelH(), window.kernelW()};
    }

    private long[] dilates() {
      return new long[] {window.dilationH() - 1, window.dilationW() - 1};
    }

    private long[] pads() {
      return new long[] {window.padH(), window.padW()};
    }

    private int algorithm() {
      return switch (kind) {
        case MAX -> dnnl_pooling_max;
        case AVERAGE -> dnnl_pooling_avg_include_padding;
        case AVERAGE_INSIDE -> dnnl_pooling_avg_exclude_padding;
      };
    }

    /** Whether the winners go from the forward to the backward pass. */
    boolean remembers() {
      return derived && kind == Pool.MAX;
    }

    @Nullable dnnl_primitive_desc forward(Descriptors d) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_pooling_forward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              derived ? dnnl_forward_training : dnnl_forward_inference,
              algorithm(),
              d.channelsLast(x),
              d.channelsLast(out),
              strides(),
              kernel(),
              dilates(),
              pads(),
              pads(),
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }

    @Nullable dnnl_primitive_desc backward(Descriptors d, dnnl_primitive_desc hint) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_pooling_backward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              algorithm(),
              d.channelsLast(x),
              d.channelsLast(out),
              strides(),
              kernel(),
              dilates(),
              pads(),
              pads(),
              hint,
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }
  }

  /** {@code x -> out, winners}; slots: x, out and, of a max pool to be derived, winners. */
  static @Nullable Plan forward(
      Primitives local, Pool kind, Window window, Layout x, Layout out, boolean derived) {
    Geometry g = new Geometry(kind, derived, window, x, out);
    PrimitiveKind primitive = PrimitiveKind.POOL;
    return local.find(g.key(local, primitive), primitive, () -> makeForward(g));
  }

  private static @Nullable Plan makeForward(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc pd = g.forward(d);
      if (pd == null) {
        return null;
      }
      String name = "pool " + g;
      return Plan.of(
          g.remembers()
              ? new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE)
              : new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }

  /** {@code grad, winners -> dx}; slots: grad, dx and, of a max pool, winners. */
  static @Nullable Plan backward(
      Primitives local, Pool kind, Window window, Layout dx, Layout grad) {
    Geometry g = new Geometry(kind, true, window, dx, grad);
    PrimitiveKind primitive = PrimitiveKind.POOL_INPUT;
    return local.find(g.key(local, primitive), primitive, () -> makeBackward(g));
  }

  private static @Nullable Plan makeBackward(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc hint = g.forward(d);
      dnnl_primitive_desc pd = hint == null ? null : g.backward(d, hint);
      if (pd == null) {
        return null;
      }
      String name = "pool input " + g;
      return Plan.of(
          g.remembers()
              ? new Prepared(name, pd, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_WORKSPACE)
              : new Prepared(name, pd, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC));
    }
  }
}
