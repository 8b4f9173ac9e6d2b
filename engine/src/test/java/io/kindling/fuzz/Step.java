package io.kindling.fuzz;

import io.kindling.core.DType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A line of a program. */
sealed interface Step {

  /** The number of the variable that it defines; -1 for none. */
  int out();

  /** The variables that it reads. */
  List<Integer> args();

  /** {@code v0 = float32 [2, 3] STEPPED grad {1.0, 2.0}}. */
  record Leaf(int out, DType dtype, long[] shape, Arrangement how, boolean grad, Data data)
      implements Step {
    long numel() {
      return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    @Override
    public List<Integer> args() {
      return List.of();
    }

    @Override
    public String toString() {
      return "v"
          + out
          + " = "
          + dtype.torchName()
          + " "
          + Arrays.toString(shape)
          + " "
          + how
          + (grad ? " grad " : " ")
          + data;
    }
  }

  /** {@code v2 = add(v0, v1; 2)}: an operator, its tensors, its other arguments. */
  record Call(int out, String op, List<Integer> args, List<@Nullable Object> params)
      implements Step {
    @Override
    public String toString() {
      String tensors = args.stream().map(a -> "v" + a).collect(Collectors.joining(", "));
      String rest = params.stream().map(Call::literal).collect(Collectors.joining(", "));
      return "v" + out + " = " + op + "(" + tensors + (rest.isEmpty() ? "" : "; " + rest) + ")";
    }

    private static String literal(@Nullable Object p) {
      if (p instanceof String s) {
        return "'" + s + "'";
      }
      if (p instanceof long[] a) {
        return Arrays.toString(a);
      }
      return p instanceof DType d ? d.torchName() : String.valueOf(p);
    }
  }

  /** How gradients are taken. */
  enum Mode {
    /** {@code backward} of each with the graph retained, then the gradients of the leaves. */
    RETAINED,
    /** {@code backward} of each. */
    BACKWARD,
    /** {@code autograd.grad}. */
    GRAD,
    /** {@code autograd.grad} with {@code create_graph}, and again. */
    TWICE
  }

  /** {@code grads(v2, v3; TWICE, 7)}: of random multiples of the variables. */
  record Grads(List<Integer> args, Mode mode, long seed) implements Step {
    @Override
    public int out() {
      return -1;
    }

    @Override
    public String toString() {
      String of = args.stream().map(a -> "v" + a).collect(Collectors.joining(", "));
      return "grads(" + of + "; " + mode + ", " + seed + ")";
    }
  }
}
