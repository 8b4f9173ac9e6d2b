package io.kindling.device.formula;

import io.kindling.core.KindlingException;
import io.kindling.device.formula.Expr.Arith;
import io.kindling.device.formula.Expr.Compare;
import io.kindling.device.formula.Expr.Logic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Recursive descent, a method a level of binding. */
final class FormulaParser {
  private final String text;
  private final List<String> inputs;
  private final List<String> outputs;
  private final List<String> scalars;
  private final Map<String, Expr> locals = new LinkedHashMap<>();
  private final List<Formula.Statement> statements = new ArrayList<>();
  private int at;
  private int used;

  FormulaParser(String text, List<String> inputs, List<String> outputs, List<String> scalars) {
    this.text = text;
    this.inputs = inputs;
    this.outputs = outputs;
    this.scalars = scalars;
    this.used = outputs.isEmpty() ? 0 : inputs.size();
  }

  Formula parse() {
    do {
      skip();
      if (at < text.length()) {
        statement();
      }
    } while (take(";"));
    if (at < text.length()) {
      throw error("expected an operator or ';'");
    }
    return new Formula(text, outputs.isEmpty() ? lastIsOutput() : statements, used, count());
  }

  private int count() {
    return Math.max(1, outputs.size());
  }

  private List<Formula.Statement> lastIsOutput() {
    int last = statements.size() - 1;
    statements.set(last, new Formula.Statement(statements.get(last).value(), 0));
    return statements;
  }

  private void statement() {
    int start = at;
    String name = peekName();
    if (!name.isEmpty()) {
      at += name.length();
      skip();
    }
    boolean named = !name.isEmpty() && text.startsWith("=", at) && !text.startsWith("==", at);
    at = named ? at + 1 : start;
    Expr value = expression();
    if (named) {
      locals.put(name, new Expr.Local(statements.size(), value.isTruth()));
    }
    statements.add(new Formula.Statement(value, named ? outputs.indexOf(name) : -1));
  }

  private Expr expression() {
    Expr condition = or();
    if (!take("?")) {
      return condition;
    }
    Expr x = expression();
    require(":");
    return new Expr.Select(truth(condition), x, expression());
  }

  private Expr or() {
    Expr x = and();
    while (true) {
      if (take("||")) {
        x = new Logic('|', truth(x), truth(and()));
      } else if (take("^")) {
        x = new Logic('^', truth(x), truth(and()));
      } else {
        return x;
      }
    }
  }

  private Expr and() {
    Expr x = comparison();
    while (take("&&")) {
      x = new Logic('&', truth(x), truth(comparison()));
    }
    return x;
  }

  private Expr comparison() {
    Expr x = sum();
    for (String operator : new String[] {"<=", ">=", "==", "!=", "<", ">"}) {
      if (take(operator)) {
        return new Compare(operator, x, sum());
      }
    }
    return x;
  }

  private Expr sum() {
    Expr x = product();
    while (true) {
      if (take("+")) {
        x = new Arith('+', x, product());
      } else if (take("-")) {
        x = new Arith('-', x, product());
      } else {
        return x;
      }
    }
  }

  private Expr product() {
    Expr x = unary();
    while (true) {
      if (take("*")) {
        x = new Arith('*', x, unary());
      } else if (take("/")) {
        x = new Arith('/', x, unary());
      } else {
        return x;
      }
    }
  }

  private Expr unary() {
    if (take("-")) {
      Expr x = unary();
      return x instanceof Expr.Num n ? new Expr.Num(-n.value()) : new Expr.Neg(x);
    }
    if (!text.startsWith("!=", at) && take("!")) {
      return new Compare("==", unary(), new Expr.Num(0));
    }
    return primary();
  }

  private Expr primary() {
    if (take("(")) {
      Expr x = expression();
      require(")");
      return x;
    }
    String name = peekName();
    if (name.isEmpty()) {
      return number();
    }
    at += name.length();
    return take("(") ? call(name) : variable(name);
  }

  private Expr call(String name) {
    MathFunction function;
    try {
      function = MathFunction.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw error("no function '" + name + "'");
    }
    List<Expr> arguments = new ArrayList<>();
    do {
      arguments.add(expression());
    } while (take(","));
    require(")");
    if (arguments.size() != function.arguments()) {
      throw error(name + " takes " + function.arguments() + ", got " + arguments.size());
    }
    return new Expr.Call(function, List.copyOf(arguments));
  }

  private Expr variable(String name) {
    Expr local = locals.get(name);
    if (local != null) {
      return local;
    }
    int input = inputs.indexOf(name);
    if (input >= 0) {
      used = Math.max(used, input + 1);
      return new Expr.Input(input);
    }
    int scalar = scalars.indexOf(name);
    if (scalar < 0) {
      throw error("no operand '" + name + "'");
    }
    return new Expr.Scalar(scalar);
  }

  private Expr number() {
    skip();
    int start = at;
    while (at < text.length() && isOfNumber(start)) {
      at++;
    }
    try {
      return new Expr.Num(Double.parseDouble(text.substring(start, at)));
    } catch (NumberFormatException e) {
      throw error("expected a number or a name");
    }
  }

  private boolean isOfNumber(int start) {
    char c = text.charAt(at);
    boolean sign = (c == '-' || c == '+') && at > start && text.charAt(at - 1) == 'e';
    return Character.isDigit(c) || c == '.' || (c == 'e' && at > start) || sign;
  }

  /** A number in the place of a condition is true unless it is 0. */
  private static Expr truth(Expr x) {
    return x.isTruth() ? x : new Compare("!=", x, new Expr.Num(0));
  }

  private String peekName() {
    skip();
    int end = at;
    while (end < text.length() && isOfName(text.charAt(end), end == at)) {
      end++;
    }
    return text.substring(at, end);
  }

  private static boolean isOfName(char c, boolean first) {
    return Character.isLetter(c) || c == '_' || (!first && Character.isDigit(c));
  }

  private void skip() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private boolean take(String token) {
    skip();
    if (text.startsWith(token, at)) {
      at += token.length();
      return true;
    }
    return false;
  }

  private void require(String token) {
    if (!take(token)) {
      throw error("expected '" + token + "'");
    }
  }

  private KindlingException error(String what) {
    return new KindlingException("formula \"" + text + "\": " + what + " at position " + at);
  }
}
