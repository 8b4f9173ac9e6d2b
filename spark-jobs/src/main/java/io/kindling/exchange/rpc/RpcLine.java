package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.Line;
import io.kindling.exchange.rounds.SliceOwner;
import io.kindling.exchange.rounds.Waiting;
import io.kindling.exchange.rounds.Work;
import io.kindling.exchange.rpc.Messages.Ask;
import io.kindling.exchange.rpc.Messages.Deliver;
import io.kindling.exchange.rpc.Messages.Fetch;
import io.kindling.exchange.rpc.Messages.Next;
import io.kindling.exchange.rpc.Messages.Unreached;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointAddress;
import org.jspecify.annotations.Nullable;

/**
 * The way to the driver's exchange from another process, and in a sliced exchange to the other
 * tasks. While a round is worked on, the driver is asked for the next already: whatever is waited
 * for, newer work ends the wait.
 */
final class RpcLine implements Line {
  /** Numbers that are under way at once: of 16 MB, and at least 4 messages. */
  private static final int CREDIT = 1 << 22;

  private static final int LEAST = 4;

  private final Meeting meeting;
  private final TaskOrigin task;
  private final Remote driver;

  /** Where others reach the slices that this task owns; null where the driver adds all. */
  private final @Nullable PeerEndpoint peer;

  private final int credits;

  /** The answer to the open question for work; null before the first. */
  private @Nullable CompletableFuture<byte[][]> asked;

  private Next round = Next.NOTHING_YET;
  private List<Remote> owners = List.of();
  private float[] parameters = {};
  private float[] buffers = {};

  RpcLine(Meeting meeting, TaskOrigin task, int shards) {
    this.meeting = meeting;
    this.task = task;
    this.credits = Math.max(LEAST, CREDIT / meeting.sliceLength());
    SparkConf conf = SparkEnv.get().conf();
    RpcAddress address =
        new RpcAddress(
            conf.get("spark.driver.host"), Integer.parseInt(conf.get("spark.driver.port")));
    this.driver =
        new Remote(
            SparkEnv.get().rpcEnv(), new RpcEndpointAddress(address, meeting.name()).toString());
    String name = meeting.name() + "-" + task.attempt();
    this.peer = meeting.sliced() ? new PeerEndpoint(name, new ToDriver(), shards) : null;
  }

  @Override
  public Work next() throws InterruptedException {
    while (true) {
      CompletableFuture<byte[][]> answer = asked == null ? ask() : asked;
      byte[][] message = get(answer);
      round = (Next) Messages.head(message);
      if (round.end()) {
        return Work.END;
      }
      meet(round);
      asked = ask();
      if (parameters.length != round.parameters() || buffers.length != round.buffers()) {
        parameters = new float[round.parameters()];
        buffers = new float[round.buffers()];
      }
      if (fetch(Messages.body(message))) {
        return new Work(
            round.round(),
            round.epoch(),
            round.step(),
            new StepParameters(round.updates(), parameters, buffers),
            null);
      }
    }
  }

  private CompletableFuture<byte[][]> ask() {
    String address = peer == null ? "" : peer.address();
    Ask ask = new Ask(task, round.round(), address, round.ownersSince());
    return driver.ask(ask, Messages.NONE, byte[][].class);
  }

  /** Takes up the owners that came with a round, if they are others. */
  private void meet(Next next) {
    String[] addresses = next.owners();
    if (peer != null && addresses != null) {
      owners = new ArrayList<>();
      for (String address : addresses) {
        owners.add(peer.remote(address));
      }
    }
  }

  private Remote owner(int slice) {
    return peer == null ? driver : owners.get(slice % owners.size());
  }

  private int slices() {
    return meeting.slices(parameters.length + (long) buffers.length);
  }

  /**
   * The slices in the order in which this task sends and fetches them. Where they have owners, its
   * own and then its neighbours': else all would turn to the same owner at once.
   */
  private int slice(int index, int slices) {
    if (peer == null) {
      return index;
    }
    int begun = index / owners.size() * owners.size();
    int together = Math.min(owners.size(), slices - begun);
    return begun + (index - begun + task.partition()) % together;
  }

