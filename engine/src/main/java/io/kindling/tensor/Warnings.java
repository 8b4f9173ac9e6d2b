package io.kindling.tensor;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** PyTorch's warnings, as in Python each once a place in the caller's code. */
final class Warnings {
  private static final Logger LOG = LoggerFactory.getLogger(Warnings.class);
  private static final Set<String> GIVEN = ConcurrentHashMap.newKeySet();

  private Warnings() {}

  /**
   * Logs a warning.
   *
   * @param kind one place gets one warning of a kind
   */
  static void warn(String kind, String text) {
    String place = place();
    if (GIVEN.add(kind + " " + place)) {
      LOG.warn("{} ({})", text, place);
    }
  }

  /** The innermost call from code that is not the engine's. */
  private static String place() {
    var engine = Warnings.class.getProtectionDomain();
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(
            frames ->
                frames
                    .filter(f -> f.getDeclaringClass().getProtectionDomain() != engine)
                    .findFirst()
                    .map(StackWalker.StackFrame::toString)
                    .orElse(""));
  }
}
