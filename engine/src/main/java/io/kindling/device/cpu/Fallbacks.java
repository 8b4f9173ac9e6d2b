package io.kindling.device.cpu;

import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once for each kind of primitive that Java loops do what oneDNN cannot. */
final class Fallbacks {
  private static final Logger LOG = LoggerFactory.getLogger(Fallbacks.class);
  private static final Set<PrimitiveKind> LOGGED = EnumSet.noneOf(PrimitiveKind.class);

  private Fallbacks() {}

  static synchronized void log(PrimitiveKind kind, Object shape) {
    if (LOGGED.add(kind)) {
      LOG.warn(
          "oneDNN has no fast {} for {}; Java loops compute it (said once for each kind)",
          kind,
          shape);
    }
  }
}
