package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Pointwise kernels that oneDNN has too. Left to Java because oneDNN's differ from PyTorch's:
 * maximum and minimum (drop NaN), log (off by 3e-6 near 1).
 */
final class ElementwisePrimitives {
  /** What must hold of the first input for oneDNN's result to be PyTorch's. */
  enum Guard {
    NOTHING,
    /** oneDNN turns NaN into 0 (relu) or infinity (exp). */
    NOT_NAN,
    /** oneDNN multiplies the gradient by 0 instead of replacing it. */
    FINITE
  }

  /** How oneDNN is called. */
  enum Form {
    UNARY,
    /** Gradient and output to gradient. */
    BACKWARD,
    BINARY
  }

  /**
   * One kernel.
   *
   * @param least from how many elements oneDNN is faster than staged loops
   */
  record Entry(Form form, int algorithm, Guard guard, int least) {}

  /** By {@link io.kindling.device.PointwiseKernel#name}. */
  static final Map<String, Entry> TABLE =
      Map.ofEntries(
          unary("relu", dnnl_eltwise_relu, Guard.NOT_NAN, 4096),
          unary("exp", dnnl_eltwise_exp, Guard.NOT_NAN, 32),
          unary("sigmoid", dnnl_eltwise_logistic, Guard.NOTHING, 16),
          unary("tanh", dnnl_eltwise_tanh, Guard.NOTHING, 16),
          unary("sqrt", dnnl_eltwise_sqrt, Guard.NOTHING, 8192),
          unary("abs", dnnl_eltwise_abs, Guard.NOTHING, 4096),
          backward("relu_backward", dnnl_eltwise_relu_use_dst_for_bwd, Guard.FINITE, 4096),
          backward("sigmoid_backward", dnnl_eltwise_logistic_use_dst_for_bwd, Guard.NOTHING, 16384),
          backward("tanh_backward", dnnl_eltwise_tanh_use_dst_for_bwd, Guard.NOTHING, 16384),
          binary("add", dnnl_binary_add),
          binary("sub", dnnl_binary_sub),
          binary("mul", dnnl_binary_mul),
          binary("div", dnnl_binary_div));

  private ElementwisePrimitives() {}

  private static Map.Entry<String, Entry> unary(
      String name, int algorithm, Guard guard, int least) {
    return Map.entry(name, new Entry(Form.UNARY, algorithm, guard, least));
  }

  private static Map.Entry<String, Entry> backward(
      String name, int algorithm, Guard guard, int least) {
    return Map.entry(name, new Entry(Form.BACKWARD, algorithm, guard, least));
  }

  private static Map.Entry<String, Entry> binary(String name, int algorithm) {
    return Map.entry(name, new Entry(Form.BINARY, algorithm, Guard.NOTHING, 8192));
  }

  /**
   * How many elements of memory {@code small} covers before it repeats under {@code full}, which is
   * dense: all of them for equal layouts, the columns for a row vector, the channels for a bias on
   * channels-last activations, 1 for a scalar.
   *
   * @return 0 where it does not repeat that way
   */
  static long period(Layout full, Layout small) {
    if (full.sameGeometry(small)) {
      return full.numel();
    }
    int rank = full.rank();
    int offset = rank - small.rank();
    long period = 1;
    long covered = 1;
    boolean repeating = false;
    for (int done = 0; done < rank; done++) {
      int d = next(full, covered);
      if (d < 0) {
        break;
      }
      int s = d - offset;
      boolean broadcast = s < 0 || small.size(s) == 1 || small.stride(s) == 0;
      if (!broadcast && (repeating || small.stride(s) != covered)) {
        return 0;
      }
      repeating |= broadcast;
      covered *= full.size(d);
      period = repeating ? period : covered;
    }
    return covered == full.numel() ? period : 0;
  }

  /** The dimension that memory runs along after the first {@code covered} elements. */
  private static int next(Layout dense, long covered) {
    for (int d = dense.rank() - 1; d >= 0; d--) {
      if (dense.size(d) != 1 && dense.stride(d) == covered) {
        return d;
      }
    }
    return -1;
  }

