package io.kindling.replica;

import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import java.io.Serializable;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * Whose results these are.
 *
 * <p>A class, not a record, because Spark's Kryo cannot serialise records by reflection.
 */
public final class TaskOrigin implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int partition;
  private final long attempt;
  private final String executor;
  private final String host;
  private final Fingerprint kernels;
  private final long[] memory;

  public TaskOrigin(
      int partition,
      long attempt,
      String executor,
      String host,
      Fingerprint kernels,
      MemoryPool.Stats memory) {
    this.partition = partition;
    this.attempt = attempt;
    this.executor = executor;
    this.host = host;
    this.kernels = kernels;
    this.memory = new long[] {memory.inUse(), memory.peak(), memory.reserved(), memory.limit()};
  }

  /** Of the task that runs on this thread. */
  public static TaskOrigin here() {
    TaskContext context = TaskContext.get();
    return new TaskOrigin(
        context.partitionId(),
        context.taskAttemptId(),
        SparkEnv.get().executorId(),
        localHost(),
        Cpu.backend().fingerprint(),
        MemoryPool.host().stats());
  }

  /** The name of this process's host, as Spark has it. */
  public static String localHost() {
    return SparkEnv.get().blockManager().blockManagerId().host();
  }

  public int partition() {
    return partition;
  }

  /** Spark's number of the task, another one for each attempt. */
  public long attempt() {
    return attempt;
  }

  /** The id of the executor, {@code driver} in local mode. */
  public String executor() {
    return executor;
  }

  public String host() {
    return host;
  }

  /** The kernels that the executor computes with. */
  public Fingerprint kernels() {
    return kernels;
  }

  /** The native memory of the task's process. */
  public MemoryPool.Stats memory() {
    return new MemoryPool.Stats(memory[0], memory[1], memory[2], memory[3]);
  }

  /** Such as {@code partition 3 on executor 1 on 10.0.0.7}. */
  @Override
  public String toString() {
    return "partition " + partition + " on executor " + executor + " on " + host;
  }
}
