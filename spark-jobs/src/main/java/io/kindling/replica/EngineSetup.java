package io.kindling.replica;

import io.kindling.conf.EngineConfig;
import io.kindling.core.DeviceException;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import io.kindling.device.cpu.Isa;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** Brings {@code engine.*} into a process, before the engine computes anything in it. */
public final class EngineSetup {
  private static final String BACKEND = "kindling.backend";
  private static final String ISA = "kindling.isa";
  private static final String LIMIT = "kindling.memory.limit";
  private static final long MIB = 1L << 20;
  private static final long OWN_LIMIT = MemoryPool.host().stats().limit();

  private EngineSetup() {}

  /**
   * Sets the backend and its instruction set, which the engine reads once at its first use, and the
   * bound on memory.
   *
   * @throws DeviceException if this process has chosen other kernels before
   */
  public static void apply(EngineConfig config) {
    String backend = config.backend().name().toLowerCase(Locale.ROOT);
    Isa isa = config.isa();
    if (isa != null) {
      System.setProperty(ISA, isa.text());
    }
    if (config.backend() != EngineConfig.Backend.AUTO) {
      System.setProperty(BACKEND, backend);
      require("engine.backend", backend, Cpu.backend().name());
    }
    if (isa != null) {
      require("engine.isa", isa.text(), Cpu.isa().text());
    }
    // Set in any case: an earlier run in this process may have had another.
    boolean auto = config.memoryLimit().isAuto();
    long limit = auto ? autoLimit() : config.memoryLimit().bytes();
    MemoryPool pool = MemoryPool.host();
    pool.limit(limit);
    if (pool.stats().reserved() > limit) {
      pool.trim();
    }
  }

  private static void require(String key, String wanted, String chosen) {
    if (!wanted.equals(chosen)) {
      throw new DeviceException(
          String.format(
              "%s: %s comes too late for this process: its kernels (%s) were chosen with %s, which"
                  + " is done once, before the first tensor; start another process for this run",
              key, wanted, Cpu.backend().fingerprint(), chosen));
    }
  }

  /** An executor may not have half of its host: what its container leaves beside the heap. */
  private static long autoLimit() {
    SparkEnv env = SparkEnv.get();
    boolean executor = env != null && !env.executorId().equals("driver");
    if (!executor || System.getProperty(LIMIT) != null) {
      return OWN_LIMIT;
    }
    return Math.min(OWN_LIMIT, besideHeap(env.conf()));
  }

  /** The bytes that YARN and Kubernetes add to an executor's heap, by Spark's own rule. */
  static long besideHeap(SparkConf conf) {
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
    double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    long least = Math.max(384, (long) (factor * heap));
    long overhead = conf.getSizeAsMb("spark.executor.memoryOverhead", least + "m");
    boolean offHeap = conf.getBoolean("spark.memory.offHeap.enabled", false);
    return overhead * MIB + (offHeap ? conf.getSizeAsBytes("spark.memory.offHeap.size", "0") : 0);
  }
}
