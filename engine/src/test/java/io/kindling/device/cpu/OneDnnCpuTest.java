package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DeviceException;
import io.kindling.device.Backend;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OneDnnCpuTest {
  private static final Supplier<Backend> MISSING =
      () -> {
        throw new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnidnnl in path"));
      };

  @Test
  @DisplayName("auto takes oneDNN where it loads and plain Java where it does not")
  void auto() {
    assertEquals("onednn", Cpu.choose("auto", OneDnnBackend::new).name());
    assertEquals("java", Cpu.choose("auto", MISSING).name());
  }

  @Test
  @DisplayName("java never touches oneDNN")
  void java() {
    Backend backend = Cpu.choose("java", MISSING);
    assertEquals("java", backend.name());
    assertFalse(backend.prefersChannelsLast());
  }

  @Test
  @DisplayName("onednn without its library is an error that says why and what to do")
  void oneDnn() {
    assertTrue(Cpu.choose("onednn", OneDnnBackend::new).prefersChannelsLast());
    DeviceException e = assertThrows(DeviceException.class, () -> Cpu.choose("onednn", MISSING));
    assertEquals(
        "kindling.backend=onednn: the oneDNN library does not load: UnsatisfiedLinkError: no"
            + " jnidnnl in path. Add org.bytedeco:dnnl and org.bytedeco:opencl with the classifier"
            + " of this platform to the class path, or use kindling.backend=java",
        e.getMessage());
  }

  @Test
  @DisplayName("an unknown value lists the known ones")
  void unknown() {
    DeviceException e =
        assertThrows(DeviceException.class, () -> Cpu.choose("mkl", OneDnnBackend::new));
    assertEquals("kindling.backend: expected auto, onednn or java, got 'mkl'", e.getMessage());
  }

  @Test
  @DisplayName("the choice is made once")
  void once() {
    assertSame(Cpu.backend(), Cpu.backend());
  }

  @Test
  @DisplayName("a number of OpenMP threads other than one is warned of")
  void openMp() {
    assertNull(OpenMp.warning("1", false));
    assertNull(OpenMp.warning(null, true));
    String unset = OpenMp.warning(null, false);
    assertNotNull(unset);
    assertTrue(unset.startsWith("OMP_NUM_THREADS is not set and cannot be set from here"), unset);
    String four = OpenMp.warning("4", true);
    assertNotNull(four);
    assertTrue(four.startsWith("OMP_NUM_THREADS is 4: the last bits of results"), four);
    assertTrue(four.endsWith("(spark.executorEnv.OMP_NUM_THREADS=1 for executors)"), four);
  }
}
