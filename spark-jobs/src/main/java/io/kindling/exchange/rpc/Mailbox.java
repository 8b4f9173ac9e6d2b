package io.kindling.exchange.rpc;

import java.util.function.BiConsumer;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/** An endpoint of Spark's network layer: messages to it are received one after the other. */
final class Mailbox implements ThreadSafeRpcEndpoint, AutoCloseable {
  private final RpcEnv environment;
  private final String name;
  private final BiConsumer<byte[][], RpcCallContext> receiver;
  private final RpcEndpointRef reference;

  /** Receives from now on. */
  Mailbox(RpcEnv environment, String name, BiConsumer<byte[][], RpcCallContext> receiver) {
    this.environment = environment;
    this.name = name;
    this.receiver = receiver;
    this.reference = environment.setupEndpoint(name, this);
  }

  /** Where it is reached, such as {@code spark://name@host:port}. */
  String address() {
    return new RpcEndpointAddress(environment.address(), name).toString();
  }

  /** Another mailbox, as it is reached from here. */
  Remote remote(String address) {
    return new Remote(environment, address);
  }

  @Override
  public RpcEnv rpcEnv() {
    return environment;
  }

  @Override
  public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext caller) {
    return new AbstractPartialFunction<>() {
      @Override
      public boolean isDefinedAt(Object message) {
        return message instanceof byte[][];
      }

      @Override
      public BoxedUnit apply(Object message) {
        receiver.accept((byte[][]) message, caller);
        return BoxedUnit.UNIT;
      }
    };
  }

  @Override
  public void close() {
    environment.stop(reference);
  }
}
