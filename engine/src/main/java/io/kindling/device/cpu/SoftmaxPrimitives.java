package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.device.Raw;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Softmax and its logarithm along dense rows. oneDNN gives NaN only at some places of a row that
 * has one; here, as in PyTorch, the whole row is NaN.
 */
final class SoftmaxPrimitives {
  /** One kernel; a backward one takes gradient and output. */
  record Entry(boolean backward, int algorithm) {}

  /** By {@link io.kindling.device.RowKernel#name}. */
  static final Map<String, Entry> TABLE =
      Map.of(
          "softmax", new Entry(false, dnnl_softmax_accurate),
          "log_softmax", new Entry(false, dnnl_softmax_log),
          "softmax_backward", new Entry(true, dnnl_softmax_accurate),
          "log_softmax_backward", new Entry(true, dnnl_softmax_log));

  private SoftmaxPrimitives() {}

  /**
   * Runs {@code m} rows of {@code n}.
   *
   * @param grad the gradient by the output, or 0 for a forward entry
   * @param in the input, or for a backward entry the output of the forward one, which must not be
   *     {@code out}
   * @return false where oneDNN cannot
   */
  static boolean run(Entry entry, long out, long grad, long in, long m, long n) {
    Primitives local = Primitives.local();
    PrimitiveKind kind = entry.backward() ? PrimitiveKind.SOFTMAX_BACKWARD : PrimitiveKind.SOFTMAX;
    Key key = local.key(kind).add(entry.algorithm()).add(m).add(n);
    Plan plan = local.find(key, kind, () -> make(entry, m, n));
    if (plan == null) {
      return false;
    }
    if (entry.backward()) {
      plan.bind(0, grad).bind(1, in).bind(2, out).run(local);
    } else {
      plan.bind(0, in).bind(1, out).run(local);
    }
    boolean log = entry.algorithm() == dnnl_softmax_log;
    if (log && !entry.backward()) {
      long block = Math.max(1, Elementwise.CHUNK / n);
      boolean done = true;
      for (long row = 0; row < m && done; row += block) {
        done = normalize(local, out + Float.BYTES * row * n, Math.min(block, m - row), n);
      }
      return done;
    }
    if (log || !entry.backward()) {
      spreadNaN(local, log ? in : out, out, m, n);
    }
    return true;
  }

  /**
   * Corrects each row of logarithms: oneDNN takes the logarithm of a row's sum with an error of up
   * to 4e-6, all of a small loss. The exponentials then sum up to 1 + e, and log(1 + e) is the
   * error.
   */
  private static boolean normalize(Primitives local, long out, long m, long n) {
    Plan exp = ElementwisePrimitives.unary(local, dnnl_eltwise_exp, 0, 0, m * n);
    Plan subtract = ElementwisePrimitives.rows(local, dnnl_binary_sub, m, n);
    if (exp == null || subtract == null) {
      return false;
    }
    long sums = local.work().atLeast(Float.BYTES * m * (n + 1) + Sums.pieceBytesOfRows(m, n));
    long powers = sums + Float.BYTES * m;
    exp.bind(0, out).bind(1, powers).run(local);
    local.sums().ofRows(powers, m, n, sums, powers + Float.BYTES * m * n);
    for (long row = 0; row < m; row++) {
      float sum = Raw.getFloat(sums + Float.BYTES * row);
      boolean valid = Float.isFinite(sum);
      Raw.putFloat(sums + Float.BYTES * row, valid ? (float) Math.log(sum) : 0);
      if (!valid) {
        fillNaN(out, row, n);
      }
    }
    subtract.bind(0, out).bind(1, sums).bind(2, out).run(local);
    local.work().release();
    return true;
  }

  /** Makes a row of {@code out} NaN where the row of {@code seen} has one. */
  private static void spreadNaN(Primitives local, long seen, long out, long m, long n) {
    long sums = local.work().atLeast(Float.BYTES * m + Sums.pieceBytesOfRows(m, n));
    local.sums().ofRows(seen, m, n, sums, sums + Float.BYTES * m);
    for (long row = 0; row < m; row++) {
      if (Float.isNaN(Raw.getFloat(sums + Float.BYTES * row))) {
        fillNaN(out, row, n);
      }
    }
    local.work().release();
  }

  private static void fillNaN(long out, long row, long n) {
    for (long i = row * n; i < (row + 1) * n; i++) {
      Raw.putFloat(out + Float.BYTES * i, Float.NaN);
    }
  }

  private static @Nullable Plan make(Entry entry, long m, long n) {
    try (Descriptors d = new Descriptors()) {
      String name = "softmax of " + m + " x " + n;
      dnnl_memory_desc md = d.dense(m, n);
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_softmax_forward_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              dnnl_forward_training,
              entry.algorithm(),
              md,
              md,
              1,
              Dnnl.ATTRIBUTES);
      dnnl_primitive_desc forward = d.made(status, made, name);
      if (forward == null) {
        return null;
      }
      return entry.backward()
          ? backward(d, entry, forward, md, name)
          : Plan.of(new Prepared(name, forward, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }

  private static @Nullable Plan backward(
      Descriptors d, Entry entry, dnnl_primitive_desc hint, dnnl_memory_desc md, String name) {
    dnnl_primitive_desc made = new dnnl_primitive_desc();
    int status =
        dnnl_softmax_backward_primitive_desc_create(
            made, Dnnl.ENGINE, entry.algorithm(), md, md, md, 1, hint, Dnnl.ATTRIBUTES);
    dnnl_primitive_desc pd = d.made(status, made, name + " backward");
    return pd == null
        ? null
        : Plan.of(
            new Prepared(
                name + " backward", pd, DNNL_ARG_DIFF_DST, DNNL_ARG_DST, DNNL_ARG_DIFF_SRC));
  }
}
