package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import io.kindling.device.Window;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions on channels-last activations. The weights come in any dense layout; the primitive
 * computes from a format of its own, into which its plan packs them. Evaluation runs what training
 * runs: for inference oneDNN has the same implementations, formats and scratch memory.
 */
final class ConvPrimitives {
  private ConvPrimitives() {}

  /**
   * What a convolution is made of; all activations are channels-last.
   *
   * @param x layout of the input
   * @param w layout of the weight, dense
   * @param out layout of the output
   */
  private record Geometry(Window window, Layout x, Layout w, Layout out, boolean bias) {
    Key key(Primitives local, PrimitiveKind kind) {
      Key key = local.key(kind).add(bias ? 1 : 0).add(window.groups());
      key.add(window.strideH()).add(window.strideW()).add(window.padH()).add(window.padW());
      key.add(window.dilationH()).add(window.dilationW());
      for (int d = 0; d < 4; d++) {
        key.add(x.size(d)).add(out.size(d));
      }
      return key.add(w);
    }

    private boolean grouped() {
      return window.groups() > 1;
    }

    private long[] weightDims() {
      long g = window.groups();
      long k = w.size(0);
      return grouped()
          ? new long[] {g, k / g, w.size(1), w.size(2), w.size(3)}
          : new long[] {k, w.size(1), w.size(2), w.size(3)};
    }

    dnnl_memory_desc weightAny(Descriptors d) {
      return d.any(weightDims());
    }

    dnnl_memory_desc weightPlain(Descriptors d) {
      long s = w.stride(0);
      return d.strided(
          weightDims(),
          grouped()
              ? new long[] {
                w.size(0) / window.groups() * s, s, w.stride(1), w.stride(2), w.stride(3)
              }
              : new long[] {s, w.stride(1), w.stride(2), w.stride(3)});
    }

    @Nullable dnnl_memory_desc biasPlain(Descriptors d) {
      return bias ? d.dense(w.size(0)) : null;
    }

    private long[] strides() {
      return new long[] {step(window.strideH(), out.size(2)), step(window.strideW(), out.size(3))};
    }

    /** A step that is never taken is 1: oneDNN 3.11 multiplies rows by it where it must not. */
    private static long step(long stride, long places) {
      return places == 1 ? 1 : stride;
    }

    private long[] dilates() {
      return new long[] {window.dilationH() - 1, window.dilationW() - 1};
    }

    private long[] pads() {
      return new long[] {window.padH(), window.padW()};
    }

    /** As far as the last window reaches; less than 0 where it ends inside the image. */
    private long[] padsAfter() {
      long[] after = new long[2];
      for (int d = 0; d < 2; d++) {
        long window = 1 + (w.size(2 + d) - 1) * (dilates()[d] + 1);
        after[d] = (out.size(2 + d) - 1) * strides()[d] + window - x.size(2 + d) - pads()[d];
      }
      return after;
    }

    @Nullable dnnl_primitive_desc forward(Descriptors d) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_convolution_forward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              dnnl_forward_training,
              dnnl_convolution_direct,
              d.channelsLast(x),
              weightAny(d),
              biasPlain(d),
              d.channelsLast(out),
              strides(),
              dilates(),
              pads(),
              padsAfter(),
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }

    @Nullable dnnl_primitive_desc input(Descriptors d, dnnl_primitive_desc hint) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_convolution_backward_data_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              dnnl_convolution_direct,
              d.channelsLast(x),
              weightAny(d),
              d.channelsLast(out),
              strides(),
              dilates(),
              pads(),
              padsAfter(),
              hint,
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }

    @Nullable dnnl_primitive_desc weight(Descriptors d, dnnl_primitive_desc hint) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_convolution_backward_weights_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              dnnl_convolution_direct,
              d.channelsLast(x),
              weightAny(d),
              null,
              d.channelsLast(out),
              strides(),
              dilates(),
              pads(),
              padsAfter(),
              hint,
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }
  }

  /** {@code x, w, bias -> out}; slots: x, w, out, bias. */
  static @Nullable Plan forward(
      Primitives local, Window window, Layout x, Layout w, Layout out, boolean bias) {
    Geometry g = new Geometry(window, x, w, out, bias);
    PrimitiveKind kind = PrimitiveKind.CONVOLUTION;
    return local.find(g.key(local, kind), kind, () -> makeForward(g));
  }

  private static @Nullable Plan makeForward(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc pd = g.forward(d);
      if (pd == null) {
        return null;
      }
      String name = "convolution " + g;
      Prepared made =
          g.bias()
              ? new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS)
              : new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST);
      return Plan.packing(made, pd, 1, DNNL_ARG_WEIGHTS, g.weightPlain(d));
    }
  }

  /** {@code grad, w -> dx}; slots: grad, w, dx. */
  static @Nullable Plan input(Primitives local, Window window, Layout dx, Layout w, Layout grad) {
    Geometry g = new Geometry(window, dx, w, grad, false);
    PrimitiveKind kind = PrimitiveKind.CONVOLUTION_INPUT;
    return local.find(g.key(local, kind), kind, () -> makeInput(g));
  }

  private static @Nullable Plan makeInput(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc hint = g.forward(d);
      dnnl_primitive_desc pd = hint == null ? null : g.input(d, hint);
      if (pd == null) {
        return null;
      }
      Prepared made =
          new Prepared(
              "convolution input " + g, pd, DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC);
      return Plan.packing(made, pd, 1, DNNL_ARG_WEIGHTS, g.weightPlain(d));
    }
  }

  /** {@code grad, x -> dw}; slots: grad, x, dw. */
  static @Nullable Plan weight(Primitives local, Window window, Layout x, Layout dw, Layout grad) {
    Geometry g = new Geometry(window, x, dw, grad, false);
    PrimitiveKind kind = PrimitiveKind.CONVOLUTION_WEIGHT;
    return local.find(g.key(local, kind), kind, () -> makeWeight(g));
  }

  private static @Nullable Plan makeWeight(Geometry g) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc hint = g.forward(d);
      dnnl_primitive_desc pd = hint == null ? null : g.weight(d, hint);
      if (pd == null) {
        return null;
      }
      Prepared made =
          new Prepared(
              "convolution weight " + g,
              pd,
              DNNL_ARG_DIFF_DST,
              DNNL_ARG_SRC,
              DNNL_ARG_DIFF_WEIGHTS);
      return Plan.unpacking(made, pd, 2, DNNL_ARG_DIFF_WEIGHTS, g.weightPlain(d));
    }
  }
}
