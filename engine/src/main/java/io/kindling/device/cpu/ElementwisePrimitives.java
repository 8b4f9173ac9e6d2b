package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.kindling.core.Layout;
import io.kindling.core.Shapes;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Pointwise kernels that oneDNN has too. Left to Java because oneDNN's differ from PyTorch's: log
 * (off by 3e-6 near 1).
 */
final class ElementwisePrimitives {
  /** What must hold of the first input for oneDNN's result to be PyTorch's. */
  enum Guard {
    NOTHING,
    /** oneDNN turns NaN into another number. */
    NOT_NAN,
    /** oneDNN multiplies the gradient by 0 instead of replacing it. */
    FINITE
  }

  /** How oneDNN is called. */
  enum Form {
    UNARY,
    /** The kernel's number is alpha; 0 is another function. */
    SLOPE,
    /** The kernel's number is an exponent, of which oneDNN has some exactly. */
    EXPONENT,
    /** Second and third operand are the numbers alpha and beta. */
    LIMITS,
    /** Gradient and output to gradient. */
    BACKWARD,
    /** The second operand may be a number. */
    BINARY,
    /** A unary kernel as a binary one, of the input and {@code alpha}. */
    WITH_NUMBER,
    /** To 1 and 0 in float32, and from there to bool. */
    COMPARISON,
    /** The same with its operands exchanged: oneDNN finds NaN greater than anything. */
    COMPARISON_EXCHANGED,
    /** Of the input with itself. */
    COMPARISON_WITH_SELF
  }

  /** What a primitive does to its result before it writes it. */
  record Step(int algorithm, float alpha, float beta) {}

  /**
   * One kernel.
   *
   * @param least from how many elements oneDNN is faster than staged loops
   * @param then applied to the result
   */
  record Entry(
      Form form, int algorithm, float alpha, float beta, Guard guard, int least, List<Step> then) {
    Entry(Form form, int algorithm, Guard guard, int least) {
      this(form, algorithm, 0, 0, guard, least, List.of());
    }
  }

  private static final Guard NOTHING = Guard.NOTHING;
  private static final Guard NOT_NAN = Guard.NOT_NAN;

  /** By {@link io.kindling.device.PointwiseKernel#name}. */
  static final Map<String, Entry> TABLE =
      Map.ofEntries(
          entry("relu", Form.UNARY, dnnl_eltwise_relu, NOT_NAN, 4096),
          entry("exp", Form.UNARY, dnnl_eltwise_exp, NOT_NAN, 32),
          entry("sigmoid", Form.UNARY, dnnl_eltwise_logistic, NOTHING, 16),
          entry("tanh", Form.UNARY, dnnl_eltwise_tanh, NOTHING, 16),
          entry("sqrt", Form.UNARY, dnnl_eltwise_sqrt, NOTHING, 8192),
          entry("abs", Form.UNARY, dnnl_eltwise_abs, NOTHING, 4096),
          entry("leaky_relu", Form.SLOPE, dnnl_eltwise_relu, NOTHING, 4096),
          entry("pow_scalar", Form.EXPONENT, dnnl_eltwise_pow, NOTHING, 4096),
          entry("clamp", Form.LIMITS, dnnl_eltwise_clip, NOT_NAN, 4096),
          Map.entry(
              "reciprocal",
              new Entry(Form.UNARY, dnnl_eltwise_pow, 1, -1, NOTHING, 4096, List.of())),
          entry(
              "relu_backward",
              Form.BACKWARD,
              dnnl_eltwise_relu_use_dst_for_bwd,
              Guard.FINITE,
              4096),
          entry(
              "sigmoid_backward",
              Form.BACKWARD,
              dnnl_eltwise_logistic_use_dst_for_bwd,
              NOTHING,
              16384),
          entry("tanh_backward", Form.BACKWARD, dnnl_eltwise_tanh_use_dst_for_bwd, NOTHING, 16384),
          entry("add", Form.BINARY, dnnl_binary_add, NOTHING, 8192),
          entry("sub", Form.BINARY, dnnl_binary_sub, NOTHING, 8192),
          entry("mul", Form.BINARY, dnnl_binary_mul, NOTHING, 8192),
          entry("div", Form.BINARY, dnnl_binary_div, NOTHING, 8192),
          // oneDNN's extremes are the second operand where one is NaN.
          entry("maximum", Form.BINARY, dnnl_binary_max, NOT_NAN, 8192),
          entry("minimum", Form.BINARY, dnnl_binary_min, NOT_NAN, 8192),
          number("neg", dnnl_binary_mul, -1, NOTHING),
          // From the least denormal on, what is not 0 is then 1 or more.
          number(
              "sign",
              dnnl_binary_mul,
              0x1p127f,
              NOT_NAN,
              new Step(dnnl_eltwise_linear, 0x1p23f, 0),
              new Step(dnnl_eltwise_clip, -1, 1)),
          number(
              "rsqrt",
              dnnl_binary_mul,
              1,
              NOTHING,
              new Step(dnnl_eltwise_sqrt, 0, 0),
              new Step(dnnl_eltwise_pow, 1, -1)),
          entry("eq", Form.COMPARISON, dnnl_binary_eq, NOTHING, 2048),
          entry("ne", Form.COMPARISON, dnnl_binary_ne, NOTHING, 2048),
          entry("lt", Form.COMPARISON, dnnl_binary_lt, NOTHING, 2048),
          entry("le", Form.COMPARISON, dnnl_binary_le, NOTHING, 2048),
          entry("gt", Form.COMPARISON_EXCHANGED, dnnl_binary_lt, NOTHING, 2048),
          entry("ge", Form.COMPARISON_EXCHANGED, dnnl_binary_le, NOTHING, 2048),
          entry("isnan", Form.COMPARISON_WITH_SELF, dnnl_binary_ne, NOTHING, 2048));

