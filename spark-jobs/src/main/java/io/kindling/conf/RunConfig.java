package io.kindling.conf;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All that a run is told, resolved and checked. Made by {@link ConfigLoader}, or in Java.
 *
 * @param data where the examples come from
 * @param model the network
 * @param train the loop
 * @param optimizer how parameters follow gradients
 * @param engine where the arithmetic runs
 * @param schedule how the learning rate changes; it does not where nothing is given
 * @param reduce who adds the partitions' gradients; the result is the same bits
 */
public record RunConfig(
    DataConfig data,
    ModelConfig model,
    TrainConfig train,
    OptimizerConfig optimizer,
    EngineConfig engine,
    @Nullable ScheduleConfig schedule,
    @Key(value = "auto", decides = false) Reduce reduce)
    implements Serializable {

  /** Who adds the partitions' gradients; the result is the same bits. */
  public enum Reduce {
    /** The executors where the driver's network would be what a step waits for, else the driver. */
    AUTO,
    /** The driver, which receives a vector from each partition. */
    DRIVER,
    /** The executors, a slice of the vector each; the driver receives one vector. */
    SLICED
  }

  /** The same with another engine. */
  public RunConfig with(EngineConfig other) {
    return new RunConfig(data, model, train, optimizer, other, schedule, reduce);
  }

  /** The same with another model. */
  public RunConfig with(ModelConfig other) {
    return new RunConfig(data, other, train, optimizer, engine, schedule, reduce);
  }

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
   * What tells runs apart: the SHA-256, in hexadecimal, of the keys that decide the weights, to the
   * bit, at a step, defaults included, in a canonical form.
   *
   * <p>Left out, because another value leads to the same weights: {@code data.partitions}, {@code
   * data.class_names}, {@code train.sync}, {@code reduce}, {@code train.step_timeout}, {@code
   * train.slot_timeout}, {@code train.log_every}, {@code train.eval_every}, {@code
   * train.validate_every}, {@code train.non_finite} (where it fails there are no weights), the keys
   * of checkpoints, {@code engine.memory_limit} and {@code engine.device}; where the data lies
   * ({@code data.root} and the names of files), because what it holds has a fingerprint of its own;
   * and where the run stops, see {@link #stopSha256()}.
   */
  public String sha256() {
    return Canonical.sha256(Binder.unbind(this, Keys.Entry::decides));
  }

  /** Likewise of {@code train.epochs}, {@code train.max_steps} and {@code train.max_minutes}. */
  public String stopSha256() {
    return Canonical.sha256(Binder.unbind(train, Keys.Entry::stops));
  }

  /**
   * The keys of {@link #sha256()} in which another resolved configuration differs, such as {@code
   * train.seed (was 1, is 2)}.
   *
   * @param yaml the other's {@link #toYaml()}
   * @throws ConfigException if it is not YAML
   */
  public List<String> differences(String yaml) {
    Map<String, Object> all = Trees.flat(Secrets.mask(Binder.unbind(this, entry -> true)));
    Map<String, Object> is = Trees.flat(Secrets.mask(Binder.unbind(this, Keys.Entry::decides)));
    Map<String, Object> was = Trees.flat(Layer.yaml("the configuration there", yaml).tree());
    was.keySet().removeIf(key -> all.containsKey(key) && !is.containsKey(key));
    Set<String> keys = new TreeSet<>(is.keySet());
    keys.addAll(was.keySet());
    return keys.stream()
        .filter(key -> !Canonical.text(is.get(key)).equals(Canonical.text(was.get(key))))
        .map(key -> key + " (was " + told(was.get(key)) + ", is " + told(is.get(key)) + ")")
        .toList();
  }

  private static String told(@Nullable Object value) {
    return value == null ? "not given" : value.toString();
  }
}