  static @Nullable Plan unary(Primitives local, int algorithm, long n) {
    Key key = local.key(PrimitiveKind.ELTWISE).add(algorithm).add(n);
    return local.find(key, PrimitiveKind.ELTWISE, () -> makeUnary(algorithm, n));
  }

  private static @Nullable Plan makeUnary(int algorithm, long n) {
    try (Descriptors d = new Descriptors()) {
      String name = "eltwise " + algorithm + " of " + n;
      dnnl_primitive_desc pd = forward(d, algorithm, d.dense(n), name);
      return pd == null ? null : Plan.of(new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }

  private static @Nullable dnnl_primitive_desc forward(
      Descriptors d, int algorithm, dnnl_memory_desc md, String name) {
    dnnl_primitive_desc made = new dnnl_primitive_desc();
    int status =
        dnnl_eltwise_forward_primitive_desc_create(
            made, Dnnl.ENGINE, dnnl_forward_training, algorithm, md, md, 0, 0, Dnnl.ATTRIBUTES);
    return d.made(status, made, name);
  }

  static @Nullable Plan backward(Primitives local, int algorithm, long n) {
    Key key = local.key(PrimitiveKind.ELTWISE_BACKWARD).add(algorithm).add(n);
    return local.find(key, PrimitiveKind.ELTWISE_BACKWARD, () -> makeBackward(algorithm, n));
  }

  private static @Nullable Plan makeBackward(int algorithm, long n) {
    try (Descriptors d = new Descriptors()) {
      String name = "eltwise backward " + algorithm + " of " + n;
      dnnl_memory_desc md = d.dense(n);
      dnnl_primitive_desc hint = forward(d, algorithm, md, name);
      if (hint == null) {
        return null;
      }
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_eltwise_backward_primitive_desc_create(
              made, Dnnl.ENGINE, algorithm, md, md, md, 0, 0, hint, Dnnl.ATTRIBUTES);
      dnnl_primitive_desc pd = d.made(status, made, name);
      return pd == null
          ? null
          : Plan.of(new Prepared(name, pd, DNNL_ARG_DIFF_DST, DNNL_ARG_DST, DNNL_ARG_DIFF_SRC));
    }
  }

  /** {@code n} elements with a second input that repeats after {@code period}. */
  static @Nullable Plan binary(Primitives local, int algorithm, long n, long period) {
    Key key = local.key(PrimitiveKind.BINARY).add(algorithm).add(n).add(period);
    return local.find(key, PrimitiveKind.BINARY, () -> makeBinary(algorithm, n, period));
  }

  private static @Nullable Plan makeBinary(int algorithm, long n, long period) {
    boolean rows = period != n && period != 1;
    return makeBinary(
        algorithm,
        rows ? new long[] {n / period, period} : new long[] {n},
        rows ? new long[] {1, period} : new long[] {period});
  }

  /** {@code m} rows of {@code n} with one element of the second input for each row. */
  static @Nullable Plan rows(Primitives local, int algorithm, long m, long n) {
    Key key = local.key(PrimitiveKind.BINARY).add(algorithm).add(m).add(n).add(-1);
    return local.find(
        key,
        PrimitiveKind.BINARY,
        () -> makeBinary(algorithm, new long[] {m, n}, new long[] {m, 1}));
  }

  private static @Nullable Plan makeBinary(int algorithm, long[] dims, long[] secondDims) {
    try (Descriptors d = new Descriptors()) {
      String name =
          "binary " + algorithm + " of " + Shapes.text(dims) + " and " + Shapes.text(secondDims);
      dnnl_memory_desc full = d.dense(dims);
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_binary_primitive_desc_create(
              made, Dnnl.ENGINE, algorithm, full, d.dense(secondDims), full, Dnnl.ATTRIBUTES);
      dnnl_primitive_desc pd = d.made(status, made, name);
      return pd == null
          ? null
          : Plan.of(new Prepared(name, pd, DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST));
    }
  }
}
