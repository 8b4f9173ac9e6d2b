package io.kindling.optim;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Fused;
import io.kindling.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent: {@code g += weight_decay p; b = momentum b + (1 - dampening) g; p -=
 * lr b}, where the first b is g; with Nesterov's momentum {@code p -= lr (g + momentum b)}.
 *
 * <pre>{@code
 * new SGD(model.parameters(), 0.1)
 * new SGD(model.parameters(), SGD.options(0.1).momentum(0.9).nesterov(true))
 * }</pre>
 */
public final class SGD extends Optimizer {
  private static final long serialVersionUID = 1L;

  private static final String BUFFER = "momentum_buffer";

  /**
   * PyTorch's options, all but the learning rate 0 or false by default. Each method returns changed
   * options; made by {@link SGD#options}.
   *
   * @param lr learning rate
   * @param momentum share of the last direction that is kept
   * @param dampening share of the gradient that is left out of the direction
   * @param weightDecay share of the parameter that is added to the gradient
   * @param nesterov looks ahead along the momentum
   * @param maximize climbs instead of descending
   */
  public record Options(
      double lr,
      double momentum,
      double dampening,
      double weightDecay,
      boolean nesterov,
      boolean maximize)
      implements Optimizer.Options {
    /** Refuses values out of range with a {@link KindlingException} in PyTorch's words. */
    public Options {
      OptionValues.checkNotNegative("learning rate", lr);
      OptionValues.checkNotNegative("momentum value", momentum);
      OptionValues.checkNotNegative("weight_decay value", weightDecay);
    }

    @Override
    public void check() {
      if (nesterov && (momentum <= 0 || dampening != 0)) {
        throw new KindlingException(
            "Nesterov momentum requires a momentum and zero dampening, got momentum="
                + momentum
                + ", dampening="
                + dampening);
      }
    }

    @Override
    public Options lr(double value) {
      return new Options(value, momentum, dampening, weightDecay, nesterov, maximize);
    }

    public Options momentum(double value) {
      return new Options(lr, value, dampening, weightDecay, nesterov, maximize);
    }

    public Options dampening(double value) {
      return new Options(lr, momentum, value, weightDecay, nesterov, maximize);
    }

    public Options weightDecay(double value) {
      return new Options(lr, momentum, dampening, value, nesterov, maximize);
    }

    /** Needs a momentum and no dampening, which the optimizer checks. */
    public Options nesterov(boolean value) {
      return new Options(lr, momentum, dampening, weightDecay, value, maximize);
    }

    public Options maximize(boolean value) {
      return new Options(lr, momentum, dampening, weightDecay, nesterov, value);
    }

    @Override
    public Map<String, Object> toMap() {
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("lr", lr);
      out.put("momentum", momentum);
      out.put("dampening", dampening);
      out.put("weight_decay", weightDecay);
      out.put("nesterov", nesterov);
      out.put("maximize", maximize);
      return out;
    }

    @Override
    public Options withAll(Map<String, ?> values) {
      return new Options(
          OptionValues.number(values, "lr", lr),
          OptionValues.number(values, "momentum", momentum),
          OptionValues.number(values, "dampening", dampening),
          OptionValues.number(values, "weight_decay", weightDecay),
          OptionValues.flag(values, "nesterov", nesterov),
          OptionValues.flag(values, "maximize", maximize));
    }
  }

  /** Options with a learning rate and nothing else; PyTorch's default rate is 0.001. */
  public static Options options(double lr) {
    return new Options(lr, 0, 0, 0, false, false);
  }

  public SGD(List<? extends Tensor> parameters, double lr) {
    this(parameters, options(lr));
  }

  public SGD(List<? extends Tensor> parameters, Options options) {
    super(parameters, options);
  }

  @Override
  void update(Tensor p, Tensor grad, ParamState state, Optimizer.Options options) {
    Options o = (Options) options;
    double sign = o.maximize ? -1 : 1;
    if (o.momentum == 0) {
      Fused.update(
          SgdKernels.PLAIN, new Tensor[] {p}, new Tensor[] {p, grad}, o.lr, o.weightDecay, sign);
      return;
    }
    // The first direction is the gradient itself: the buffer is zero, and nothing is dampened.
    boolean first = !state.has(BUFFER);
    Tensor buffer = state.get(BUFFER, p);
    Fused.update(
        o.nesterov ? SgdKernels.NESTEROV : SgdKernels.MOMENTUM,
        new Tensor[] {p, buffer},
        new Tensor[] {p, grad, buffer},
        o.lr,
        o.weightDecay,
        sign,
        o.momentum,
        first ? 1 : 1 - o.dampening);
  }
}
