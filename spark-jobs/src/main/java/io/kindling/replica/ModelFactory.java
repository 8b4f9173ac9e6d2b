package io.kindling.replica;

import io.kindling.conf.ModelConfig;
import io.kindling.nn.Module;
import java.io.Serializable;

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
    return new ConfiguredModel(config);
  }
}
