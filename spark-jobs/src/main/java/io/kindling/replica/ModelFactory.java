package io.kindling.replica;

import io.kindling.conf.ModelConfig;
import io.kindling.conf.Named;
import io.kindling.nn.Module;
import io.kindling.nn.Parameter;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes a model, in the driver and in every executor; {@code () -> new MyNet()} will do. Each model
 * must have the same parameters and buffers in the same order; their values are replaced.
 */
@FunctionalInterface
public interface ModelFactory extends Serializable {
  Module create();

  /**
   * Makes the model that a configuration names: {@code mlp}, {@code lenet}, {@code two_layer}, or a
   * class on the job's class path.
   */
  static ModelFactory of(ModelConfig config) {
    return freezing(config, new ConfiguredModel(config));
  }

  /**
   * Makes another factory's models with the parameters of {@code model.frozen} kept as they are.
   */
  static ModelFactory freezing(ModelConfig config, ModelFactory factory) {
    List<String> frozen = config.frozen();
    return frozen == null
        ? factory
        : () -> {
          Module model = factory.create();
          Map<String, Parameter> parameters = model.namedParameters();
          for (String name : Named.choose("model.frozen", frozen, parameters.keySet())) {
            Objects.requireNonNull(parameters.get(name)).requiresGrad_(false);
          }
          return model;
        };
  }
}
