package io.kindling.train;

import io.kindling.conf.ConfigException;
import io.kindling.conf.Named;
import io.kindling.conf.OptimizerConfig;
import io.kindling.conf.RunConfig;
import io.kindling.conf.ScheduleConfig;
import io.kindling.conf.TrainConfig;
import io.kindling.core.DType;
import io.kindling.device.Engine;
import io.kindling.device.Scope;
import io.kindling.nn.Module;
import io.kindling.nn.Parameter;
import io.kindling.nn.ParameterVector;
import io.kindling.optim.Adam;
import io.kindling.optim.Optimizer;
import io.kindling.optim.SGD;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.Vectors;
import io.kindling.replica.StepParameters;
import io.kindling.report.Evaluation;
import io.kindling.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The driver's model: the only one that an optimizer changes. */
final class MasterModel {
  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int MOST_SKIPPED = 10;

  private final Module model;
  private final RunConfig config;
  private final Optimizer optimizer;
  private final int parameterCount;
  private final int bufferCount;
  private long steps;
  private int skippedInRow;
  private @Nullable StepParameters old;

  MasterModel(Module model, RunConfig config) {
    this.model = model;
    this.config = config;
    requireFloats(model);
    this.optimizer = optimizer(config.optimizer(), model);
    this.parameterCount = ParameterVector.size(model);
    this.bufferCount = ParameterVector.bufferSize(model);
  }

  private static void requireFloats(Module model) {
    for (Map.Entry<String, Parameter> entry : model.namedParameters().entrySet()) {
      if (entry.getValue().dtype() != DType.FLOAT32) {
        throw new ConfigException(
            "model.class",
            String.format(
                "model.class: the parameter %s of %s is %s; training takes float32",
                entry.getKey(), model.getClass().getName(), entry.getValue().dtype()));
      }
    }
    if (model.parameters().isEmpty()) {
      throw new ConfigException(
          "model.class",
          String.format(
              "model.class: %s has no parameters to train; parameters and layers are found in its"
                  + " fields",
              model.getClass().getName()));
    }
  }

  private static Optimizer optimizer(OptimizerConfig config, Module model) {
    Map<String, Parameter> parameters = model.namedParameters();
    Set<String> without = Named.choose("optimizer.no_decay", config.noDecay(), parameters.keySet());
    List<Parameter> decayed = new ArrayList<>();
    List<Parameter> plain = new ArrayList<>();
    parameters.forEach((name, p) -> (without.contains(name) ? plain : decayed).add(p));
    double decay = config.weightDecay();
    List<Parameter> first = decayed.isEmpty() ? plain : decayed;
    Optimizer optimizer = optimizer(config, first, decayed.isEmpty() ? 0 : decay);
    if (!plain.isEmpty() && !decayed.isEmpty()) {
      Optimizer.Options options = optimizer.paramGroups().get(0).options();
      optimizer.addParamGroup(plain, options.withAll(Map.of("weight_decay", 0.0)));
    }
    return optimizer;
  }

  private static Optimizer optimizer(
      OptimizerConfig config, List<Parameter> parameters, double decay) {
    if (config instanceof OptimizerConfig.Adam adam) {
      return new Adam(
          parameters,
          Adam.options(adam.lr())
              .betas(adam.betas().get(0), adam.betas().get(1))
              .eps(adam.eps())
              .weightDecay(decay));
    }
    OptimizerConfig.Sgd sgd = (OptimizerConfig.Sgd) config;
    return new SGD(
        parameters,
        SGD.options(sgd.lr())
            .momentum(sgd.momentum())
            .dampening(sgd.dampening())
            .weightDecay(decay)
            .nesterov(sgd.nesterov()));
  }

  Module model() {
    return model;
  }

  /** A copy of the state, to be closed. */
  Snapshot snapshot() {
    return Snapshot.of(model, optimizer);
  }

  /** Goes on from the state after so many steps, read from a checkpoint. */
  void restore(Map<String, Tensor> saved, Map<String, Tensor> training, long made) {
    Snapshot.restore(model, optimizer, saved, training);
    steps = made;
  }

  /** How many steps the last ones are that were left out. */
  int skippedInRow() {
    return skippedInRow;
  }

  /** Goes on after so many steps that were left out. */
  void skippedInRow(int before) {
    skippedInRow = before;
  }

  /** The parameters as they are now, in arrays of their own. */
  StepParameters values() {
    float[] parameters = Vectors.take(parameterCount);
    float[] buffers = new float[bufferCount];
    ParameterVector.copyTo(model, parameters);
    if (bufferCount > 0) { // Looking for them walks the whole model.
      ParameterVector.copyBuffersTo(model, buffers);
    }
    return new StepParameters(steps, parameters, buffers);
  }

