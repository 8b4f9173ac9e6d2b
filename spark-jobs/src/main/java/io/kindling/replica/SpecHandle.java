package io.kindling.replica;

import io.kindling.device.Fingerprint;
import io.kindling.device.cpu.Cpu;
import java.io.Serializable;
import java.util.UUID;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.reflect.ClassTag$;

/**
 * A specification that was sent to the executors.
 *
 * @param token tells it from every other in the same processes
 * @param bytes read once a process
 * @param kernels of the driver
 */
public record SpecHandle(String token, Broadcast<byte[]> bytes, Fingerprint kernels)
    implements Serializable {
  /** Sends a specification; to be destroyed when its run is over. */
  public static SpecHandle send(SparkContext spark, ReplicaSpec spec) {
    return new SpecHandle(
        UUID.randomUUID().toString(),
        spark.broadcast(spec.toBytes(), ClassTag$.MODULE$.apply(byte[].class)),
        Cpu.backend().fingerprint());
  }

  /** In a task: the run's replicas in this process, if it computes what the driver does. */
  ReplicaPool pool() {
    ReplicaPool pool = ReplicaPool.of(token, bytes);
    OtherKernels.leave(kernels);
    return pool;
  }

  /** Frees what the run keeps in this process, and what was sent. */
  public void destroy() {
    ReplicaPool.forget(token);
    bytes.destroy();
  }
}
