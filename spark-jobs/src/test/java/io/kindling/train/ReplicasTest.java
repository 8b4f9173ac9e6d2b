package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DeviceException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReplicasTest {
  @Test
  @DisplayName("an executor with other kernels than the driver's ends the run, with what to do")
  void otherKernels() {
    assertDoesNotThrow(() -> Replicas.requireSameKernels("1", "onednn", "onednn"));
    DeviceException e =
        assertThrows(
            DeviceException.class, () -> Replicas.requireSameKernels("1", "java", "onednn"));
    assertEquals(
        "executor 1 computes with the kernels 'java' and the driver with 'onednn', so the result"
            + " would depend on where a task runs; make oneDNN load on every host (the executor's"
            + " log says why it does not), or set engine.backend=java",
        e.getMessage());
  }
}
