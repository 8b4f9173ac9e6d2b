package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;

/** The descriptors that are needed while a primitive is made; all are freed together. */
final class Descriptors implements AutoCloseable {
  private final List<dnnl_memory_desc> memories = new ArrayList<>();
  private final List<dnnl_primitive_attr> attributes = new ArrayList<>();
  private final List<dnnl_primitive_desc> primitives = new ArrayList<>();

  /** float32 with these strides, counted in elements. */
  dnnl_memory_desc strided(long[] dims, long[] strides) {
    dnnl_memory_desc md = new dnnl_memory_desc();
    Dnnl.check(
        dnnl_memory_desc_create_with_strides(md, dims.length, dims, dnnl_f32, strides),
        "memory descriptor");
    memories.add(md);
    return md;
  }

  /** float32 in row-major order. */
  dnnl_memory_desc dense(long... dims) {
    return strided(dims, Shapes.contiguousStrides(dims));
  }

  /** {@code n} unsigned bytes. */
  dnnl_memory_desc bytes(long n) {
    dnnl_memory_desc md = new dnnl_memory_desc();
    Dnnl.check(
        dnnl_memory_desc_create_with_strides(md, 1, new long[] {n}, dnnl_u8, new long[] {1}),
        "memory descriptor");
    memories.add(md);
    return md;
  }

  /** Those that all primitives share, and what is applied to the result. */
  dnnl_primitive_attr attributes(List<ElementwisePrimitives.Step> then) {
    dnnl_post_ops steps = new dnnl_post_ops();
    Dnnl.check(dnnl_post_ops_create(steps), "post operations");
    for (ElementwisePrimitives.Step s : then) {
      Dnnl.check(
          dnnl_post_ops_append_eltwise(steps, s.algorithm(), s.alpha(), s.beta()),
          "post operations");
    }
    dnnl_primitive_attr made = new dnnl_primitive_attr();
    Dnnl.check(dnnl_primitive_attr_clone(made, Dnnl.ATTRIBUTES), "attributes");
    attributes.add(made);
    Dnnl.check(dnnl_primitive_attr_set_post_ops(made, steps), "attributes");
    dnnl_post_ops_destroy(steps);
    return made;
  }

  /** float32 activations with the channels innermost. */
  dnnl_memory_desc channelsLast(Layout layout) {
    long[] dims = layout.shape();
    return strided(dims, Shapes.channelsLastStrides(dims));
  }

  /** float32 in the layout that the primitive likes best. */
  dnnl_memory_desc any(long... dims) {
    dnnl_memory_desc md = new dnnl_memory_desc();
    Dnnl.check(
        dnnl_memory_desc_create_with_tag(md, dims.length, dims, dnnl_f32, dnnl_format_tag_any),
        "memory descriptor");
    memories.add(md);
    return md;
  }

  /**
   * Takes over what a primitive_desc_create call made.
   *
   * @return null where oneDNN has no such primitive, or only its reference implementation, which is
   *     a hundred times slower than a plain loop
   */
  @Nullable dnnl_primitive_desc made(int status, dnnl_primitive_desc pd, Object what) {
    if (status == dnnl_unimplemented || status == dnnl_invalid_arguments) {
      return null;
    }
    Dnnl.check(status, what);
    primitives.add(pd);
    return implementation(pd).startsWith("ref") ? null : pd;
  }

  static boolean equal(dnnl_memory_desc a, dnnl_memory_desc b) {
    return dnnl_memory_desc_equal(a, b) != 0;
  }

  /** The layout that the primitive has for an argument; owned by the descriptor. */
  static dnnl_memory_desc argument(dnnl_primitive_desc pd, int arg) {
    return dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
  }

  /** Equal for equal layouts, of whichever primitives. */
  static String format(dnnl_memory_desc md) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      Dnnl.check(dnnl_memory_desc_get_blob((byte[]) null, size, md), "memory descriptor");
      byte[] blob = new byte[(int) size.get()];
      Dnnl.check(dnnl_memory_desc_get_blob(blob, size, md), "memory descriptor");
      return new String(blob, StandardCharsets.ISO_8859_1).intern();
    }
  }

  static String implementation(dnnl_primitive_desc pd) {
    try (PointerPointer<BytePointer> out = new PointerPointer<>(1)) {
      Dnnl.check(
          dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, out), "implementation name");
      return out.get(BytePointer.class, 0).getString();
    }
  }

  @Override
  public void close() {
    primitives.forEach(pd -> dnnl_primitive_desc_destroy(pd));
    attributes.forEach(attr -> dnnl_primitive_attr_destroy(attr));
    memories.forEach(md -> dnnl_memory_desc_destroy(md));
  }
}
