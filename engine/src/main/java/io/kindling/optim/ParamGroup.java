package io.kindling.optim;

import io.kindling.core.Arguments;
import io.kindling.tensor.Tensor;
import java.io.Serializable;
import java.util.List;

/** Parameters that share options; changing the options takes effect in the next step. */
public final class ParamGroup implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<Tensor> parameters;
  private Optimizer.Options options;

  ParamGroup(List<? extends Tensor> parameters, Optimizer.Options options) {
    this.parameters = List.copyOf(parameters);
    this.options = options;
  }

  public List<Tensor> parameters() {
    return parameters;
  }

  public Optimizer.Options options() {
    return options;
  }

  /**
   * Replaces the options.
   *
   * @throws io.kindling.core.KindlingException if they belong to another optimizer or do not go
   *     together
   */
  public void setOptions(Optimizer.Options value) {
    Optimizer.checkSameKind(options.getClass(), Arguments.notNull(value, "ParamGroup", "options"));
    value.check();
    options = value;
  }

  /** The learning rate. */
  public double lr() {
    return options.lr();
  }

  /** Sets the learning rate: what a schedule does. */
  public void setLr(double value) {
    setOptions(options.lr(value));
  }
}
