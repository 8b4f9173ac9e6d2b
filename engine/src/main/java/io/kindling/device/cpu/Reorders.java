package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Copies between layouts. */
final class Reorders {
  /** A smaller copy costs about what the call does. */
  private static final long LEAST = 64;

  /** oneDNN takes more dimensions, but only few of them fast. */
  private static final int MOST_DIMENSIONS = 6;

  private Reorders() {}

  /**
   * Copies if the two memory orders cross, which is where oneDNN is faster than copying runs.
   *
   * @return false if nothing was done
   */
  static boolean run(Layout out, long to, Layout in, long from) {
    if (!crosses(out, in)) {
      return false;
    }
    Primitives local = Primitives.local();
    Key key = local.key(PrimitiveKind.REORDER).add(in).add(out);
    Plan plan = local.find(key, PrimitiveKind.REORDER, () -> make(out, in));
    if (plan == null) {
      return false;
    }
    plan.bind(0, from).bind(1, to).run(local);
    return true;
  }

  /** Whether both are dense, and memory runs first along different dimensions. */
  static boolean crosses(Layout out, Layout in) {
    boolean fits = in.numel() >= LEAST && in.rank() <= MOST_DIMENSIONS;
    return fits && in.isDense() && out.isDense() && innermost(in) != innermost(out);
  }

  private static int innermost(Layout dense) {
    for (int d = dense.rank() - 1; d >= 0; d--) {
      if (dense.size(d) != 1 && dense.stride(d) == 1) {
        return d;
      }
    }
    return -1;
  }

  private static @Nullable Plan make(Layout out, Layout in) {
    try (Descriptors d = new Descriptors()) {
      long[] dims = in.shape();
      Prepared made = prepare(d.strided(dims, canonical(in)), d.strided(dims, canonical(out)));
      return made == null ? null : Plan.of(made);
    }
  }

  /** The strides with those of dimensions of size one, which mean nothing, made harmless. */
  private static long[] canonical(Layout dense) {
    long[] strides = dense.strides();
    for (int d = 0; d < strides.length; d++) {
      if (dense.size(d) == 1) {
        strides[d] = dense.numel();
      }
    }
    return strides;
  }

  /** From argument 0 to argument 1; null where oneDNN cannot. */
  static @Nullable Prepared prepare(dnnl_memory_desc from, dnnl_memory_desc to) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_reorder_primitive_desc_create(
              made, from, Dnnl.ENGINE, to, Dnnl.ENGINE, Dnnl.ATTRIBUTES);
      dnnl_primitive_desc pd = d.made(status, made, "reorder");
      return pd == null ? null : new Prepared("reorder", pd, DNNL_ARG_FROM, DNNL_ARG_TO);
    }
  }
}
