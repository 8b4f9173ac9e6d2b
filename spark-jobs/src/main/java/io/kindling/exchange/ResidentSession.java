package io.kindling.exchange;

import io.kindling.exchange.rounds.StepExchange;
import io.kindling.exchange.rounds.Waiting;
import io.kindling.exchange.rpc.DriverEndpoint;
import io.kindling.exchange.rpc.Meeting;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskTimes;
import io.kindling.report.StepBudget;
import io.kindling.source.ShardPlan;
import io.kindling.source.ShardRdd;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/** The resident tasks of one epoch, as the driver's thread sees them. */
final class ResidentSession implements AutoCloseable {
  // 4 MB: what is longer would keep heartbeats waiting.
  private static final int SLICE = 1 << 20;

  private final ShardPlan plan;
  private final int epoch;
  private final Meeting meeting;
  private final StepExchange exchange;
  private final @Nullable DriverEndpoint endpoint;
  private final TaskJob job;
  private final BlockingQueue<Boolean> over = new LinkedBlockingQueue<>();

  /**
   * Starts the tasks.
   *
   * @param length of parameters and buffers together
   * @param reduction whether the tasks add slices, where they are in processes of their own
   */
  ResidentSession(
      SparkContext spark,
      SpecHandle spec,
      ShardRdd train,
      int epoch,
      Kernels kernels,
      long length,
      boolean reduction) {
    this.plan = train.plan();
    this.epoch = epoch;
    boolean local = spark.isLocal();
    int partitions = train.getNumPartitions();
    boolean sliced = reduction && !local;
    int each = sliced ? SlicedReduction.sliceLength(partitions, length, SLICE) : SLICE;
    int slice = local ? Integer.MAX_VALUE : each;
    this.meeting = new Meeting("kindling-" + UUID.randomUUID(), slice, sliced);
    this.exchange = new StepExchange(partitions, slice, kernels::check, sliced);
    this.endpoint = local ? null : DriverEndpoint.open(meeting, exchange);
    meeting.open(exchange);
    List<Object> all = IntStream.range(0, partitions).<Object>mapToObj(p -> p).toList();
    this.job =
        TaskJob.submit(
            spark,
            train,
            all,
            new ResidentTask(spec, plan, meeting),
            spec.token(),
            "kindling epoch " + (epoch + 1) + (sliced ? ", sliced" : ""),
            (partition, steps) -> {},
            this::ended);
  }

  int epoch() {
    return epoch;
  }

  /** This attempt at a task has failed. */
  void lost(long attempt) {
    exchange.lost(attempt);
  }

  /** No task of the session would succeed. */
  void failed(Throwable error) {
    exchange.fail(error);
  }

  private void ended(@Nullable Throwable failure) {
    over.add(true);
    exchange.fail(
        failure == null ? new IllegalStateException("the tasks ended too early") : failure);
  }

  /** One step: parameters out, sums in. */
  ShardResult step(
      StepParameters values, long step, StepBudget budget, Duration silence, Duration slots) {
    long published = TaskTimes.nowMicros();
    exchange.publish(epoch, step, values, plan.shards());
    ShardResult total = exchange.await(silence, slots);
    TaskTimes last = exchange.lastTimes();
    if (last != null) {
      double compute = last.computeMillis();
      double inTask = compute + last.reduceMillis() + last.serializeMillis();
      budget.addCompute(compute);
      budget.addReduce(last.reduceMillis());
      budget.addSerialize(last.serializeMillis());
      // Both ways: what the task had to wait for is here, and what came after the last slice.
      double wall = (TaskTimes.nowMicros() - published) / 1000.0;
      budget.addTransfer(Math.max(0, wall - inTask));
    }
    return total;
  }

  /** Waits until the tasks have left, and no longer than that. */
  void end(Duration most) {
    exchange.end();
    Waiting.poll(over, most);
  }

  /** Ends what has not ended. */
  @Override
  public void close() {
    exchange.end();
    job.close();
    meeting.close();
    if (endpoint != null) {
      endpoint.close();
    }
  }
}
