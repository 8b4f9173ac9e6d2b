package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.device.Raw;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products. Which of oneDNN's two ways computes one depends on its shape alone, so the same
 * product always has the same bits.
 *
 * <p>Factors are not packed once for many products, as convolutions' weights are. Measured, that
 * saves a tenth to two thirds of a product of 4 to 47 rows, whose bits then depend on whether its
 * factor was used before; from 48 rows on, where they do not, it saves 3 to 13 %, and packing takes
 * as long as 2 to 11 products save.
 */
final class MatmulPrimitives {
  /** From so many rows on packing a transposed right factor pays, ... */
  private static final long ROWS = 48;

  /** ... or from so many where the factor is narrow. */
  private static final long ROWS_NARROW = 16;

  private static final long NARROW = 64;

  /** Products of a batch larger than this are worth a call each. */
  private static final long LARGE = 1L << 20;

  private static final boolean HAS_JIT_SGEMM =
      System.getProperty("os.arch", "").matches("amd64|x86_64");

  private MatmulPrimitives() {}

  /**
   * Runs the product.
   *
   * @param bias the address of a dense row, or 0
   * @return false where oneDNN cannot
   */
  static boolean run(Product p, long out, long a, long b, long bias) {
    Primitives local = Primitives.local();
    if (prefersSgemm(p)) {
      sgemm(local.sgemm(), p, out, a, b, bias);
      return true;
    }
    Plan plan = plan(local, p, bias != 0);
    if (plan == null) {
      return false;
    }
    plan.bind(0, a).bind(1, b).bind(2, out);
    if (bias != 0) {
      plan.bind(3, bias);
    }
    plan.run(local);
    return true;
  }

  /** Measured: the primitive wins by fusing the bias and by packing, sgemm by doing neither. */
  static boolean prefersSgemm(Product p) {
    if (!HAS_JIT_SGEMM) {
      return false;
    }
    if (p.batch() > 1) {
      return p.m() * p.n() * p.k() > LARGE;
    }
    boolean packs = p.ldb() < 0;
    return !packs || (p.m() < ROWS && (p.m() < ROWS_NARROW || p.n() > NARROW));
  }

  private static void sgemm(Sgemm sgemm, Product p, long out, long a, long b, long bias) {
    for (long i = 0; i < p.batch(); i++) {
      long to = out + Float.BYTES * i * p.stepC();
      if (bias != 0) {
        for (long row = 0; row < p.m(); row++) {
          Raw.copy(bias, to + Float.BYTES * row * p.ldc(), Float.BYTES * p.n());
        }
      }
      long fromA = a + Float.BYTES * i * p.stepA();
      long fromB = b + Float.BYTES * i * p.stepB();
      sgemm.run(p, fromA, fromB, to, bias != 0 ? 1f : 0f);
    }
  }

  private static @Nullable Plan plan(Primitives local, Product p, boolean bias) {
    Key key = local.key(PrimitiveKind.MATMUL).add(bias ? 1 : 0);
    key.add(p.batch()).add(p.m()).add(p.n()).add(p.k());
    key.add(p.lda()).add(p.ldb()).add(p.ldc()).add(p.stepA()).add(p.stepB()).add(p.stepC());
    return local.find(key, PrimitiveKind.MATMUL, () -> make(p, bias));
  }

  private static @Nullable Plan make(Product p, boolean bias) {
    try (Descriptors d = new Descriptors()) {
      String name = "matmul of " + p;
      dnnl_memory_desc a = matrix(d, p.batch(), p.m(), p.k(), p.lda(), p.stepA());
      dnnl_memory_desc b = matrix(d, p.batch(), p.k(), p.n(), p.ldb(), p.stepB());
      dnnl_memory_desc c = matrix(d, p.batch(), p.m(), p.n(), p.ldc(), p.stepC());
      dnnl_memory_desc row = null;
      if (bias) {
        row = p.batch() > 1 ? d.dense(1, 1, p.n()) : d.dense(1, p.n());
      }
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      dnnl_primitive_desc pd =
          d.made(
              dnnl_matmul_primitive_desc_create(made, Dnnl.ENGINE, a, b, row, c, Dnnl.ATTRIBUTES),
              made,
              name);
      if (pd == null) {
        return null;
      }
      return Plan.of(
          bias
              ? new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS)
              : new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST));
    }
  }

  private static dnnl_memory_desc matrix(
      Descriptors d, long batch, long rows, long cols, long leading, long step) {
    long down = leading > 0 ? leading : 1;
    long right = leading > 0 ? 1 : -leading;
    if (batch == 1) {
      return d.strided(new long[] {rows, cols}, new long[] {down, right});
    }
    long shared = Math.max(rows * down, cols * right);
    return d.strided(
        new long[] {step == 0 ? 1 : batch, rows, cols},
        new long[] {step == 0 ? shared : step, down, right});
  }
}
