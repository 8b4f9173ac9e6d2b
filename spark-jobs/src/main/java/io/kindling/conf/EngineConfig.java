package io.kindling.conf;

import java.io.Serializable;

/**
 * Where the arithmetic runs. Other kernels round differently, so the backend decides the bits of
 * the result.
 *
 * @param backend the CPU kernels; {@code auto} is oneDNN where its library loads, else Java
 * @param memoryLimit the most native memory that one process of the engine may hold; {@code auto}
 *     is half of the host's on the driver and in local mode, and in an executor what Spark gives it
 *     beside its heap ({@code spark.executor.memoryOverhead})
 * @param device {@code auto} takes the best device that is there
 */
public record EngineConfig(
    @Key("auto") Backend backend,
    @Key(value = "auto", decides = false) MemorySize memoryLimit,
    @Key(value = "auto", decides = false) Device device)
    implements Serializable {

  /** The CPU kernels. */
  public enum Backend {
    AUTO,
    ONEDNN,
    JAVA
  }

  /** The device to compute on. */
  public enum Device {
    AUTO,
    CPU
  }
}
