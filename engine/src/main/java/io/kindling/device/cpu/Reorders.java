package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Copies between layouts. */
final class Reorders {
  private Reorders() {}

  static @Nullable Prepared prepare(dnnl_memory_desc from, dnnl_memory_desc to) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc pd = new dnnl_primitive_desc();
      int status =
          dnnl_reorder_primitive_desc_create(
              pd, from, Dnnl.ENGINE, to, Dnnl.ENGINE, Dnnl.ATTRIBUTES);
      pd = d.made(status, pd, "reorder");
      return pd == null ? null : new Prepared("reorder", pd, DNNL_ARG_FROM, DNNL_ARG_TO);
    }
  }
}
