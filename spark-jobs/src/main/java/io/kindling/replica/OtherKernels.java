package io.kindling.replica;

import io.kindling.device.Fingerprint;
import io.kindling.device.cpu.Cpu;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskKilledException;

/**
 * What is said and done of a process whose kernels compute other bits than the driver's. A task
 * there refuses to begin: as a killed one, which Spark runs again elsewhere without counting a
 * failure, so that an executor which came late takes none of a task's attempts from it.
 */
public final class OtherKernels {
  private static final String SAYS = " computes with the kernels '";

  private OtherKernels() {}

  /** In the task: leaves unless this process computes what the driver does. */
  static void leave(Fingerprint driver) {
    Fingerprint here = Cpu.backend().fingerprint();
    if (!here.equals(driver)) {
      String executor = "executor " + SparkEnv.get().executorId();
      throw new TaskKilledException(
          text(executor + " on " + TaskOrigin.localHost(), here, "the driver", driver));
    }
  }

  /** Whether a task was killed because it left. */
  public static boolean isReason(String reason) {
    return reason.contains(SAYS);
  }

  /** What differs, why that matters, and what to set. */
  public static String text(String executor, Fingerprint theirs, String driver, Fingerprint ours) {
    return String.format(
        "%s%s%s' and %s with '%s', so the result would depend on where a task runs; %s",
        executor, SAYS, theirs, driver, ours, remedy(theirs, ours));
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