  /**
   * Divides the sums by the number of examples, once, and makes the optimizer's step. One whose
   * loss or gradient is not finite is left out where {@code train.non_finite} says so.
   *
   * @param before what {@link #values} gave last, or this method; it is valid for one step more
   * @param where tells which step and shard the sums are of; only asked if one is not finite
   * @return the parameters after it
   * @throws ConfigException if loss or gradient are not finite, and the step is not left out
   */
  StepParameters step(ShardResult total, StepParameters before, Supplier<String> where) {
    float[] gradient = total.gradient();
    float examples = total.examples();
    Vectors.inParts(gradient.length, (from, to) -> divide(gradient, from, to, examples));
    double squares = Vectors.squares(gradient);
    if (Double.isFinite(total.lossSum()) && Double.isFinite(squares)) {
      skippedInRow = 0;
      clip(gradient, squares);
      update(gradient);
      updateBuffers(total, before);
    } else {
      leaveOut(total, where);
    }
    total.release();
    if (old != null) {
      Vectors.give(old.parameters());
    }
    old = before;
    steps++;
    return values();
  }

  private static void divide(float[] sums, int from, int to, float by) {
    for (int i = from; i < to; i++) {
      sums[i] /= by;
    }
  }

  private void update(float[] gradient) {
    setRate();
    int threads = Engine.threads();
    try (Scope scope = Scope.open()) {
      // In local mode too: every task waits for this step.
      Engine.threads(Vectors.isLong(gradient.length) ? CORES : 1);
      ParameterVector.setGrad(model, gradient);
      optimizer.step();
      optimizer.zeroGrad();
    } finally {
      Engine.threads(threads);
    }
  }

  private void updateBuffers(ShardResult total, StepParameters before) {
    if (total.buffers().length > 0) {
      float[] buffers = before.buffers().clone();
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] += total.buffers()[i] / (float) total.examples();
      }
      ParameterVector.copyBuffersFrom(model, buffers);
    }
  }

  private void leaveOut(ShardResult total, Supplier<String> where) {
    boolean loss = !Double.isFinite(total.lossSum());
    String what = loss ? "the loss is " + total.lossSum() : "the gradient is not finite";
    if (config.train().nonFinite() == TrainConfig.NonFinite.FAIL) {
      throw diverged(where.get() + ": " + what);
    }
    skippedInRow++;
    if (skippedInRow == MOST_SKIPPED) {
      throw diverged(
          String.format(
              "%s: %s, and %d steps in a row were left out (train.non_finite)",
              where.get(), what, MOST_SKIPPED));
    }
  }

  /** Shortens a gradient that is longer than {@code train.clip_norm}, as PyTorch does. */
  private void clip(float[] gradient, double squares) {
    Double most = config.train().clipNorm();
    double scale = most == null ? 1 : most / (Math.sqrt(squares) + 1e-6);
    if (scale < 1) {
      Vectors.inParts(gradient.length, (from, to) -> shorten(gradient, from, to, scale));
    }
  }

  private static void shorten(float[] gradient, int from, int to, double scale) {
    for (int i = from; i < to; i++) {
      gradient[i] = (float) (gradient[i] * scale);
    }
  }

  private void setRate() {
    ScheduleConfig schedule = config.schedule();
    if (schedule != null) {
      double rate = config.optimizer().lr() * schedule.factor(steps);
      optimizer.paramGroups().forEach(group -> group.setLr(rate));
    }
  }

  /**
   * The last step is followed by no other that would notice.
   *
   * @throws ConfigException if the test loss or a parameter is not a finite number
   */
  void requireFinite(Evaluation test, StepParameters values) {
    if (!Double.isFinite(test.loss())) {
      throw diverged("the loss on the test examples is " + test.loss());
    }
    for (float value : values.parameters()) {
      if (!Float.isFinite(value)) {
        throw diverged("a parameter is " + value);
      }
    }
  }

  private ConfigException diverged(String what) {
    if (steps <= skippedInRow) { // No learning rate has had a part in it.
      return new ConfigException(
          "model",
          what
              + " before the first update: the model or the data gives values that are not finite"
              + " numbers; look at data.normalize, the data and the model's forward");
    }
    return new ConfigException(
        "optimizer.lr",
        String.format(
            "%s after %d steps: training diverged; lower optimizer.lr (%s)",
            what, steps, optimizer.paramGroups().get(0).lr()));
  }
}
