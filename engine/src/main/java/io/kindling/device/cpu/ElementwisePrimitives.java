package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

final class ElementwisePrimitives {
  private ElementwisePrimitives() {}
  static @Nullable Plan eltwise(int alg, float alpha, float beta, long n) {
    try (Descriptors d = new Descriptors()) {
      dnnl_memory_desc md = d.dense(n);
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd = d.made(dnnl_eltwise_forward_primitive_desc_create(made, Dnnl.ENGINE, dnnl_forward_training, alg, md, md, alpha, beta, Dnnl.ATTRIBUTES), made, "eltwise");
      return pd == null ? null : Plan.of(new Prepared("eltwise", pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }
  static @Nullable Plan eltwiseBackward(int alg, long n) {
    try (Descriptors d = new Descriptors()) {
      dnnl_memory_desc md = d.dense(n);
      dnnl_primitive_desc f = new dnnl_primitive_desc();
      int fs = dnnl_eltwise_forward_primitive_desc_create(f, Dnnl.ENGINE, dnnl_forward_training, alg, md, md, 0, 0, Dnnl.ATTRIBUTES);
      f = d.made(fs, f, "eltwise");
      if (f == null) return null;
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd = d.made(dnnl_eltwise_backward_primitive_desc_create(made, Dnnl.ENGINE, alg, md, md, md, 0, 0, f, Dnnl.ATTRIBUTES), made, "eltwise backward");
      return pd == null ? null : Plan.of(new Prepared("eltwise backward", pd, DNNL_ARG_DIFF_DST, DNNL_ARG_DST, DNNL_ARG_DIFF_SRC));
    }
  }
  static @Nullable Plan binary(int alg, long[] a, long[] b, long[] c) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd = d.made(dnnl_binary_primitive_desc_create(made, Dnnl.ENGINE, alg, d.dense(a), d.dense(b), d.dense(c), Dnnl.ATTRIBUTES), made, "binary");
      return pd == null ? null : Plan.of(new Prepared("binary", pd, DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST));
    }
  }
  static @Nullable Plan softmax(int alg, long m, long n) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd = d.made(dnnl_softmax_forward_primitive_desc_create(made, Dnnl.ENGINE, dnnl_forward_training, alg, d.dense(m, n), d.dense(m, n), 1, Dnnl.ATTRIBUTES), made, "softmax");
      return pd == null ? null : Plan.of(new Prepared("softmax", pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }
  static @Nullable Plan softmaxBackward(int alg, long m, long n) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc f = new dnnl_primitive_desc();
      dnnl_memory_desc md = d.dense(m, n);
      f = d.made(dnnl_softmax_forward_primitive_desc_create(f, Dnnl.ENGINE, dnnl_forward_training, alg, md, md, 1, Dnnl.ATTRIBUTES), f, "softmax");
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd = d.made(dnnl_softmax_backward_primitive_desc_create(made, Dnnl.ENGINE, alg, md, md, md, 1, f, Dnnl.ATTRIBUTES), made, "softmax backward");
      return pd == null ? null : Plan.of(new Prepared("softmax backward", pd, DNNL_ARG_DIFF_DST, DNNL_ARG_DST, DNNL_ARG_DIFF_SRC));
    }
  }
  static @Nullable Plan columnSum(long m, long n) {
    try (Descriptors d = new Descriptors()) {
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd = d.made(dnnl_reduction_primitive_desc_create(made, Dnnl.ENGINE, dnnl_reduction_sum, d.dense(m, n), d.dense(1, n), 0, 0, Dnnl.ATTRIBUTES), made, "column sum");
      return pd == null ? null : Plan.of(new Prepared("reduction", pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }
}
