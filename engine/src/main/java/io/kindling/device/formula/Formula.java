package io.kindling.device.formula;

import io.kindling.core.KindlingException;
import java.util.Arrays;
import java.util.List;

/**
 * What a pointwise kernel computes of each element: statements separated by semicolons, of which
 * the named ones can be read by those after them.
 *
 * <pre>{@code
 * a + b
 * max(a, 0) + s * min(a, 0)
 * b <= 0 ? 0 : a
 * grad = g + decay * p; p = p - lr * grad
 * }</pre>
 *
 * Inputs are called a, b, c, d and numbers of the call s, t, u unless a signature names them. The
 * arithmetic is that of the type in which the kernel runs; {@code + - * / < <= > >= == != && || ^
 * !} and {@code ?:} bind as in Java, nothing branches, and {@link MathFunction} lists the
 * functions.
 */
public final class Formula {
  private static final List<String> INPUTS = List.of("a", "b", "c", "d");
  private static final List<String> SCALARS = List.of("s", "t", "u");

  /**
   * One statement.
   *
   * @param output which output takes the value, or -1
   */
  public record Statement(Expr value, int output) {}

  private final String text;
  private final List<Statement> statements;
  private final int inputs;
  private final int outputs;
  private final boolean[] truths;
  private final boolean[] selected;

  Formula(String text, List<Statement> statements, int inputs, int outputs) {
    this.text = text;
    this.statements = List.copyOf(statements);
    this.inputs = inputs;
    this.outputs = outputs;
    this.truths = new boolean[inputs];
    this.selected = new boolean[inputs];
    for (int i = 0; i < inputs; i++) {
      int input = i;
      truths[i] = this.statements.stream().allMatch(s -> readsTruth(s.value(), input));
      selected[i] = isSelected(i);
    }
  }

  /** A formula of one output, its last statement, with inputs a, b, c, d and numbers s, t, u. */
  public static Formula of(String text) {
    return new FormulaParser(text, INPUTS, List.of(), SCALARS).parse();
  }

  /**
   * A formula that names its operands, each list separated by blanks.
   *
   * @param outputs names of statements; one that is an input's, too, can be computed in place
   * @throws KindlingException saying where the text is wrong
   */
  public static Formula of(String inputs, String outputs, String scalars, String text) {
    return new FormulaParser(text, names(inputs), names(outputs), names(scalars)).parse();
  }

  private static List<String> names(String text) {
    return Arrays.asList(text.trim().split("\\s+"));
  }

  /**
   * A formula of two inputs applied again and again: of {@code a + b} and 3 {@code ((a + b) + c) +
   * d}. The order is that of as many calls one after the other.
   */
  public Formula folded(int times) {
    Expr step = statements.get(0).value();
    if (statements.size() != 1 || inputs != 2) {
      throw new KindlingException("formula \"" + text + "\": not one of two inputs");
    }
    Expr value = new Expr.Input(0);
    for (int i = 1; i <= times; i++) {
      value = step.with(value, new Expr.Input(i));
    }
    return new Formula(text, List.of(new Statement(value, 0)), times + 1, 1);
  }

  public List<Statement> statements() {
    return statements;
  }

  /** How many inputs it takes. */
  public int inputs() {
    return inputs;
  }

  public int outputs() {
    return outputs;
  }

  /**
   * Whether it asks of an input only whether that is zero, so that a bool can come as it lies in
   * memory.
   */
  public boolean readsTruth(int input) {
    return truths[input];
  }

  /**
   * Whether it is one selection with an input among its branches and not in its condition, so that
   * the input's bits are all that is needed.
   */
  public boolean selects(int input) {
    return selected[input];
  }

  /** Whether an output is a condition. */
  public boolean givesTruth(int output) {
    return statements.stream().anyMatch(s -> s.output() == output && s.value().isTruth());
  }

  private static boolean readsTruth(Expr e, int input) {
    boolean itself = e instanceof Expr.Input in && in.index() == input;
    return e.isZeroTest()
        || (!itself && e.parts().stream().allMatch(part -> readsTruth(part, input)));
  }

  private boolean isSelected(int input) {
    return statements.size() == 1
        && statements.get(0).value() instanceof Expr.Select s
        && (isInput(s.x(), input) || isInput(s.y(), input))
        && isPlain(s.x())
        && isPlain(s.y())
        && !reads(s.condition(), input);
  }

  private static boolean isPlain(Expr e) {
    return e instanceof Expr.Input || e instanceof Expr.Num;
  }

  private static boolean isInput(Expr e, int input) {
    return e instanceof Expr.Input in && in.index() == input;
  }

  private static boolean reads(Expr e, int input) {
    return isInput(e, input) || e.parts().stream().anyMatch(part -> reads(part, input));
  }

  /** How many numbers of the call it reads. */
  public int scalars() {
    return statements.stream().mapToInt(s -> scalars(s.value())).max().orElse(0);
  }

  private static int scalars(Expr e) {
    int own = e instanceof Expr.Scalar s ? s.index() + 1 : 0;
    return Math.max(own, e.parts().stream().mapToInt(Formula::scalars).max().orElse(0));
  }

  /** Whether all its functions have a meaning for integers. */
  public boolean fitsIntegers() {
    return statements.stream().allMatch(s -> fitsIntegers(s.value()));
  }

  private static boolean fitsIntegers(Expr e) {
    boolean fits =
        !(e instanceof Expr.Call c && !c.function().ofIntegers())
            && !(e instanceof Expr.Num n && n.value() != Math.rint(n.value()))
            && !(e instanceof Expr.Arith a && a.operator() == '/');
    return fits && e.parts().stream().allMatch(Formula::fitsIntegers);
  }

  /** The text it was made from. */
  @Override
  public String toString() {
    return text;
  }
}
