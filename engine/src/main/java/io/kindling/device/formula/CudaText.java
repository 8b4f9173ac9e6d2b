package io.kindling.device.formula;

import io.kindling.core.DType;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A formula as CUDA C++: a device function of one element, which the kernels of a CUDA backend call
 * in their loops. {@link #PRELUDE} defines what CUDA has not, or has otherwise.
 */
public final class CudaText {
  /** Functions that propagate NaN and divide as Python does; stands once before all others. */
  public static final String PRELUDE =
      """
      #define KERNEL __device__ __forceinline__
      typedef long long i64;
      template <class T> KERNEL T k_max(T a, T b) { return a > b || a != a ? a : b; }
      template <class T> KERNEL T k_min(T a, T b) { return a < b || a != a ? a : b; }
      template <class T> KERNEL T k_abs(T a) { return a < 0 ? -a : a + T(0); }
      template <class T> KERNEL T k_sign(T a) { return T((a > 0) - (a < 0)); }
      template <class T> KERNEL T k_remainder(T a, T b) {
        T m = fmod(a, b);
        return m != 0 && (m < 0) != (b < 0) ? m + b : m;
      }
      template <> KERNEL i64 k_remainder<i64>(i64 a, i64 b) {
        i64 m = a % b;
        return m != 0 && (m < 0) != (b < 0) ? m + b : m;
      }
      template <class T> KERNEL T k_floor_divide(T a, T b) {
        if (b == 0) return a / b;
        T m = fmod(a, b), d = (a - m) / b;
        if (m != 0 && (b < 0) != (m < 0)) d -= 1;
        if (d == 0) return copysign(T(0), a / b);
        T f = floor(d);
        return d - f > T(0.5) ? f + 1 : f;
      }
      template <> KERNEL i64 k_floor_divide<i64>(i64 a, i64 b) {
        return (a - k_remainder(a, b)) / b;
      }
      template <class T> KERNEL T k_pow(T a, T b) { return pow(a, b); }
      template <> KERNEL i64 k_pow<i64>(i64 a, i64 b) {
        if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
        i64 r = 1;
        for (; b; b >>= 1, a *= a) if (b & 1) r *= a;
        return r;
      }
      template <class T> KERNEL T k_floor(T a) { return floor(a); }
      template <> KERNEL i64 k_floor<i64>(i64 a) { return a; }
      """;

  private final Formula formula;
  private final String type;

  private CudaText(Formula formula, String type) {
    this.formula = formula;
    this.type = type;
  }

  /**
   * {@code name}'s device function: inputs {@code x0, x1, ...}, numbers of the call {@code s}, and
   * pointers {@code y0, ...} that take the outputs, a condition as 0 or 1.
   *
   * @param compute float32, float64 or int64
   */
  public static String of(String name, Formula formula, DType compute) {
    String type =
        switch (compute.computeType()) {
          case FLOAT32 -> "float";
          case FLOAT64 -> "double";
          case BOOL, UINT8, INT8, INT16, INT32, INT64, FLOAT16, BFLOAT16 -> "i64";
        };
    return new CudaText(formula, type).text(name);
  }

  private String text(String name) {
    StringBuilder out = new StringBuilder("KERNEL void ").append(name).append('_').append(type);
    out.append('(');
    IntStream.range(0, formula.inputs())
        .forEach(i -> out.append(type).append(" x").append(i).append(", "));
    out.append("const double* s");
    IntStream.range(0, formula.outputs())
        .forEach(o -> out.append(", ").append(type).append("* y").append(o));
    out.append(") {\n");
    for (int i = 0; i < formula.statements().size(); i++) {
      Formula.Statement s = formula.statements().get(i);
      String held = s.value().isTruth() ? "bool" : type;
      out.append("  const ").append(held).append(" v").append(i).append(" = ");
      out.append(text(s.value())).append(";\n");
    }
    for (int i = 0; i < formula.statements().size(); i++) {
      int output = formula.statements().get(i).output();
      if (output >= 0) {
        out.append("  *y").append(output).append(" = v").append(i).append(";\n");
      }
    }
    return out.append("}\n").toString();
  }

  private String text(Expr e) {
    if (e instanceof Expr.Num n) {
      return type + "(" + number(n.value()) + ")";
    } else if (e instanceof Expr.Input in) {
      return "x" + in.index();
    } else if (e instanceof Expr.Scalar s) {
      return type + "(s[" + s.index() + "])";
    } else if (e instanceof Expr.Local l) {
      return "v" + l.statement();
    } else if (e instanceof Expr.Neg n) {
      return "(-" + text(n.x()) + ")";
    } else if (e instanceof Expr.Arith a) {
      return infix(a.x(), Character.toString(a.operator()), a.y());
    } else if (e instanceof Expr.Compare c) {
      return infix(c.x(), c.operator(), c.y());
    } else if (e instanceof Expr.Logic l) {
      return infix(l.x(), Character.toString(l.operator()), l.y());
    } else if (e instanceof Expr.Select s) {
      return "(" + text(s.condition()) + " ? " + text(s.x()) + " : " + text(s.y()) + ")";
    }
    return call((Expr.Call) e);
  }

  private String infix(Expr x, String operator, Expr y) {
    return "(" + text(x) + " " + operator + " " + text(y) + ")";
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private String call(Expr.Call c) {
    String arguments = c.arguments().stream().map(this::text).collect(Collectors.joining(", "));
    boolean own = c.function().ofIntegers();
    return (own ? "k_" : "") + c.function().text() + "(" + arguments + ")";
  }
}
