package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.Line;
import io.kindling.exchange.rounds.Waiting;
import io.kindling.exchange.rounds.Work;
import io.kindling.exchange.rpc.Messages.Ask;
import io.kindling.exchange.rpc.Messages.Deliver;
import io.kindling.exchange.rpc.Messages.Fetch;
import io.kindling.exchange.rpc.Messages.Head;
import io.kindling.exchange.rpc.Messages.Next;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import scala.concurrent.ExecutionContext;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/** The way to the driver's exchange from another process. */
final class RpcLine implements Line {
  /** Messages that are under way at once. */
  private static final int CREDITS = 4;

  /** Longer than any of the driver's own bounds: it ends a task whose driver is out of reach. */
  private static final long MOST_HOURS = 24;

  private final RpcEndpointRef driver;
  private final int sliceLength;
  private final RpcTimeout timeout =
      new RpcTimeout(new FiniteDuration(MOST_HOURS, TimeUnit.HOURS), "train.step_timeout");
  private float[] parameters = {};
  private float[] buffers = {};

  RpcLine(String name, int sliceLength) {
    SparkEnv env = SparkEnv.get();
    SparkConf conf = env.conf();
    RpcAddress address =
        new RpcAddress(
            conf.get("spark.driver.host"), Integer.parseInt(conf.get("spark.driver.port")));
    this.driver = env.rpcEnv().setupEndpointRef(address, name);
    this.sliceLength = sliceLength;
  }

  @Override
  public Work next(TaskOrigin task, long after) throws InterruptedException {
    while (true) {
      byte[][] answer = get(ask(new Ask(task, after), Messages.NONE, byte[][].class));
      Next next = (Next) Messages.head(answer);
      if (next.end()) {
        return Work.END;
      }
      byte[] first = Messages.body(answer);
      if (parameters.length != next.parameters() || buffers.length != next.buffers()) {
        parameters = new float[next.parameters()];
        buffers = new float[next.buffers()];
      }
      ValueSlices.read(first, 0, sliceLength, parameters, buffers);
      if (fetch(next.round(), first.length / Float.BYTES)) {
        return new Work(
            next.round(),
            next.epoch(),
            next.step(),
            new StepParameters(next.updates(), parameters, buffers));
      }
    }
  }

  /** Fetches what is left of a round's values; false if the round is over by now. */
  private boolean fetch(long round, long have) throws InterruptedException {
    long left = parameters.length + (long) buffers.length - have;
    int slices = 1 + (int) ((left + sliceLength - 1) / sliceLength);
    ArrayDeque<CompletableFuture<byte[]>> under = new ArrayDeque<>();
    for (int asked = 1, got = 1; got < slices; ) {
      while (asked < slices && under.size() < CREDITS) {
        under.add(ask(new Fetch(round, asked++), Messages.NONE, byte[].class));
      }
      byte[] bytes = get(under.remove());
      if (bytes.length == 0) {
        return false;
      }
      ValueSlices.read(bytes, got++, sliceLength, parameters, buffers);
    }
    return true;
  }

  @Override
  public void deliver(TaskOrigin task, long round, TreeSum sum, TaskTimes times)
      throws InterruptedException {
    int length = parameters.length + buffers.length;
    int slices = Math.max(1, (int) ((length + (long) sliceLength - 1) / sliceLength));
    ArrayDeque<CompletableFuture<Boolean>> under = new ArrayDeque<>();
    for (int slice = 0; slice < slices; slice++) {
      int from = slice * sliceLength;
      if (under.size() == CREDITS) {
        get(under.remove());
        times.fetched();
      }
      byte[] bytes = sum.toBytes(from, (int) Math.min(length, from + (long) sliceLength));
      times.serialized();
      TaskTimes last = slice == slices - 1 ? times : null;
      under.add(ask(new Deliver(task, round, slice, last), bytes, Boolean.class));
    }
    sum.release();
    // Not waited for: the next ask is answered when all of it is summed.
  }

  private <T> CompletableFuture<T> ask(Head head, byte[] body, Class<T> type) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    driver
        .ask(Messages.message(head, body), timeout, ClassTag$.MODULE$.<T>apply(type))
        .onComplete(new Complete<>(answer), ExecutionContext.parasitic$.MODULE$);
    return answer;
  }

  private static <T> T get(CompletableFuture<T> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw Waiting.sneaky(e.getCause() == null ? e : e.getCause());
    }
  }

  @Override
  public void close() {
    // The connection is Spark's own.
  }

  private static final class Complete<T> extends AbstractFunction1<Try<T>, BoxedUnit> {
    private final CompletableFuture<T> answer;

    Complete(CompletableFuture<T> answer) {
      this.answer = answer;
    }

    @Override
    public BoxedUnit apply(Try<T> result) {
      if (result.isSuccess()) {
        answer.complete(result.get());
      } else {
        answer.completeExceptionally(result.failed().get());
      }
      return BoxedUnit.UNIT;
    }
  }
}
