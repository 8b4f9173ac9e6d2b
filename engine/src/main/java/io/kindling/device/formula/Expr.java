package io.kindling.device.formula;

import io.kindling.core.KindlingException;
import java.util.List;

/** A part of a formula. It has a value for each element: a number, or the truth of a condition. */
public sealed interface Expr {

  /** A constant. */
  record Num(double value) implements Expr {}

  /** The element of an input at this place. */
  record Input(int index) implements Expr {}

  /** A number of the call, the same for all elements. */
  record Scalar(int index) implements Expr {}

  /** What an earlier statement of the formula has computed. */
  record Local(int statement, boolean isTruth) implements Expr {}

  /** {@code -x}. */
  record Neg(Expr x) implements Expr {}

  /** {@code + - * /}. */
  record Arith(char operator, Expr x, Expr y) implements Expr {}

  /** {@code < <= > >= == !=} of two numbers; with NaN only {@code !=} is true. */
  record Compare(String operator, Expr x, Expr y) implements Expr {
    @Override
    public boolean isTruth() {
      return true;
    }
  }

  /** {@code && || ^} of two conditions, both of which are computed. */
  record Logic(char operator, Expr x, Expr y) implements Expr {
    @Override
    public boolean isTruth() {
      return true;
    }
  }

  /** {@code condition ? x : y}, both of which are computed, without a branch. */
  record Select(Expr condition, Expr x, Expr y) implements Expr {}

  /** A function of numbers. */
  record Call(MathFunction function, List<Expr> arguments) implements Expr {}

  /** Whether the value is a condition and not a number. */
  default boolean isTruth() {
    return this instanceof Local l && l.isTruth;
  }

  /** {@code input != 0} or {@code input == 0}. */
  default boolean isZeroTest() {
    return this instanceof Compare c
        && c.x instanceof Input
        && c.y instanceof Num zero
        && zero.value == 0
        && (c.operator.equals("!=") || c.operator.equals("=="));
  }

  /** The same with other expressions in place of the first two inputs. */
  default Expr with(Expr a, Expr b) {
    if (this instanceof Input in) {
      return in.index == 0 ? a : b;
    } else if (this instanceof Arith x) {
      return new Arith(x.operator, x.x.with(a, b), x.y.with(a, b));
    } else if (this instanceof Call c) {
      return new Call(c.function, c.arguments.stream().map(e -> e.with(a, b)).toList());
    }
    throw new KindlingException("cannot be folded: " + this);
  }

  /** The parts that this one is made of. */
  default List<Expr> parts() {
    if (this instanceof Neg n) {
      return List.of(n.x);
    } else if (this instanceof Arith a) {
      return List.of(a.x, a.y);
    } else if (this instanceof Compare c) {
      return List.of(c.x, c.y);
    } else if (this instanceof Logic l) {
      return List.of(l.x, l.y);
    } else if (this instanceof Select s) {
      return List.of(s.condition, s.x, s.y);
    } else if (this instanceof Call c) {
      return c.arguments;
    }
    return List.of();
  }
}
