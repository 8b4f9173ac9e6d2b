package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.Operand;
import io.kindling.device.Raw;
import io.kindling.device.Strided;
import io.kindling.device.formula.Expr;
import io.kindling.device.formula.Formula;

/** Formulas of one logical operator over dense bools, eight of which are a word. */
final class TruthWords {
  private static final long ONES = 0x0101010101010101L;

  private TruthWords() {}

  /**
   * Runs the formula on bools.
   *
   * @return false if nothing was done
   */
  static boolean run(Formula formula, Strided[] out, Operand[] in) {
    Expr value = formula.statements().get(0).value();
    if (formula.statements().size() > 1 || out.length > 1 || !areAlike(out[0], in)) {
      return false;
    }
    long to = out[0].hostAddress();
    long n = out[0].numel();
    if (value instanceof Expr.Logic l && isTruthOfInput(l.x()) && isTruthOfInput(l.y())) {
      combine(l.operator(), address(l.x(), in), address(l.y(), in), to, n);
      return true;
    }
    if (value.isZeroTest() && !isTruthOfInput(value)) {
      negate(address(value, in), to, n);
      return true;
    }
    return false;
  }

  /** {@code input != 0}. */
  private static boolean isTruthOfInput(Expr e) {
    return e.isZeroTest() && ((Expr.Compare) e).operator().equals("!=");
  }

  private static boolean areAlike(Strided out, Operand[] in) {
    boolean alike = out.dtype() == DType.BOOL && out.layout().isDense();
    for (Operand operand : in) {
      alike =
          alike
              && operand instanceof Strided s
              && s.dtype() == DType.BOOL
              && s.layout().sameGeometry(out.layout());
    }
    return alike;
  }

  private static long address(Expr zeroTest, Operand[] in) {
    Expr.Input input = (Expr.Input) ((Expr.Compare) zeroTest).x();
    return ((Strided) in[input.index()]).hostAddress();
  }

  private static void combine(char operator, long x, long y, long to, long n) {
    int words = (int) (n / Long.BYTES);
    switch (operator) {
      case '&' -> and(x, y, to, words);
      case '|' -> or(x, y, to, words);
      default -> xor(x, y, to, words);
    }
    for (long i = (long) words * Long.BYTES; i < n; i++) {
      int a = Raw.getByte(x + i);
      int b = Raw.getByte(y + i);
      Raw.putByte(to + i, (byte) (operator == '&' ? a & b : operator == '|' ? a | b : a ^ b));
    }
  }

  private static void and(long x, long y, long to, int words) {
    for (int i = 0; i < words; i++) {
      Raw.putLong(to + 8L * i, Raw.getLong(x + 8L * i) & Raw.getLong(y + 8L * i));
    }
  }

  private static void or(long x, long y, long to, int words) {
    for (int i = 0; i < words; i++) {
      Raw.putLong(to + 8L * i, Raw.getLong(x + 8L * i) | Raw.getLong(y + 8L * i));
    }
  }

  private static void xor(long x, long y, long to, int words) {
    for (int i = 0; i < words; i++) {
      Raw.putLong(to + 8L * i, Raw.getLong(x + 8L * i) ^ Raw.getLong(y + 8L * i));
    }
  }

  private static void negate(long x, long to, long n) {
    int words = (int) (n / Long.BYTES);
    for (int i = 0; i < words; i++) {
      Raw.putLong(to + 8L * i, Raw.getLong(x + 8L * i) ^ ONES);
    }
    for (long i = (long) words * Long.BYTES; i < n; i++) {
      Raw.putByte(to + i, (byte) (Raw.getByte(x + i) ^ 1));
    }
  }
}
