package io.kindling.conf;

import io.kindling.device.cpu.Isa;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Where the arithmetic runs. Other kernels round differently, so the backend and its instruction
 * set decide the bits of the result.
 *
 * @param backend the CPU kernels; {@code auto} is oneDNN where its library loads, else Java
 * @param memoryLimit the most native memory that one process of the engine may hold; {@code auto}
 *     is half of the host's on the driver and in local mode, and in an executor what Spark gives it
 *     beside its heap ({@code spark.executor.memoryOverhead})
 * @param device {@code auto} takes the best device that is there
 * @param isa the best instruction set that oneDNN may use, for hosts that differ; null, or {@code
 *     auto} where it is read, is the best that each host has
 */
public record EngineConfig(
    @Key("auto") Backend backend,
    @Key(value = "auto", decides = false) MemorySize memoryLimit,
    @Key(value = "auto", decides = false) Device device,
    @Nullable Isa isa)
    implements Serializable {

  /** {@code auto} is the same as nothing given, for the hash too. */
  public EngineConfig {
    isa = isa == Isa.AUTO ? null : isa;
  }

  /** The same with this instruction set. */
  public EngineConfig with(Isa set) {
    return new EngineConfig(backend, memoryLimit, device, set);
  }

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
