package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.Shapes;
import io.kindling.device.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the gradients of a function with central differences: PyTorch's {@code
 * torch.autograd.gradcheck} and {@code gradgradcheck}. Every input that requires a gradient must be
 * float64 and away from kinks.
 *
 * <pre>{@code
 * Tensor x = randn(FLOAT64, 2, 3).requiresGrad_();
 * Gradcheck.gradcheck(in -> in[0].tanh(), x);
 * }</pre>
 */
public final class Gradcheck {
  /** Half the distance between the two points of a difference. */
  private static final double EPS = 1e-6;

  /** A difference of up to {@code ATOL + RTOL * |numerical|} passes, as in PyTorch. */
  private static final double ATOL = 1e-5;

  private static final double RTOL = 1e-3;

  /** What is checked: a function of tensors. */
  @FunctionalInterface
  public interface Checked {
    Tensor apply(Tensor... inputs);
  }

  /** As {@link Checked}, with several results. */
  @FunctionalInterface
  private interface Many {
    List<@Nullable Tensor> apply(Tensor... inputs);
  }

  private Gradcheck() {}

  /**
   * Checks the gradients of {@code f} by each input that requires one.
   *
   * @throws AutogradException naming the input, the element and both values where they disagree
   */
  public static void gradcheck(Checked f, Tensor... inputs) {
    check("gradcheck", in -> Arrays.asList(f.apply(in)), inputs);
  }

  /**
   * Checks the gradients of the gradients of {@code f}, by its inputs and by the gradient of its
   * output.
   *
   * @throws AutogradException as {@link #gradcheck}; the gradient of the output is the last input
   */
  public static void gradgradcheck(Checked f, Tensor... inputs) {
    Tensor out = f.apply(inputs);
    int n = inputs.length;
    Tensor[] all = Arrays.copyOf(inputs, n + 1);
    all[n] = Tensors.randnLike(out.detach()).requiresGrad_();
    check(
        "gradgradcheck",
        in -> {
          List<Tensor> by = new ArrayList<>();
          for (int i = 0; i < n; i++) {
            if (in[i].requiresGrad()) {
              by.add(in[i]);
            }
          }
          Tensor y = f.apply(Arrays.copyOf(in, n));
          return Autograd.grad(List.of(y), by, List.of(in[n]), true, true, true);
        },
        all);
  }

  private static void check(String name, Many f, Tensor... inputs) {
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < inputs.length; i++) {
        if (inputs[i].requiresGrad() && inputs[i].dtype() != DType.FLOAT64) {
          throw new AutogradException(
              name + ": input " + i + " is " + inputs[i].dtype() + "; differences need float64");
        }
      }
      List<@Nullable Tensor> outputs = f.apply(inputs);
      for (int i = 0; i < inputs.length; i++) {
        if (inputs[i].requiresGrad()) {
          double[][][] numerical = numerical(f, inputs, i, outputs);
          for (int o = 0; o < outputs.size(); o++) {
            compare(name, inputs[i], i, outputs.get(o), o, numerical[o]);
          }
        }
      }
    }
  }

  /** For each output its central differences, one row an element of input {@code i}. */
  private static double[][][] numerical(
      Many f, Tensor[] inputs, int i, List<@Nullable Tensor> outputs) {
    int n = Math.toIntExact(inputs[i].numel());
    double[][][] out = new double[outputs.size()][n][];
    for (int e = 0; e < n; e++) {
      try (Scope scope = Scope.open()) {
        List<@Nullable Tensor> above = f.apply(moved(inputs, i, e, EPS));
        List<@Nullable Tensor> below = f.apply(moved(inputs, i, e, -EPS));
        for (int o = 0; o < out.length; o++) {
          Tensor a = above.get(o);
          Tensor b = below.get(o);
          out[o][e] = a == null || b == null ? new double[0] : slope(a, b);
        }
      }
    }
    return out;
  }

  private static double[] slope(Tensor above, Tensor below) {
    double[] a = above.toDoubleArray();
    double[] b = below.toDoubleArray();
    for (int k = 0; k < a.length; k++) {
      a[k] = (a[k] - b[k]) / (2 * EPS);
    }
    return a;
  }

  /** The inputs with one element moved; the others stay as they are. */
  private static Tensor[] moved(Tensor[] inputs, int i, int element, double by) {
    Tensor[] out = inputs.clone();
    Tensor copy = inputs[i].detach().clone_();
    copy.get(position(copy, element)).add_(by);
    out[i] = copy.requiresGrad_();
    return out;
  }

  /** The indices of the {@code element}-th element in row-major order. */
  private static long[] position(Tensor x, int element) {
    long[] index = new long[x.dim()];
    long rest = element;
    for (int d = index.length - 1; d >= 0; d--) {
      index[d] = rest % x.size(d);
      rest /= x.size(d);
    }
    return index;
  }

  private static void compare(
      String name, Tensor input, int i, @Nullable Tensor output, int o, double[][] numerical) {
    int size = output == null ? 0 : Math.toIntExact(output.numel());
    for (int k = 0; k < size; k++) {
      double[] analytical = analytical(input, java.util.Objects.requireNonNull(output), k);
      for (int e = 0; e < analytical.length; e++) {
        double expected = numerical[e][k];
        if (!(Math.abs(analytical[e] - expected) <= ATOL + RTOL * Math.abs(expected))) {
          throw new AutogradException(
              name
                  + ": Jacobian mismatch for output "
                  + o
                  + " with respect to input "
                  + i
                  + ": element "
                  + Shapes.text(position(output, k))
                  + " of the output by element "
                  + Shapes.text(position(input, e))
                  + " of the input, numerical: "
                  + expected
                  + ", analytical: "
                  + analytical[e]);
        }
      }
    }
  }

  /** The gradient of one element of the output by the whole input; zeros where it is not used. */
  private static double[] analytical(Tensor input, Tensor output, int element) {
    if (!output.requiresGrad()) {
      return new double[Math.toIntExact(input.numel())];
    }
    try (Scope scope = Scope.open()) {
      Tensor pick = output.newZeros(DType.FLOAT64, output.shape());
      pick.get(position(output, element)).fill_(1);
      Tensor g =
          Autograd.grad(List.of(output), List.of(input), List.of(pick), true, false, true).get(0);
      return g == null ? new double[Math.toIntExact(input.numel())] : g.toDoubleArray();
    }
  }
}
