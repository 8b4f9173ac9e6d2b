package io.kindling.conf;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The optimizer: {@code optimizer.name} picks the record, and only that record's keys may be given.
 * The defaults are PyTorch's.
 */
public sealed interface OptimizerConfig extends Serializable {
  /** The value of {@code optimizer.name}: the record's name in snake_case. */
  default String name() {
    return Keys.snakeCase(getClass().getSimpleName());
  }

  /** The learning rate. */
  double lr();

  /** The L2 penalty. */
  double weightDecay();

  /** Names of parameters or layers without the L2 penalty, see {@link Named}; null for none. */
  @Nullable List<String> noDecay();

  /** Stochastic gradient descent, as {@code torch.optim.SGD}. */
  record Sgd(
      @Key("0.001") double lr,
      @Key("0") double momentum,
      @Key("0") double dampening,
      @Key("false") boolean nesterov,
      @Key("0") double weightDecay,
      @Nullable List<String> noDecay)
      implements OptimizerConfig {

    public Sgd {
      noDecay = noDecay == null || noDecay.isEmpty() ? null : List.copyOf(noDecay);
      Check.atLeast("optimizer.lr", 0.0, lr);
      Check.atLeast("optimizer.momentum", 0.0, momentum);
      Check.atLeast("optimizer.weight_decay", 0.0, weightDecay);
      Check.require(
          Double.isFinite(dampening), "optimizer.dampening", "must be finite, got " + dampening);
      Check.require(
          !nesterov || (momentum > 0 && dampening == 0),
          "optimizer.nesterov",
          "needs optimizer.momentum above 0 and optimizer.dampening 0, got momentum "
              + momentum
              + " and dampening "
              + dampening);
    }
  }

  /**
   * Adam, as {@code torch.optim.Adam}.
   *
   * @param betas two decay rates in [0, 1)
   */
  record Adam(
      @Key("0.001") double lr,
      @Key("[0.9, 0.999]") List<Double> betas,
      @Key("1e-8") double eps,
      @Key("0") double weightDecay,
      @Nullable List<String> noDecay)
      implements OptimizerConfig {

    public Adam {
      noDecay = noDecay == null || noDecay.isEmpty() ? null : List.copyOf(noDecay);
      betas = List.copyOf(betas);
      Check.atLeast("optimizer.lr", 0.0, lr);
      Check.require(
          betas.size() == 2, "optimizer.betas", "must hold two numbers, got " + betas.size());
      betas.forEach(beta -> Check.fraction("optimizer.betas", beta));
      Check.atLeast("optimizer.eps", 0.0, eps);
      Check.atLeast("optimizer.weight_decay", 0.0, weightDecay);
    }
  }
}