  /** Fetches the round's values, the first slice of which came with it; false if it is over. */
  private boolean fetch(byte[] first) throws InterruptedException {
    int slices = slices();
    int start = slice(0, slices);
    boolean have = first.length > 0;
    if (have) {
      read(first, start);
    }
    if (have && peer != null) {
      peer.hold(round.round(), start, first);
    }
    ArrayDeque<CompletableFuture<byte[]>> under = new ArrayDeque<>();
    int got = have ? 1 : 0;
    for (int sent = got; got < slices; got++) {
      while (sent < slices && under.size() < credits) {
        int slice = slice(sent++, slices);
        under.add(owner(slice).ask(new Fetch(round.round(), slice), Messages.NONE, byte[].class));
      }
      byte[] bytes = unlessNewer(under.remove());
      if (bytes == null || bytes.length == 0) {
        return false;
      }
      read(bytes, slice(got, slices));
    }
    return true;
  }

  private void read(byte[] bytes, int slice) {
    ValueSlices.read(bytes, slice, meeting.sliceLength(), parameters, buffers);
  }

  @Override
  public void deliver(TaskOrigin origin, TreeSum sum, TaskTimes times) throws InterruptedException {
    int length = parameters.length + buffers.length;
    int slices = slices();
    ArrayDeque<CompletableFuture<Boolean>> under = new ArrayDeque<>();
    for (int i = 0; i < slices; i++) {
      if (under.size() == credits) {
        if (unlessNewer(under.remove()) == null) {
          break;
        }
        times.fetched();
      }
      int slice = slice(i, slices);
      int from = slice * meeting.sliceLength();
      byte[] bytes = sum.toBytes(from, (int) Math.min(length, from + (long) meeting.sliceLength()));
      times.serialized();
      TaskTimes last = i == slices - 1 ? times : null;
      Deliver head = new Deliver(origin, round.round(), slice, last);
      CompletableFuture<Boolean> taken = owner(slice).ask(head, bytes, Boolean.class);
      under.add(taken);
      if (peer != null) {
        taken.whenComplete((done, failure) -> tell(failure, round.round()));
      }
    }
    sum.release();
    // Not waited for: the next work comes when all of it is summed.
  }

  /**
   * The answer; null where newer work came first, or the owner of a slice is not reached, which the
   * driver is told.
   */
  private <T> @Nullable T unlessNewer(CompletableFuture<T> answer) throws InterruptedException {
    CompletableFuture<byte[][]> newer = asked;
    try {
      if (newer != null) {
        CompletableFuture.anyOf(answer, newer).get();
      }
      return answer.isDone() ? answer.get() : null;
    } catch (ExecutionException e) {
      if (peer == null || (newer != null && newer.isCompletedExceptionally())) {
        throw cause(e);
      }
      tell(e, round.round());
      return null;
    }
  }

  private void tell(@Nullable Throwable failure, long of) {
    if (failure != null) {
      driver.ask(new Unreached(task, of, "" + failure), Messages.NONE, Boolean.class);
    }
  }

  private static <T> T get(CompletableFuture<T> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw cause(e);
    }
  }

  private static RuntimeException cause(ExecutionException e) {
    throw Waiting.sneaky(e.getCause() == null ? e : e.getCause());
  }

  @Override
  public void close() {
    if (peer != null) {
      peer.close();
    }
  }

  private final class ToDriver implements SliceOwner.Driver {
    @Override
    public CompletableFuture<byte[]> fetch(long of, int slice) {
      return driver.ask(new Fetch(of, slice), Messages.NONE, byte[].class);
    }

    @Override
    public void deliver(long of, int slice, byte[] total, @Nullable TaskTimes times) {
      driver.ask(new Deliver(task, of, slice, times), total, Boolean.class);
    }
  }
}
