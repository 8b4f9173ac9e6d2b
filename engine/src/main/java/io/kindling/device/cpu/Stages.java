package io.kindling.device.cpu;

import io.kindling.device.formula.Expr;
import io.kindling.device.formula.Formula;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A formula cut into statements such that each call of an array function stands alone, with inputs
 * or earlier statements as arguments. What lies between such calls becomes one loop.
 */
final class Stages {
  private final Predicate<Expr> isArrayCall;
  private final List<Formula.Statement> out = new ArrayList<>();
  private final List<Integer> places = new ArrayList<>();

  private Stages(Predicate<Expr> isArrayCall) {
    this.isArrayCall = isArrayCall;
  }

  static List<Formula.Statement> of(Formula formula, Predicate<Expr> isArrayCall) {
    Stages stages = new Stages(isArrayCall);
    for (Formula.Statement s : formula.statements()) {
      Expr value = stages.flat(s.value(), true);
      stages.out.add(new Formula.Statement(value, s.output()));
      stages.places.add(stages.out.size() - 1);
    }
    return stages.out;
  }

  /** The same value with every array call below it, and itself unless it may stay, moved before. */
  private Expr flat(Expr e, boolean isStatement) {
    if (e instanceof Expr.Local l) {
      return new Expr.Local(places.get(l.statement()), l.isTruth());
    }
    Expr rebuilt = rebuilt(e);
    return isArrayCall.test(e) && !isStatement ? moved(rebuilt) : rebuilt;
  }

  private Expr rebuilt(Expr e) {
    if (e instanceof Expr.Neg n) {
      return new Expr.Neg(flat(n.x(), false));
    } else if (e instanceof Expr.Arith a) {
      return new Expr.Arith(a.operator(), flat(a.x(), false), flat(a.y(), false));
    } else if (e instanceof Expr.Compare c) {
      return new Expr.Compare(c.operator(), flat(c.x(), false), flat(c.y(), false));
    } else if (e instanceof Expr.Logic l) {
      return new Expr.Logic(l.operator(), flat(l.x(), false), flat(l.y(), false));
    } else if (e instanceof Expr.Select s) {
      return new Expr.Select(flat(s.condition(), false), flat(s.x(), false), flat(s.y(), false));
    } else if (e instanceof Expr.Call c) {
      List<Expr> arguments = new ArrayList<>();
      for (Expr argument : c.arguments()) {
        Expr flat = flat(argument, false);
        boolean needsArray = isArrayCall.test(e) && !isArray(flat);
        arguments.add(needsArray ? moved(flat) : flat);
      }
      return new Expr.Call(c.function(), arguments);
    }
    return e;
  }

  private static boolean isArray(Expr e) {
    return e instanceof Expr.Input || e instanceof Expr.Local;
  }

  private Expr moved(Expr value) {
    out.add(new Formula.Statement(value, -1));
    return new Expr.Local(out.size() - 1, value.isTruth());
  }
}
