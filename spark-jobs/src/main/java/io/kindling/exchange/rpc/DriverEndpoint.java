package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.StepExchange;
import io.kindling.exchange.rounds.Work;
import io.kindling.exchange.rpc.Messages.Ask;
import io.kindling.exchange.rpc.Messages.Deliver;
import io.kindling.exchange.rpc.Messages.Fetch;
import io.kindling.exchange.rpc.Messages.Head;
import io.kindling.exchange.rpc.Messages.Next;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import org.jspecify.annotations.Nullable;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * The driver's end of a session's lines. Spark's threads, on which its heartbeats come too, only
 * pass messages on; what takes time is done on the driver's thread or on this endpoint's own.
 */
public final class DriverEndpoint implements ThreadSafeRpcEndpoint, AutoCloseable {
  private final RpcEnv environment = SparkEnv.get().rpcEnv();
  private final StepExchange exchange;
  private final int sliceLength;
  private final ExecutorService sender =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "kindling-parameters");
            thread.setDaemon(true);
            return thread;
          });
  private final RpcEndpointRef reference;

  // Of the sender's thread.
  private Work open = Work.END;
  private byte[] @Nullable [] slices = {};

  private DriverEndpoint(Meeting meeting, StepExchange exchange) {
    this.exchange = exchange;
    this.sliceLength = meeting.sliceLength();
    this.reference = environment.setupEndpoint(meeting.name(), this);
  }

  /** Makes an exchange known to other processes. */
  public static DriverEndpoint open(Meeting meeting, StepExchange exchange) {
    return new DriverEndpoint(meeting, exchange);
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
        receive((byte[][]) message, caller);
        return BoxedUnit.UNIT;
      }
    };
  }

  private void receive(byte[][] message, RpcCallContext caller) {
    Head head = Messages.head(message);
    if (head instanceof Ask ask) {
      exchange.ask(ask.task(), ask.after(), work -> sender.execute(() -> caller.reply(next(work))));
    } else if (head instanceof Fetch fetch) {
      sender.execute(
          () -> caller.reply(fetch.round() == open.round() ? slice(fetch.slice()) : Messages.NONE));
    } else if (head instanceof Deliver deliver) {
      exchange.deliver(
          deliver.task(),
          deliver.round(),
          deliver.slice(),
          () -> TreeSum.fromBytes(Messages.body(message)),
          deliver.times(),
          () -> caller.reply(Boolean.TRUE));
    }
  }

  private byte[][] next(Work work) {
    StepParameters values = work.values();
    if (values == null) {
      return Messages.message(new Next(true, work.round(), 0, 0, 0, 0, 0), Messages.NONE);
    }
    if (open.round() != work.round()) {
      open = work;
      long length = values.parameters().length + (long) values.buffers().length;
      slices = new byte[Math.max(1, (int) ((length + sliceLength - 1) / sliceLength))][];
    }
    Next next =
        new Next(
            false,
            work.round(),
            work.epoch(),
            work.step(),
            values.step(),
            values.parameters().length,
            values.buffers().length);
    return Messages.message(next, slice(0));
  }

  /** Turned into bytes once for all tasks. */
  private byte[] slice(int index) {
    StepParameters values = open.values();
    if (values == null || index >= slices.length) {
      return Messages.NONE;
    }
    byte[] slice = slices[index];
    if (slice == null) {
      slice = ValueSlices.bytes(values, index, sliceLength);
      slices[index] = slice;
    }
    return slice;
  }

  @Override
  public void close() {
    sender.shutdown();
    environment.stop(reference);
  }
}
