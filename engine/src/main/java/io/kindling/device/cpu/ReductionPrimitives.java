package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.device.cpu.ElementwisePrimitives.Guard;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Folds along rows that oneDNN has; sums are {@link Sums}'. */
final class ReductionPrimitives {
  /** One fold, and what must hold of its input for oneDNN's result to be PyTorch's. */
  record Entry(int algorithm, Guard guard) {}

  /**
   * By the name of the kernel that folds. oneDNN's extremes drop NaN and start at finite numbers.
   */
  static final Map<String, Entry> TABLE =
      Map.of(
          "mul", new Entry(dnnl_reduction_mul, Guard.NOTHING),
          "maximum", new Entry(dnnl_reduction_max, Guard.FINITE),
          "minimum", new Entry(dnnl_reduction_min, Guard.FINITE));

  private ReductionPrimitives() {}

  /** {@code [m, n] -> [m]}. */
  static @Nullable Plan rows(Primitives local, int algorithm, long m, long n) {
    Key key = local.key(PrimitiveKind.REDUCTION).add(algorithm).add(m).add(n);
    return local.find(key, PrimitiveKind.REDUCTION, () -> make(algorithm, m, n));
  }

  private static @Nullable Plan make(int algorithm, long m, long n) {
    try (Descriptors d = new Descriptors()) {
      String name = "reduction " + algorithm + " of " + m + " rows of " + n;
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_reduction_primitive_desc_create(
              made, Dnnl.ENGINE, algorithm, d.dense(m, n), d.dense(m, 1), 0, 0, Dnnl.ATTRIBUTES);
      dnnl_primitive_desc pd = d.made(status, made, name);
      return pd == null ? null : Plan.of(new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }
}
