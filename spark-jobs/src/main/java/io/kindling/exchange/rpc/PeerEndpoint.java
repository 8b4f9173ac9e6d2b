package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.SliceOwner;
import io.kindling.exchange.rpc.Messages.Deliver;
import io.kindling.exchange.rpc.Messages.Fetch;
import io.kindling.exchange.rpc.Messages.Head;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEnv;
import org.jspecify.annotations.Nullable;

/**
 * Where other executors reach the owner of slices. An executor's own network environment takes no
 * connections, so that there is a second one in each process, with the same authentication and
 * encryption; Spark's heartbeats do not go through it.
 */
final class PeerEndpoint implements AutoCloseable {
  private static @Nullable RpcEnv network;

  private final SliceOwner owner;
  private final Mailbox mailbox;

  PeerEndpoint(String name, SliceOwner.Driver driver, int shards) {
    this.owner = new SliceOwner(driver, shards);
    this.mailbox = new Mailbox(network(), name, this::receive);
  }

  /** Where {@link #network} would not link. */
  static void requireNetwork() {
    try {
      RpcEnv.class.getMethod(
          "create",
          String.class,
          String.class,
          int.class,
          SparkConf.class,
          SecurityManager.class,
          boolean.class);
    } catch (NoSuchMethodException e) {
      throw new NoSuchMethodError(e.getMessage());
    }
  }

  /** The environment of this process that other executors can reach. */
  private static synchronized RpcEnv network() {
    RpcEnv known = network;
    if (known == null) {
      SparkEnv spark = SparkEnv.get();
      String host = spark.blockManager().blockManagerId().host();
      known = RpcEnv.create("kindling", host, 0, spark.conf(), spark.securityManager(), false);
      network = known;
    }
    return known;
  }

  String address() {
    return mailbox.address();
  }

  /** Another task's endpoint, or this one. */
  Remote remote(String address) {
    return mailbox.remote(address);
  }

  /** The values of a slice came with the work. */
  void hold(long round, int slice, byte[] values) {
    owner.hold(round, slice, values);
  }

  private void receive(byte[][] message, RpcCallContext caller) {
    Head head = Messages.head(message);
    if (head instanceof Fetch fetch) {
      owner
          .values(fetch.round(), fetch.slice())
          .whenComplete((bytes, failure) -> caller.reply(failure == null ? bytes : Messages.NONE));
    } else if (head instanceof Deliver part) {
      owner.add(part.round(), part.slice(), Messages.body(message), part.times());
      caller.reply(Boolean.TRUE);
    } else {
      throw new IllegalStateException("the driver alone is told " + head);
    }
  }

  @Override
  public void close() {
    mailbox.close();
  }
}
