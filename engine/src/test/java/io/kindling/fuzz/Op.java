package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.jspecify.annotations.Nullable;

/**
 * An operator: how its arguments are drawn, and how each side calls it.
 *
 * @param strides which strides of the result are compared
 * @param writes whether it writes into an argument
 */
record Op(String name, Rule rule, Ours ours, Theirs theirs, Strides strides, boolean writes) {

  /** What PyTorch promises of the strides of a result. */
  enum Strides {
    FREE,
    /** Those of the argument where that has no gaps. */
    KEPT,
    /** All of them: a view, or a copy in a given order. */
    EXACT
  }

  /** Draws the arguments of one call. */
  interface Rule {
    Args draw(Draw d);

    static Rule one(ToIntFunction<Draw> x) {
      return d -> Args.of(x.applyAsInt(d));
    }

    /** A tensor, and one that broadcasts with it. */
    static Rule pair(ToIntFunction<Draw> first) {
      return d -> {
        int x = first.applyAsInt(d);
        return Args.of(x, d.like(x));
      };
    }

    default Rule withNumber() {
      return d -> draw(d).with(d.number());
    }
  }

  interface Ours {
    Tensor call(Tensor[] x, Params p);
  }

  interface Theirs {
    org.bytedeco.pytorch.Tensor call(org.bytedeco.pytorch.Tensor[] x, Params p);
  }

  private static final Set<String> ROUNDED =
      Set.of(
          "exp",
          "log",
          "log1p",
          "sqrt",
          "rsqrt",
          "sin",
          "cos",
          "tanh",
          "sigmoid",
          "erf",
          "div",
          "reciprocal",
          "pow",
          "softmax",
          "logSoftmax",
          "logsumexp",
          "sum",
          "mean",
          "var",
          "std",
          "norm",
          "prod",
          "cumsum",
          "mm",
          "bmm",
          "matmul",
          "dot",
          "addmm",
          "linear",
          "einsum");

  /** Whether two right answers may differ in the last digits. */
  boolean isRounded() {
    return ROUNDED.contains(name.replaceAll("(_|Out|Number_?|All|Unbiased)$", ""));
  }

  static Op unary(
      String name,
      ToIntFunction<Draw> input,
      UnaryOperator<Tensor> ours,
      UnaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    return of(name, Rule.one(input), (x, p) -> ours.apply(x[0]), (x, p) -> theirs.apply(x[0]));
  }

  static Op of(String name, Rule rule, Ours ours, Theirs theirs) {
    Strides free = Strides.FREE;
    return new Op(name, rule, ours, theirs, free, name.endsWith("_") && !name.equals("clone_"));
  }

  Op with(Strides promised) {
    return new Op(name, rule, ours, theirs, promised, writes);
  }

  Op writing() {
    return new Op(name, rule, ours, theirs, strides, true);
  }

  /** The variables and the other arguments of a call. */
  record Args(List<Integer> tensors, List<@Nullable Object> params) {
    static Args of(Integer... tensors) {
      return new Args(List.of(tensors), List.of());
    }

    Args with(@Nullable Object... more) {
      List<@Nullable Object> all = new ArrayList<>(params);
      all.addAll(Arrays.asList(more));
      return new Args(tensors, all);
    }
  }

  /** The arguments that are not tensors: Long, Double, Boolean, String, DType, long[] or null. */
  record Params(List<@Nullable Object> all) {
    private Object get(int i) {
      return Objects.requireNonNull(all.get(i));
    }

    @Nullable Number num(int i) {
      return (Number) all.get(i);
    }

    Scalar scalar(int i) {
      return get(i) instanceof Double d ? new Scalar(d) : new Scalar((long) (Long) get(i));
    }

    ScalarOptional optional(int i) {
      return all.get(i) == null ? new ScalarOptional() : new ScalarOptional(scalar(i));
    }

    long l(int i) {
      return (Long) get(i);
    }

    int i(int i) {
      return (int) l(i);
    }

    double d(int i) {
      return ((Number) get(i)).doubleValue();
    }

    boolean b(int i) {
      return (Boolean) get(i);
    }

    String s(int i) {
      return (String) get(i);
    }

    DType dtype(int i) {
      return (DType) get(i);
    }

    long[] longs(int i) {
      return (long[]) get(i);
    }

    int[] ints(int i) {
      return Arrays.stream(longs(i)).mapToInt(v -> (int) v).toArray();
    }
  }
}
