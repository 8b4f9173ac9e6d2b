package io.kindling.bench;

import io.kindling.device.Backend;
import io.kindling.device.cpu.Cpu;
import java.lang.reflect.Field;
import java.util.Arrays;

/** Puts a {@link TimedBackend} where the engine looks for its backend. */
final class Probe {
  private Probe() {}

  /**
   * Replaces the process's backend. The engine holds it in a constant, for speed, and has no way to
   * exchange it; so do this before anything is compiled that uses it, which is at the beginning.
   */
  static TimedBackend install() {
    TimedBackend timed = new TimedBackend(Cpu.backend());
    Field holder =
        Arrays.stream(Cpu.class.getDeclaredClasses())
            .flatMap(type -> Arrays.stream(type.getDeclaredFields()))
            .filter(field -> field.getType() == Backend.class)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("Cpu keeps its backend elsewhere now"));
    try {
      overwrite(holder, timed);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
    if (Cpu.backend() != timed) {
      throw new IllegalStateException("the backend was used before it could be replaced");
    }
    return timed;
  }

  /** A static final field yields to nothing less than Unsafe, whose mere name is a warning. */
  private static void overwrite(Field holder, Object value) throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Unsafe");
    Field instance = type.getDeclaredField("theUnsafe");
    instance.setAccessible(true);
    Object unsafe = instance.get(null);
    Object base = type.getMethod("staticFieldBase", Field.class).invoke(unsafe, holder);
    Object offset = type.getMethod("staticFieldOffset", Field.class).invoke(unsafe, holder);
    type.getMethod("putObjectVolatile", Object.class, long.class, Object.class)
        .invoke(unsafe, base, offset, value);
  }
}
