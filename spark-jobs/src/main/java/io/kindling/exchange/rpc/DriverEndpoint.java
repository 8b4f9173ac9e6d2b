package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.StepExchange;
import io.kindling.exchange.rounds.Work;
import io.kindling.exchange.rounds.Work.Owners;
import io.kindling.exchange.rpc.Messages.Ask;
import io.kindling.exchange.rpc.Messages.Deliver;
import io.kindling.exchange.rpc.Messages.Fetch;
import io.kindling.exchange.rpc.Messages.Head;
import io.kindling.exchange.rpc.Messages.Next;
import io.kindling.exchange.rpc.Messages.Unreached;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcCallContext;
import org.jspecify.annotations.Nullable;

/**
 * The driver's end of a session's lines. Spark's threads, on which its heartbeats come too, only
 * pass messages on; what takes time is done on the driver's thread or on this endpoint's own.
 */
public final class DriverEndpoint implements AutoCloseable {
  private static final int SELF_CHECK_SECONDS = 60;

  private final StepExchange exchange;
  private final Meeting meeting;
  private final ExecutorService sender =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "kindling-parameters");
            thread.setDaemon(true);
            return thread;
          });
  private final Mailbox mailbox;

  // Of the sender's thread.
  private Work open = Work.END;
  private byte[] @Nullable [] slices = {};

  private DriverEndpoint(Meeting meeting, StepExchange exchange) {
    this.exchange = exchange;
    this.meeting = meeting;
    this.mailbox = new Mailbox(SparkEnv.get().rpcEnv(), meeting.name(), this::receive);
  }

  /**
   * Makes an exchange known to other processes.
   *
   * @throws LinkageError if Spark's network layer, of which not all is public, is another; noticed
   *     here, as it would end an executor
   */
  public static DriverEndpoint open(Meeting meeting, StepExchange exchange) {
    PeerEndpoint.requireNetwork();
    DriverEndpoint endpoint = new DriverEndpoint(meeting, exchange);
    endpoint
        .mailbox
        .remote(endpoint.mailbox.address())
        .ask(new Fetch(-1, 0), Messages.NONE, byte[].class)
        .orTimeout(SELF_CHECK_SECONDS, TimeUnit.SECONDS)
        .join();
    return endpoint;
  }

  private void receive(byte[][] message, RpcCallContext caller) {
    Head head = Messages.head(message);
    if (head instanceof Ask ask) {
      exchange.ask(
          ask.task(),
          ask.after(),
          ask.address(),
          work -> sender.execute(() -> caller.reply(next(work, ask))));
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
    } else if (head instanceof Unreached peer) {
      exchange.apart(peer.task(), peer.round(), peer.owner());
      caller.reply(Boolean.TRUE);
    }
  }

  private byte[][] next(Work work, Ask ask) {
    StepParameters values = work.values();
    if (values == null) {
      return Messages.message(Next.END, Messages.NONE);
    }
    if (open.round() != work.round()) {
      open = work;
      slices = new byte[slices(values)][];
    }
    Owners owners = work.owners();
    Next next =
        new Next(
            false,
            work.round(),
            work.epoch(),
            work.step(),
            values.step(),
            values.parameters().length,
            values.buffers().length,
            owners == null ? -1 : owners.since(),
            owners == null || owners.since() == ask.ownersSince()
                ? null
                : owners.addresses().toArray(String[]::new));
    return Messages.message(next, slice(owners == null ? 0 : ask.task().partition()));
  }

  private int slices(StepParameters values) {
    return meeting.slices(values.parameters().length + (long) values.buffers().length);
  }

  /** Its bytes; kept where every task asks for them, and not where a slice has an owner. */
  private byte[] slice(int index) {
    StepParameters values = open.values();
    if (values == null || index >= slices.length) {
      return Messages.NONE;
    }
    byte[] slice = slices[index];
    if (slice == null) {
      slice = ValueSlices.bytes(values, index, meeting.sliceLength());
      slices[index] = open.owners() == null ? slice : null;
    }
    return slice;
  }

  @Override
  public void close() {
    sender.shutdown();
    mailbox.close();
  }
}
