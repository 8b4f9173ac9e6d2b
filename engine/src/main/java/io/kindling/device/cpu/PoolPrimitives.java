package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import io.kindling.device.Window;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Max-pooling of channels-last activations; the winners are oneDNN's workspace. */
final class PoolPrimitives {
  private PoolPrimitives() {}

  /** What a pooling is made of. */
  private record Geometry(Window window, Layout x, Layout out) {
    Key key(Primitives local, PrimitiveKind kind) {
      Key key = local.key(kind).add(window.kernelH()).add(window.kernelW());
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

    @Nullable dnnl_primitive_desc forward(Descriptors d) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_pooling_forward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              dnnl_forward_training,
              dnnl_pooling_max,
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
              dnnl_pooling_max,
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

  /** {@code x -> out, winners}; slots: x, out, winners. */
  static @Nullable Plan forward(Primitives local, Window window, Layout x, Layout out) {
    Geometry g = new Geometry(window, x, out);
    PrimitiveKind kind = PrimitiveKind.MAX_POOL;
    return local.find(g.key(local, kind), kind, () -> makeForward(g));
  }

  private static @Nullable Plan makeForward(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc pd = g.forward(d);
      return pd == null
          ? null
          : Plan.of(
              new Prepared("max-pool " + g, pd, DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE));
    }
  }

  /** {@code grad, winners -> dx}; slots: grad, winners, dx. */
  static @Nullable Plan backward(Primitives local, Window window, Layout dx, Layout grad) {
    Geometry g = new Geometry(window, dx, grad);
    PrimitiveKind kind = PrimitiveKind.MAX_POOL_INPUT;
    return local.find(g.key(local, kind), kind, () -> makeBackward(g));
  }

  private static @Nullable Plan makeBackward(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc hint = g.forward(d);
      dnnl_primitive_desc pd = hint == null ? null : g.backward(d, hint);
      return pd == null
          ? null
          : Plan.of(
              new Prepared(
                  "max-pool input " + g,
                  pd,
                  DNNL_ARG_DIFF_DST,
                  DNNL_ARG_WORKSPACE,
                  DNNL_ARG_DIFF_SRC));
    }
  }
}
