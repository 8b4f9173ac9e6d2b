package io.kindling.replica;

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
 */
public record SpecHandle(String token, Broadcast<byte[]> bytes) implements Serializable {
  /** Sends a specification; to be destroyed when its run is over. */
  public static SpecHandle send(SparkContext spark, ReplicaSpec spec) {
    return new SpecHandle(
        UUID.randomUUID().toString(),
        spark.broadcast(spec.toBytes(), ClassTag$.MODULE$.apply(byte[].class)));
  }

  /** Frees what the run keeps in this process, and what was sent. */
  public void destroy() {
    ReplicaPool.forget(token);
    bytes.destroy();
  }
}
