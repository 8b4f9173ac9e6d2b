package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Batch norm of channels-last activations: the statistics of each channel, taken or given. Where
 * they are given it is oneDNN's inference, which stores nothing for a derivative.
 */
final class NormPrimitives {
  private NormPrimitives() {}

  /** What a batch norm is made of. */
  private record Geometry(Layout x, boolean weight, boolean bias, double eps, boolean given) {
    Key key(Primitives local, PrimitiveKind kind) {
      Key key = local.key(kind).add(weight ? 1 : 0).add(bias ? 1 : 0).add(given ? 1 : 0);
      key.add(Double.doubleToRawLongBits(eps));
      for (int d = 0; d < 4; d++) {
        key.add(x.size(d));
      }
      return key;
    }

    private int flags() {
      return (weight ? dnnl_use_scale : 0)
          | (bias ? dnnl_use_shift : 0)
          | (given ? dnnl_use_global_stats : 0);
    }

    @Nullable dnnl_primitive_desc forward(Descriptors d) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_memory_desc md = d.channelsLast(x);
      int status =
          dnnl_batch_normalization_forward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              given ? dnnl_forward_inference : dnnl_forward_training,
              md,
              md,
              (float) eps,
              flags(),
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }

    @Nullable dnnl_primitive_desc backward(Descriptors d, dnnl_primitive_desc hint) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_memory_desc md = d.channelsLast(x);
      int status =
          dnnl_batch_normalization_backward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              dnnl_backward,
              md,
              md,
              md,
              (float) eps,
              flags(),
              hint,
              Dnnl.ATTRIBUTES);
      return d.made(status, made, this);
    }
  }

  /** Slots: x, out, mean, variance, then the weight and the bias, as far as there are such. */
  static @Nullable Plan forward(
      Primitives local, Layout x, boolean weight, boolean bias, double eps, boolean given) {
    Geometry g = new Geometry(x, weight, bias, eps, given);
    PrimitiveKind kind = PrimitiveKind.BATCH_NORM;
    return local.find(
        g.key(local, kind),
        kind,
        () -> {
          try (Descriptors d = new Descriptors()) {
            dnnl_primitive_desc pd = g.forward(d);
            int[] args = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE};
            return pd == null
                ? null
                : Plan.of(
                    new Prepared(
                        "batch norm " + g,
                        pd,
                        with(args, weight, DNNL_ARG_SCALE, bias, DNNL_ARG_SHIFT)));
          }
        });
  }

  /** Slots: grad, x, mean, variance, dx, weight, dw, db; of the whole affine transformation. */
  static @Nullable Plan backward(Primitives local, Layout x, double eps) {
    Geometry g = new Geometry(x, true, true, eps, false);
    PrimitiveKind kind = PrimitiveKind.BATCH_NORM_INPUT;
    return local.find(
        g.key(local, kind),
        kind,
        () -> {
          try (Descriptors d = new Descriptors()) {
            dnnl_primitive_desc hint = g.forward(d);
            dnnl_primitive_desc pd = hint == null ? null : g.backward(d, hint);
            return pd == null
                ? null
                : Plan.of(
                    new Prepared(
                        "batch norm input " + g,
                        pd,
                        DNNL_ARG_DIFF_DST,
                        DNNL_ARG_SRC,
                        DNNL_ARG_MEAN,
                        DNNL_ARG_VARIANCE,
                        DNNL_ARG_DIFF_SRC,
                        DNNL_ARG_SCALE,
                        DNNL_ARG_DIFF_SCALE,
                        DNNL_ARG_DIFF_SHIFT));
          }
        });
  }

  private static int[] with(int[] args, boolean first, int a, boolean second, int b) {
    int[] all = java.util.Arrays.copyOf(args, args.length + (first ? 1 : 0) + (second ? 1 : 0));
    if (first) {
      all[args.length] = a;
    }
    if (second) {
      all[all.length - 1] = b;
    }
    return all;
  }
}
