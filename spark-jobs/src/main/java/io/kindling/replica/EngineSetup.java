package io.kindling.replica;

import io.kindling.conf.EngineConfig;
import io.kindling.device.MemoryPool;
import java.util.Locale;

/** Brings {@code engine.*} into a process, before the engine computes anything in it. */
public final class EngineSetup {
  private static final String BACKEND = "kindling.backend";
  private static final long OWN_LIMIT = MemoryPool.host().stats().limit();

  private EngineSetup() {}

  /** Sets the backend, which the engine reads once at its first use, and the bound on memory. */
  public static void apply(EngineConfig config) {
    if (config.backend() != EngineConfig.Backend.AUTO) {
      System.setProperty(BACKEND, config.backend().name().toLowerCase(Locale.ROOT));
    }
    // Set in any case: an earlier run in this process may have had another.
    boolean auto = config.memoryLimit().isAuto();
    long limit = auto ? OWN_LIMIT : config.memoryLimit().bytes();
    MemoryPool pool = MemoryPool.host();
    pool.limit(limit);
    if (pool.stats().reserved() > limit) {
      pool.trim();
    }
  }
}
