package io.kindling.optim;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Fused;
import io.kindling.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam (Kingma and Ba 2014): {@code m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p
 * -= lr m' / (sqrt(v') + eps)}, where m' and v' are m and v divided by {@code 1 - beta^step}.
 * Weight decay is added to the gradient.
 *
 * <pre>{@code
 * new Adam(model.parameters(), 1e-3)
 * new Adam(model.parameters(), Adam.options(1e-3).betas(0.9, 0.95).amsgrad(true))
 * }</pre>
 */
public final class Adam extends Optimizer {
  private static final long serialVersionUID = 1L;

  private static final String MEAN = "exp_avg";
  private static final String SQUARE = "exp_avg_sq";
  private static final String MAX_SQUARE = "max_exp_avg_sq";

  /**
   * PyTorch's options. Each method returns changed options; made by {@link Adam#options}.
   *
   * @param lr learning rate, 0.001 by default
   * @param betas shares kept of the gradient's mean and of its square, 0.9 and 0.999 by default
   * @param eps added to the denominator, 1e-8 by default
   * @param weightDecay share of the parameter that is added to the gradient, 0 by default
   * @param amsgrad divides by the largest mean square so far
   * @param maximize climbs instead of descending
   */
  public record Options(
      double lr,
      List<Double> betas,
      double eps,
      double weightDecay,
      boolean amsgrad,
      boolean maximize)
      implements Optimizer.Options {
    /** Refuses values out of range with a {@link KindlingException} in PyTorch's words. */
    public Options {
      OptionValues.checkNotNegative("learning rate", lr);
      OptionValues.checkNotNegative("epsilon value", eps);
      betas = List.copyOf(Arguments.noneNull(betas, "Adam", "betas"));
      if (betas.size() != 2) {
        throw new KindlingException("Adam: expected 2 betas, got " + betas);
      }
      for (int i = 0; i < 2; i++) {
        if (!(betas.get(i) >= 0 && betas.get(i) < 1)) {
          throw new KindlingException(
              "Invalid beta parameter at index " + i + ": " + betas.get(i) + "; expected [0, 1)");
        }
      }
      OptionValues.checkNotNegative("weight_decay value", weightDecay);
    }

    @Override
    public Options lr(double value) {
      return new Options(value, betas, eps, weightDecay, amsgrad, maximize);
    }

    public Options betas(double mean, double square) {
      return new Options(lr, List.of(mean, square), eps, weightDecay, amsgrad, maximize);
    }

    public Options eps(double value) {
      return new Options(lr, betas, value, weightDecay, amsgrad, maximize);
    }

    public Options weightDecay(double value) {
      return new Options(lr, betas, eps, value, amsgrad, maximize);
    }

    public Options amsgrad(boolean value) {
      return new Options(lr, betas, eps, weightDecay, value, maximize);
    }

    public Options maximize(boolean value) {
      return new Options(lr, betas, eps, weightDecay, amsgrad, value);
    }

    @Override
    public Map<String, Object> toMap() {
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("lr", lr);
      out.put("betas", betas);
      out.put("eps", eps);
      out.put("weight_decay", weightDecay);
      out.put("amsgrad", amsgrad);
      out.put("maximize", maximize);
      return out;
    }

    @Override
    public Options withAll(Map<String, ?> values) {
      return new Options(
          OptionValues.number(values, "lr", lr),
          OptionValues.numbers(values, "betas", betas),
          OptionValues.number(values, "eps", eps),
          OptionValues.number(values, "weight_decay", weightDecay),
          OptionValues.flag(values, "amsgrad", amsgrad),
          OptionValues.flag(values, "maximize", maximize));
    }
  }

  /** PyTorch's defaults, with the learning rate of 0.001. */
  public static Options options() {
    return options(1e-3);
  }

  public static Options options(double lr) {
    return new Options(lr, List.of(0.9, 0.999), 1e-8, 0, false, false);
  }

  public Adam(List<? extends Tensor> parameters) {
    this(parameters, options());
  }

  public Adam(List<? extends Tensor> parameters, double lr) {
    this(parameters, options(lr));
  }

  public Adam(List<? extends Tensor> parameters, Options options) {
    super(parameters, options);
  }

  @Override
  void update(Tensor p, Tensor grad, ParamState state, Optimizer.Options options) {
    Options o = (Options) options;
    state.step++;
    Tensor mean = state.get(MEAN, p);
    Tensor square = state.get(SQUARE, p);
    Tensor[] outs =
        o.amsgrad
            ? new Tensor[] {p, mean, square, state.get(MAX_SQUARE, p)}
            : new Tensor[] {p, mean, square};
    Tensor[] ins = new Tensor[outs.length + 1];
    ins[0] = p;
    ins[1] = grad;
    System.arraycopy(outs, 1, ins, 2, outs.length - 1);
    double[] scalars = AdamKernels.scalars(o, state.step);
    Fused.update(AdamKernels.of(o.amsgrad, o.betas.get(0)), outs, ins, scalars);
  }
}
