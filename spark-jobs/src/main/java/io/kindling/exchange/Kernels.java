package io.kindling.exchange;

import io.kindling.core.DeviceException;
import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import io.kindling.replica.TaskOrigin;
import io.kindling.report.NativeMemory;
import org.jspecify.annotations.Nullable;

/** What is known of the processes that answered: they compute alike, and how much they hold. */
final class Kernels {
  private @Nullable NativeMemory memory;

  /**
   * Before anything of a task is summed.
   *
   * @throws DeviceException if its process computes other bits than this one
   */
  void check(TaskOrigin task) {
    requireSame(
        "executor " + task.executor() + " on " + task.host(),
        task.kernels(),
        TaskOrigin.localHost(),
        Cpu.backend().fingerprint());
    MemoryPool.Stats stats = task.memory();
    NativeMemory known = memory;
    if (known == null || stats.peak() >= known.peak()) {
      memory =
          new NativeMemory(
              task.executor(), stats.inUse(), stats.peak(), stats.reserved(), stats.limit());
    }
  }

  /** Of the process that used most. */
  @Nullable NativeMemory memory() {
    return memory;
  }

  /** Two tasks. */
  static void requireSame(TaskOrigin a, TaskOrigin b) {
    if (!a.kernels().equals(b.kernels())) {
      throw new DeviceException(
          String.format(
              "%s computes with the kernels '%s' and %s with '%s'; %s",
              a, a.kernels(), b, b.kernels(), remedy(a.kernels(), b.kernels())));
    }
  }

  /** Hosts with other kernels compute other bits. */
  static void requireSame(
      String executor, Fingerprint theirs, String driverHost, Fingerprint ours) {
    if (!theirs.equals(ours)) {
      throw new DeviceException(
          String.format(
              "%s computes with the kernels '%s' and the driver on %s with '%s', so the result"
                  + " would depend on where a task runs; %s",
              executor, theirs, driverHost, ours, remedy(theirs, ours)));
    }
  }

  private static String remedy(Fingerprint a, Fingerprint b) {
    if (!a.backend().equals(b.backend())) {
      return "make oneDNN load on every host (the executor's log says why it does not), or set"
          + " engine.backend: java";
    }
    return a.version().equals(b.version())
        ? "set engine.isa: avx2, or another instruction set that every host has"
        : "give every host the same Java and the same Kindling";
  }
}
