package io.kindling.replica;

import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Nanoseconds of a task's step by what they were spent on, and its ends by this host's clock. */
public final class TaskTimes implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long startMicros = nowMicros();
  private long endMicros;
  private long fetch;
  private long compute;
  private long reduce;
  private long serialize;
  private long mark = System.nanoTime();

  /** Microseconds since 1970 by this host's clock. */
  public static long nowMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  private long lap() {
    long now = System.nanoTime();
    long lap = now - mark;
    mark = now;
    return lap;
  }

  /** The parameters are here. */
  public void fetched() {
    fetch += lap();
  }

  /** A shard's gradient is here. */
  public void computed() {
    compute += lap();
  }

  /** It is added to those before it. */
  public void reduced() {
    reduce += lap();
  }

  /** The sums are bytes; the end, unless there is more to say. */
  public void serialized() {
    serialize += lap();
    endMicros = nowMicros();
  }

  public long startMicros() {
    return startMicros;
  }

  public long endMicros() {
    return endMicros;
  }

  /** Milliseconds until the parameters were there. */
  public double fetchMillis() {
    return fetch / 1e6;
  }

  /** Milliseconds of forward, loss and backward, and of bringing data in and gradients out. */
  public double computeMillis() {
    return compute / 1e6;
  }

  /** Milliseconds of adding the partition's shards. */
  public double reduceMillis() {
    return reduce / 1e6;
  }

  /** Milliseconds of turning the sums into bytes. */
  public double serializeMillis() {
    return serialize / 1e6;
  }
}
