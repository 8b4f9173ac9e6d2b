package io.kindling.exchange;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DeviceException;
import io.kindling.device.Fingerprint;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class KernelsTest {
  @Test
  @DisplayName("an executor with other kernels than the driver's ends the run, with what to do")
  void otherKernels() {
    Fingerprint ours = new Fingerprint("onednn", "3.11.0", "avx512_bf16");
    assertDoesNotThrow(
        () ->
            Kernels.requireSame(
                "executor 1 on a",
                new Fingerprint("onednn", "3.11.0", "avx512_bf16"),
                "the driver on b",
                ours));
    refused(
        "java 17 amd64",
        "make oneDNN load on every host (the executor's log says why it does not), or set"
            + " engine.backend: java");
    refused(
        "onednn 3.11.0 avx2",
        "set engine.isa: avx2, or another instruction set that every host has");
    refused("onednn 3.10.0 avx2", "give every host the same Java and the same Kindling");
  }

  private static void refused(String kernels, String remedy) {
    String[] parts = kernels.split(" ");
    Fingerprint theirs = new Fingerprint(parts[0], parts[1], parts[2]);
    Fingerprint ours = new Fingerprint("onednn", "3.11.0", "avx512_bf16");
    DeviceException e =
        assertThrows(
            DeviceException.class,
            () -> Kernels.requireSame("executor 1 on a", theirs, "the driver on b", ours));
    assertEquals(
        "executor 1 on a computes with the kernels '"
            + kernels
            + "' and the driver on b with 'onednn 3.11.0 avx512_bf16', so the result would depend"
            + " on where a task runs; "
            + remedy,
        e.getMessage());
  }
}
