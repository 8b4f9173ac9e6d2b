package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Operand;
import io.kindling.device.Strided;
import io.kindling.device.cpu.ElementwisePrimitives.Entry;
import io.kindling.device.cpu.ElementwisePrimitives.Form;
import io.kindling.device.cpu.ElementwisePrimitives.Guard;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.jspecify.annotations.Nullable;

/** Runs pointwise kernels on oneDNN where it has them and their operands lie well. */
final class Elementwise {
  /** Elements that go through two primitives at a time: they stay in the second-level cache. */
  static final long CHUNK = 32768;

  /** Shorter runs with one element of the second operand are faster staged. */
  private static final long LONG_RUN = 16;

  private final Primitives local = Primitives.local();
  private final Entry entry;
  private final Strided out;
  private final Operand[] in;
  private final double[] numbers;
  private final long n;

  private Elementwise(Entry entry, Strided out, Operand[] in, double[] numbers) {
    this.entry = entry;
    this.out = out;
    this.in = in;
    this.numbers = numbers;
    this.n = out.numel();
  }

  /**
   * Runs the kernel of that name in float32.
   *
   * @param numbers of the kernel, besides its operands
   * @return false if nothing was done
   */
  static boolean run(String name, Strided out, Operand[] in, double... numbers) {
    Entry entry = ElementwisePrimitives.TABLE.get(name);
    if (entry == null || out.numel() < entry.least() || !out.layout().isDense()) {
      return false;
    }
    boolean fits = isLike(out.layout(), in[0]);
    return fits && new Elementwise(entry, out, in, numbers).run();
  }

  private static boolean isLike(Layout layout, Operand operand) {
    return operand instanceof Strided s
        && s.dtype() == DType.FLOAT32
        && s.layout().sameGeometry(layout);
  }

  private boolean run() {
    boolean compares = entry.form().ordinal() >= Form.COMPARISON.ordinal();
    if (out.dtype() != (compares ? DType.BOOL : DType.FLOAT32)) {
      return false;
    }
    return switch (entry.form()) {
      case UNARY -> unary(entry.algorithm(), entry.alpha(), entry.beta());
      case SLOPE -> numbers[0] != 0 && unary(entry.algorithm(), (float) numbers[0], 0);
      case EXPONENT -> numbers[0] == 2 && unary(dnnl.dnnl_eltwise_square, 0, 0);
      case LIMITS -> limits();
      case BACKWARD -> isLike(out.layout(), in[1]) && backward();
      case BINARY -> binary();
      case WITH_NUMBER -> withNumber(entry.alpha(), entry.then());
      case COMPARISON -> comparison(in[0], in[1]);
      case COMPARISON_EXCHANGED -> comparison(in[1], in[0]);
      case COMPARISON_WITH_SELF -> comparison(in[0], in[0]);
    };
  }

  private static long address(Operand operand) {
    return ((Strided) operand).hostAddress();
  }

  private boolean holds() {
    return holds(entry.guard(), (Strided) in[0]);
  }

  private boolean unary(int algorithm, float alpha, float beta) {
    Plan plan = ElementwisePrimitives.unary(local, algorithm, alpha, beta, n);
    if (plan == null || !holds()) {
      return false;
    }
    plan.bind(0, address(in[0])).bind(1, out.hostAddress()).run(local);
    return true;
  }

  private boolean limits() {
    if (!(in[1] instanceof Operand.Scalar low && in[2] instanceof Operand.Scalar high)) {
      return false;
    }
    float least = low.value().floatValue();
    float most = high.value().floatValue();
    boolean ordered = least <= most; // false for NaN
    return ordered && unary(entry.algorithm(), least, most);
  }

  private boolean backward() {
    Plan plan = ElementwisePrimitives.backward(local, entry.algorithm(), n);
    if (plan == null || !holds()) {
      return false;
    }
    plan.bind(0, address(in[0])).bind(1, address(in[1])).bind(2, out.hostAddress()).run(local);
    return true;
  }

  private boolean binary() {
    if (in[1] instanceof Operand.Scalar s) {
      return withNumber(s.value().floatValue(), List.of());
    }
    Strided b = (Strided) in[1];
    if (b.dtype() != DType.FLOAT32) {
      return false;
    }
    long period = ElementwisePrimitives.period(out.layout(), b.layout());
    if (period > 0) {
      return binary(
          ElementwisePrimitives.binary(local, entry.algorithm(), n, period, List.of()),
          b.hostAddress());
    }
    long run = ElementwisePrimitives.run(out.layout(), b.layout());
    return run >= LONG_RUN
        && binary(
            ElementwisePrimitives.rows(local, entry.algorithm(), n / run, run), b.hostAddress());
  }

  private boolean withNumber(float number, List<ElementwisePrimitives.Step> then) {
    return binary(
        ElementwisePrimitives.binary(local, entry.algorithm(), n, 1, then),
        local.numbers().of(number, 1));
  }

  private boolean binary(@Nullable Plan plan, long second) {
    if (plan == null || !holds()) {
      return false;
    }
    plan.bind(0, address(in[0])).bind(1, second).bind(2, out.hostAddress()).run(local);
    return true;
  }

  private @Nullable Plan binaryOf(long size) {
    return ElementwisePrimitives.binary(local, entry.algorithm(), size, size, List.of());
  }

  /** Either may be a number, which is then laid out as memory. */
  private boolean comparison(Operand a, Operand b) {
    long size = Math.min(n, CHUNK);
    Operand other = a == in[0] ? b : a;
    boolean isNumber = other instanceof Operand.Scalar;
    if (!isNumber && !isLike(out.layout(), other)) {
      return false;
    }
    long constant =
        other instanceof Operand.Scalar s ? local.numbers().of(s.value().floatValue(), size) : 0;
    long truths = local.work().atLeast(Float.BYTES * size);
    for (long at = 0; at < n; at += CHUNK) {
      long m = Math.min(CHUNK, n - at);
      Plan compare = binaryOf(m);
      if (compare == null) {
        return false;
      }
      compare.bind(0, a instanceof Operand.Scalar ? constant : address(a) + Float.BYTES * at);
      compare.bind(1, b instanceof Operand.Scalar ? constant : address(b) + Float.BYTES * at);
      compare.bind(2, truths).run(local);
      Plan narrow = ElementwisePrimitives.truths(local, m);
      if (narrow == null) {
        return false;
      }
      narrow.bind(0, truths).bind(1, out.hostAddress() + at).run(local);
    }
    return true;
  }

  /** Whether a tensor has no element that oneDNN treats differently; true means surely. */
  static boolean holds(Guard guard, Strided in) {
    if (guard == Guard.NOTHING) {
      return true;
    }
    if (!in.layout().isDense()) {
      return false;
    }
    Primitives local = Primitives.local();
    float total = local.sums().total(in.hostAddress(), in.numel(), local.work());
    return guard == Guard.FINITE ? Float.isFinite(total) : !Float.isNaN(total);
  }
}