  private ElementwisePrimitives() {}

  private static Map.Entry<String, Entry> entry(
      String name, Form form, int algorithm, Guard guard, int least) {
    return Map.entry(name, new Entry(form, algorithm, guard, least));
  }

  private static Map.Entry<String, Entry> number(
      String name, int algorithm, float number, Guard guard, Step... then) {
    return Map.entry(
        name, new Entry(Form.WITH_NUMBER, algorithm, number, 0, guard, 4096, List.of(then)));
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

  /**
   * How many elements of {@code full}, which is dense, in a row go with the same element of {@code
   * small}, whose elements are otherwise dense in the same order.
   *
   * @return 0 where they do not lie that way
   */
  static long run(Layout full, Layout small) {
    int offset = full.rank() - small.rank();
    long run = 1;
    long covered = 1;
    for (int d = next(full, covered); d >= 0; d = next(full, covered)) {
      int s = d - offset;
      boolean broadcast = s < 0 || small.size(s) == 1 || small.stride(s) == 0;
      boolean first = run == covered;
      if (broadcast ? !first : small.stride(s) * run != covered) {
        return 0;
      }
      covered *= full.size(d);
      run = broadcast ? covered : run;
    }
    return covered == full.numel() && run > 1 && run < covered ? run : 0;
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

  static @Nullable Plan unary(Primitives local, int algorithm, float alpha, float beta, long n) {
    Key key = local.key(PrimitiveKind.ELTWISE).add(algorithm).add(n);
    key.add(Float.floatToRawIntBits(alpha)).add(Float.floatToRawIntBits(beta));
    return local.find(key, PrimitiveKind.ELTWISE, () -> makeUnary(algorithm, alpha, beta, n));
  }

  private static @Nullable Plan makeUnary(int algorithm, float alpha, float beta, long n) {
    try (Descriptors d = new Descriptors()) {
      String name = "eltwise " + algorithm + " of " + n;
      dnnl_primitive_desc pd = forward(d, algorithm, alpha, beta, d.dense(n), name);
      return pd == null ? null : Plan.of(new Prepared(name, pd, DNNL_ARG_SRC, DNNL_ARG_DST));
    }
  }

  private static @Nullable dnnl_primitive_desc forward(
      Descriptors d, int algorithm, float alpha, float beta, dnnl_memory_desc md, String name) {
    dnnl_primitive_desc made = new dnnl_primitive_desc();
    int status =
        dnnl_eltwise_forward_primitive_desc_create(
            made,
            Dnnl.ENGINE,
            dnnl_forward_training,
            algorithm,
            md,
            md,
            alpha,
            beta,
            Dnnl.ATTRIBUTES);
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
      dnnl_primitive_desc hint = forward(d, algorithm, 0, 0, md, name);
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

  /**
   * {@code n} elements with a second input that repeats after {@code period}.
   *
   * @param then applied to the result
   */
  static @Nullable Plan binary(
      Primitives local, int algorithm, long n, long period, List<Step> then) {
    Key key = local.key(PrimitiveKind.BINARY).add(algorithm).add(n).add(period);
    for (Step step : then) {
      key.add(step.algorithm()).add(Float.floatToRawIntBits(step.alpha()));
      key.add(Float.floatToRawIntBits(step.beta()));
    }
    boolean rows = period != n && period != 1;
    return local.find(
        key,
        PrimitiveKind.BINARY,
        () ->
            makeBinary(
                algorithm,
                rows ? new long[] {n / period, period} : new long[] {n},
                rows ? new long[] {1, period} : new long[] {period},
                then));
  }

  /** {@code m} rows of {@code n} with one element of the second input for each row. */
  static @Nullable Plan rows(Primitives local, int algorithm, long m, long n) {
    Key key = local.key(PrimitiveKind.BINARY).add(algorithm).add(m).add(n).add(-1);
    return local.find(
        key,
        PrimitiveKind.BINARY,
        () -> makeBinary(algorithm, new long[] {m, n}, new long[] {m, 1}, List.of()));
  }

  private static @Nullable Plan makeBinary(
      int algorithm, long[] dims, long[] secondDims, List<Step> then) {
    try (Descriptors d = new Descriptors()) {
      String name =
          "binary " + algorithm + " of " + Shapes.text(dims) + " and " + Shapes.text(secondDims);
      dnnl_memory_desc full = d.dense(dims);
      dnnl_primitive_desc made = new dnnl_primitive_desc();
      int status =
          dnnl_binary_primitive_desc_create(
              made,
              Dnnl.ENGINE,
              algorithm,
              full,
              d.dense(secondDims),
              full,
              then.isEmpty() ? Dnnl.ATTRIBUTES : d.attributes(then));
      dnnl_primitive_desc pd = d.made(status, made, name);
      return pd == null
          ? null
          : Plan.of(new Prepared(name, pd, DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST));
    }
  }

  /** {@code n} times 1 or 0 in float32, to bool. */
  static @Nullable Plan truths(Primitives local, long n) {
    Key key = local.key(PrimitiveKind.TRUTHS).add(n);
    return local.find(key, PrimitiveKind.TRUTHS, () -> makeTruths(n));
  }

  private static @Nullable Plan makeTruths(long n) {
    try (Descriptors d = new Descriptors()) {
      Prepared made = Reorders.prepare(d.dense(n), d.bytes(n));
      return made == null ? null : Plan.of(made);
    }
  }
}
