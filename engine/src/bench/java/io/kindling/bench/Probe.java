package io.kindling.bench;

import io.kindling.device.Backend;
import io.kindling.device.cpu.Cpu;
import java.lang.reflect.Field;
import java.util.Arrays;
import sun.misc.Unsafe;

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
    Unsafe unsafe = unsafe();
    unsafe.putObjectVolatile(
        unsafe.staticFieldBase(holder), unsafe.staticFieldOffset(holder), timed);
    if (Cpu.backend() != timed) {
      throw new IllegalStateException("the backend was used before it could be replaced");
    }
    return timed;
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
