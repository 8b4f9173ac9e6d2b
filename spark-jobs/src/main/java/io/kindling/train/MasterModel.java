package io.kindling.train;

import io.kindling.conf.ConfigException;
import io.kindling.conf.Named;
import io.kindling.conf.OptimizerConfig;
import io.kindling.conf.RunConfig;
import io.kindling.conf.ScheduleConfig;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The driver's model: the only one that an optimizer changes. */
final class MasterModel {
  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int PARALLEL = 1 << 19;

  private final Module model;
  private final RunConfig config;
  private final Optimizer optimizer;
  private long steps;
  private @Nullable StepParameters old;

  MasterModel(Module model, RunConfig config) {
    this.model = model;
    this.config = config;
    requireFloats(model);
    this.optimizer = optimizer(config.optimizer(), model);
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

  private static void divide(float[] sums, float by) {
    int pieces = sums.length < PARALLEL ? 1 : CORES;
    IntStream.range(0, pieces)
        .parallel()
        .forEach(
            piece -> {
              int end = (int) ((piece + 1L) * sums.length / pieces);
              for (int i = (int) ((long) piece * sums.length / pieces); i < end; i++) {
                sums[i] /= by;
              }
            });
  }

  /** The parameters as they are now, in arrays of their own. */
  StepParameters values() {
    float[] parameters = Vectors.take(ParameterVector.size(model));
    float[] buffers = new float[ParameterVector.bufferSize(model)];
    ParameterVector.copyTo(model, parameters);
    ParameterVector.copyBuffersTo(model, buffers);
    return new StepParameters(steps, parameters, buffers);
  }

  /**
   * Divides the sums by the number of examples, once, and makes the optimizer's step.
   *
   * @param before what {@link #values} gave last, or this method; it is valid for one step more
   * @return the parameters after it
   * @throws ConfigException if the loss is not a number any more
   */
  StepParameters step(ShardResult total, StepParameters before) {
    requireFinite(total);
    float[] gradient = total.gradient();
    float examples = total.examples();
    divide(gradient, examples);
    clip(gradient);
    setRate();
    int threads = Engine.threads();
    try (Scope scope = Scope.open()) {
      // In local mode too: every task waits for this step. Short ones end before a thread wakes.
      Engine.threads(gradient.length < PARALLEL ? 1 : CORES);
      ParameterVector.setGrad(model, gradient);
      optimizer.step();
      optimizer.zeroGrad();
    } finally {
      Engine.threads(threads);
    }
    if (total.buffers().length > 0) {
      float[] buffers = before.buffers().clone();
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] += total.buffers()[i] / examples;
      }
      ParameterVector.copyBuffersFrom(model, buffers);
    }
    total.release();
    if (old != null) {
      Vectors.give(old.parameters());
    }
    old = before;
    steps++;
    return values();
  }

  /** Shortens a gradient that is longer than {@code train.clip_norm}, as PyTorch does. */
  private void clip(float[] gradient) {
    Double most = config.train().clipNorm();
    if (most == null) {
      return;
    }
    double squares = 0;
    for (float g : gradient) {
      squares += (double) g * g;
    }
    double scale = most / (Math.sqrt(squares) + 1e-6);
    for (int i = 0; i < gradient.length && scale < 1; i++) {
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

  private void requireFinite(ShardResult total) {
    if (!Double.isFinite(total.lossSum())) {
      throw diverged("the loss is " + total.lossSum());
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
    if (steps == 0) { // No learning rate has had a part in it.
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
