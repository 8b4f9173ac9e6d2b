package io.kindling.exchange;

import io.kindling.exchange.rounds.ClusterException;
import io.kindling.exchange.rounds.Waiting;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.ShardTask;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskReply;
import io.kindling.replica.TaskTimes;
import io.kindling.report.NativeMemory;
import io.kindling.report.StepBudget;
import io.kindling.source.ShardPlan;
import io.kindling.source.ShardRdd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag$;

/**
 * A Spark job for each step: parameters go out by broadcast, a task runs on each partition that has
 * work, their partial sums come back and are added as they come. Elastic: it works with fewer slots
 * than partitions, and Spark runs a lost task again.
 */
public final class JobSteps implements StepRunner {
  private final SparkContext spark;
  private final SpecHandle spec;
  private final ShardRdd train;
  private final ShardRdd test;
  private final Duration silence;
  private final Kernels kernels;
  private final TaskFailures failures;
  private volatile BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /** A reply and when it was here, or how the job ended. */
  private record Event(@Nullable TaskReply reply, @Nullable Throwable failure, long micros) {}

  /**
   * Runs on what was sent to the executors.
   *
   * @param silence how long no task of a step may end before the step is given up
   */
  public JobSteps(
      SparkContext spark, SpecHandle spec, ShardRdd train, ShardRdd test, Duration silence) {
    this(spark, spec, train, test, silence, new Kernels());
  }

  JobSteps(
      SparkContext spark,
      SpecHandle spec,
      ShardRdd train,
      ShardRdd test,
      Duration silence,
      Kernels kernels) {
    this.spark = spark;
    this.spec = spec;
    this.train = train;
    this.test = test;
    this.silence = silence;
    this.kernels = kernels;
    this.failures =
        new TaskFailures(
            spark, spec.token(), attempt -> {}, error -> events.add(new Event(null, error, 0)));
  }

  /** How many tasks can run at once on what the run has now. */
  public static int slots(SparkContext spark) {
    return TaskJob.slots(spark);
  }

  @Override
  public ShardResult gradient(StepParameters values, int epoch, long step, StepBudget budget) {
    ShardPlan plan = train.plan();
    TreeSum sum = idle(plan, step);
    String name = String.format("kindling epoch %d step %d", epoch + 1, step + 1);
    return run(
        train,
        values,
        sum,
        parameters -> ShardTask.gradient(spec, parameters, plan, epoch, step),
        name,
        budget);
  }

  @Override
  public ShardResult measure(StepParameters values) {
    ShardPlan plan = test.plan();
    TreeSum sum = new TreeSum(plan.shards());
    for (int shard = 0; shard < plan.shards(); shard++) {
      if (plan.size(shard) == 0) {
        sum.add(shard, ShardResult.empty());
      }
    }
    return run(
        test,
        values,
        sum,
        parameters -> ShardTask.measure(spec, parameters, plan),
        "kindling evaluation",
        new StepBudget());
  }

  /** A sum that holds the shards which have no example in a step. */
  static TreeSum idle(ShardPlan plan, long step) {
    TreeSum sum = new TreeSum(plan.shards());
    for (int shard = 0; shard < plan.shards(); shard++) {
      if (plan.from(step, shard) == plan.to(step, shard)) {
        sum.add(shard, ShardResult.empty());
      }
    }
    return sum;
  }

  /**
   * @param sum holds the shards that have nothing to give
   */
  private ShardResult run(
      ShardRdd shards,
      StepParameters values,
      TreeSum sum,
      Function<Broadcast<StepParameters>, ShardTask> task,
      String name,
      StepBudget budget) {
    List<Object> partitions = new ArrayList<>();
    for (int p = 0; p < shards.getNumPartitions(); p++) {
      ShardRdd.Range range = shards.range(p);
      if (!sum.containsAll(range.first(), range.end())) {
        partitions.add(p);
      }
    }
    long start = System.nanoTime();
    Broadcast<StepParameters> parameters =
        spark.broadcast(values, ClassTag$.MODULE$.apply(StepParameters.class));
    budget.addSerialize(millisSince(start));
    BlockingQueue<Event> here = new LinkedBlockingQueue<>();
    events = here;
    long submitted = TaskTimes.nowMicros();
    try (TaskJob job =
        TaskJob.submit(
            spark,
            shards,
            partitions,
            task.apply(parameters),
            spec.token(),
            name,
            (index, reply) -> here.add(new Event(reply, null, TaskTimes.nowMicros())),
            failure -> here.add(new Event(null, failure, 0)))) {
      collect(here, partitions.size(), sum, name, submitted, budget);
      job.finished();
    } finally {
      parameters.destroy();
    }
    return sum.total();
  }

  private void collect(
      BlockingQueue<Event> replies,
      int tasks,
      TreeSum sum,
      String name,
      long submitted,
      StepBudget budget) {
    for (int done = 0; done < tasks; ) {
      Event event = Waiting.poll(replies, silence);
      if (event == null) {
        throw new ClusterException(
            String.format(
                "%s: %d of %d tasks have ended, and none in the last %d seconds"
                    + " (train.step_timeout); look at the executors' logs, or raise it if a step"
                    + " takes that long",
                name, done, tasks, silence.toSeconds()));
      }
      Throwable failure = event.failure();
      if (failure != null) {
        throw Waiting.sneaky(failure);
      }
      TaskReply reply = event.reply();
      if (reply == null) {
        continue; // The job's end, told before the last replies were taken.
      }
      done++;
      kernels.check(reply.origin());
      long from = System.nanoTime();
      TreeSum part = reply.sum();
      double decoded = millisSince(from);
      from = System.nanoTime();
      sum.merge(part);
      if (done == tasks) {
        budget.addSerialize(decoded);
        budget.addReduce(millisSince(from));
        charge(budget, reply.times(), submitted, event.micros());
      }
    }
  }

  /**
   * Adds the parts of the task that ended last, which is the one that the step waited for. The way
   * there and back is known together; how it divides is by the hosts' clocks, within that bound.
   */
  private static void charge(StepBudget budget, TaskTimes last, long submitted, long arrived) {
    budget.addCompute(last.computeMillis());
    budget.addReduce(last.reduceMillis());
    budget.addSerialize(last.serializeMillis());
    long inTask = last.endMicros() - last.startMicros();
    long outside = Math.max(0, arrived - submitted - inTask);
    long back = Math.max(0, Math.min(outside, arrived - last.endMicros()));
    budget.addTransfer(last.fetchMillis() + back / 1000.0);
  }

  @Override
  public @Nullable NativeMemory memory() {
    return kernels.memory();
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  @Override
  public void close() {
    failures.close();
  }
}
