package io.kindling.exchange;

import io.kindling.core.DeviceException;
import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import io.kindling.replica.OtherKernels;
import io.kindling.replica.TaskOrigin;
import io.kindling.report.NativeMemory;
import org.apache.spark.ExecutorAllocationClient;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.ExecutorDecommissionInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/** What is known of the processes that answered: they compute alike, and how much they hold. */
final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

  // Null until a process that computes alike answers.
  private volatile @Nullable NativeMemory memory;

  /**
   * Before anything of a task is summed.
   *
   * @throws DeviceException if its process computes other bits than this one
   */
  void check(TaskOrigin task) {
    requireSame(
        "executor " + task.executor() + " on " + task.host(),
        task.kernels(),
        "the driver on " + TaskOrigin.localHost(),
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
    requireSame(a.toString(), a.kernels(), b.toString(), b.kernels());
  }

  /** Processes with other kernels compute other bits. */
  static void requireSame(String one, Fingerprint a, String other, Fingerprint b) {
    if (!a.equals(b)) {
      throw new DeviceException(OtherKernels.text(one, a, other, b));
    }
  }

  /**
   * Takes an executor whose tasks left out of the run: Spark gives it no more of them, and what
   * there is goes on. Called on a thread of Spark's.
   *
   * @param reason what the task said
   * @return an error where no executor is left, and none ever computed alike; else null
   */
  @Nullable DeviceException exclude(SparkContext spark, String executor, String reason) {
    if (spark.schedulerBackend() instanceof ExecutorAllocationClient client
        && client.decommissionExecutor(
            executor, new ExecutorDecommissionInfo(reason, Option.empty()), false, false)) {
      LOG.warn("{}; it gets no tasks, and the run goes on without it", reason);
    }
    return memory == null && TaskJob.slots(spark) == 0 ? new DeviceException(reason) : null;
  }
}
