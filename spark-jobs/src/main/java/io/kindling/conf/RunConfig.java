package io.kindling.conf;

import java.io.Serializable;

/**
 * All that a run is told, resolved and checked. Made by {@link ConfigLoader}, or in Java.
 *
 * @param data where the examples come from
 * @param model the network
 * @param train the loop
 * @param optimizer how parameters follow gradients
 * @param engine where the arithmetic runs
 */
public record RunConfig(
    DataConfig data,
    ModelConfig model,
    TrainConfig train,
    OptimizerConfig optimizer,
    EngineConfig engine)
    implements Serializable {

  /** The seed of the initial parameters: {@code model.init_seed}, else {@code train.seed}. */
  public long initSeed() {
    Long seed = model.initSeed();
    return seed == null ? train.seed() : seed;
  }

  /**
   * The resolved configuration in YAML, keys in the records' order, keys without a value left out.
   * Values of keys that end in {@code secret}, {@code password}, {@code token} or {@code
   * access_key}, and credentials inside URIs, are masked. Without secrets it loads back equal.
   */
  public String toYaml() {
    return YamlWriter.write(Secrets.mask(Binder.unbind(this, component -> true)));
  }

  /**
   * What tells runs apart: the SHA-256, in hexadecimal, of the keys that decide the result (the
   * weights, to the bit, and the final metrics), defaults included, in a canonical form.
   *
   * <p>Left out, because another value leads to the same result: {@code data.partitions}, {@code
   * data.class_names}, {@code train.sync}, {@code train.step_timeout}, {@code train.slot_timeout},
   * {@code train.log_every}, {@code train.eval_every}, {@code engine.memory_limit} and {@code
   * engine.device}. {@code data.root} is in: another place may hold other data. So are {@code
   * train.epochs} and {@code train.max_steps}.
   */
  public String sha256() {
    return Canonical.sha256(Binder.unbind(this, component -> component.decides()));
  }
}
