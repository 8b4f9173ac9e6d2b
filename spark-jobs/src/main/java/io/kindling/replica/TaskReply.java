package io.kindling.replica;

import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import io.kindling.reduce.TreeSum;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.spark.SparkEnv;

/**
 * What a task sends to the driver: its partial sums in their wire form, and where its time went.
 * The sums are bytes because Kryo copies bytes in bulk and floats one by one.
 */
public final class TaskReply implements Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] sum;
  private final Times times;
  private final String executor;
  private final String host;
  private final Fingerprint kernels;
  private final long[] memory;

  /** Nanoseconds of a task by what they were spent on, and its ends by this host's clock. */
  static final class Times implements Serializable {
    private static final long serialVersionUID = 1L;

    private final long startMicros = nowMicros();
    private long endMicros;
    private long fetch;
    private long compute;
    private long reduce;
    private long serialize;

    private long mark = System.nanoTime();

    private long lap() {
      long now = System.nanoTime();
      long lap = now - mark;
      mark = now;
      return lap;
    }

    void fetched() {
      fetch += lap();
    }

    void computed() {
      compute += lap();
    }

    void reduced() {
      reduce += lap();
    }
  }

  private TaskReply(byte[] sum, Times times, long[] memory) {
    this.sum = sum;
    this.times = times;
    this.executor = SparkEnv.get().executorId();
    this.host = localHost();
    this.kernels = Cpu.backend().fingerprint();
    this.memory = memory;
  }

  static TaskReply of(TreeSum sum, int expectedBytes, Times times) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(expectedBytes);
    try {
      sum.writeTo(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail to be written", e);
    }
    byte[] encoded = bytes.toByteArray();
    MemoryPool.Stats stats = MemoryPool.host().stats();
    long[] memory = {stats.inUse(), stats.peak(), stats.reserved(), stats.limit()};
    times.serialize = times.lap();
    times.endMicros = nowMicros();
    return new TaskReply(encoded, times, memory);
  }

  /** The name of this process's host, as Spark has it. */
  public static String localHost() {
    return SparkEnv.get().blockManager().blockManagerId().host();
  }

  /** Microseconds since 1970 by this host's clock. */
  public static long nowMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** The partial sums; decoded at each call. */
  public TreeSum sum() {
    try {
      return TreeSum.readFrom(new DataInputStream(new ByteArrayInputStream(sum)));
    } catch (IOException e) {
      throw new UncheckedIOException("a task's partial sums cannot be read", e);
    }
  }

  /** The native memory of the task's process when it ended. */
  public MemoryPool.Stats memory() {
    return new MemoryPool.Stats(memory[0], memory[1], memory[2], memory[3]);
  }

  /** The id of the executor, {@code driver} in local mode. */
  public String executor() {
    return executor;
  }

  public String host() {
    return host;
  }

  /** The kernels that the executor computed with. */
  public Fingerprint kernels() {
    return kernels;
  }

  public long startMicros() {
    return times.startMicros;
  }

  public long endMicros() {
    return times.endMicros;
  }

  /** Milliseconds until the parameters were there. */
  public double fetchMillis() {
    return times.fetch / 1e6;
  }

  /** Milliseconds of forward, loss and backward, and of bringing data in and gradients out. */
  public double computeMillis() {
    return times.compute / 1e6;
  }

  /** Milliseconds of adding the partition's shards. */
  public double reduceMillis() {
    return times.reduce / 1e6;
  }

  /** Milliseconds of turning the sums into bytes. */
  public double serializeMillis() {
    return times.serialize / 1e6;
  }
}
