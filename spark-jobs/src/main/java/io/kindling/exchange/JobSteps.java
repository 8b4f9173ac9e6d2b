package io.kindling.exchange;

import io.kindling.conf.RunConfig.Reduce;
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
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;
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
  private final Reduce reduce;
  private final Kernels kernels;
  private final TaskFailures failures;
  private volatile BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /** A reply to a job's task by its index and when it was here, or how the job ended. */
  private record Event(
      int index, @Nullable TaskReply reply, @Nullable Throwable failure, long micros) {
    static Event end(@Nullable Throwable failure) {
      return new Event(0, null, failure, 0);
    }
  }

  /**
   * Runs on what was sent to the executors.
   *
   * @param silence how long no task of a step may end before the step is given up
   * @param reduce who adds what the tasks give
   */
  public JobSteps(
      SparkContext spark,
      SpecHandle spec,
      ShardRdd train,
      ShardRdd test,
      Duration silence,
      Reduce reduce) {
    this(spark, spec, train, test, silence, reduce, new Kernels(), attempt -> {}, error -> {});
  }

  /**
   * For a runner that has tasks of its own in the same group.
   *
   * @param lost is told of its failed tasks too, as {@link TaskFailures} does
   * @param hopeless likewise
   */
  JobSteps(
      SparkContext spark,
      SpecHandle spec,
      ShardRdd train,
      ShardRdd test,
      Duration silence,
      Reduce reduce,
      Kernels kernels,
      LongConsumer lost,
      Consumer<Throwable> hopeless) {
    this.spark = spark;
    this.spec = spec;
    this.train = train;
    this.test = test;
    this.silence = silence;
    this.reduce = reduce;
    this.kernels = kernels;
    this.failures =
        new TaskFailures(
            spark,
            spec.token(),
            kernels,
            lost,
            error -> {
              events.add(Event.end(error));
              hopeless.accept(error);
            });
  }

  /** How many tasks can run at once on what the run has now. */
  public static int slots(SparkContext spark) {
    return TaskJob.slots(spark);
  }

  @Override
  public ShardResult gradient(StepParameters values, int epoch, long step, StepBudget budget) {
    ShardPlan plan = train.plan();
    String name = String.format("kindling epoch %d step %d", epoch + 1, step + 1);
    int length = values.parameters().length + values.buffers().length;
    boolean sliced = SlicedReduction.isChosen(reduce, spark, train.getNumPartitions(), length);
    try (Sent sent = new Sent(values, budget)) {
      ShardTask task = ShardTask.gradient(spec, sent.parameters, plan, epoch, step);
      if (!sliced) {
        return run(train, task, working(plan, step), name, budget);
      }
      try (SlicedReduction reduction = new SlicedReduction(train, task, length)) {
        List<TreeSum> sums = new ArrayList<>();
        List<Object> slices = new ArrayList<>();
        for (int slice = 0; slice < reduction.slices(); slice++) {
          sums.add(new TreeSum(plan.shards()));
          slices.add(slice);
        }
        return run(
            reduction.totals(),
            slices,
            new SlicedReduction.Only(),
            sums,
            name + ", sliced",
            budget);
      }
    }
  }

  @Override
  public ShardResult notFinite(StepParameters values, int epoch, long step) {
    ShardPlan plan = train.plan();
    String name = String.format("kindling epoch %d step %d, looked into", epoch + 1, step + 1);
    StepBudget unused = new StepBudget();
    try (Sent sent = new Sent(values, unused)) {
      ShardTask task = ShardTask.notFinite(spec, sent.parameters, plan, epoch, step);
      return run(train, task, working(plan, step), name, unused);
    }
  }

  /** Whether a shard has examples in a step. */
  private static IntPredicate working(ShardPlan plan, long step) {
    return shard -> plan.from(step, shard) < plan.to(step, shard);
  }

  @Override
  public ShardResult measure(StepParameters values) {
    ShardPlan plan = test.plan();
    StepBudget unused = new StepBudget();
    try (Sent sent = new Sent(values, unused)) {
      ShardTask task = ShardTask.measure(spec, sent.parameters, plan);
      return run(test, task, shard -> plan.size(shard) > 0, "kindling evaluation", unused);
    }
  }

  /** Parameters that every executor can have. */
  private final class Sent implements AutoCloseable {
    private final Broadcast<StepParameters> parameters;

    Sent(StepParameters values, StepBudget budget) {
      long start = System.nanoTime();
      parameters = spark.broadcast(values, ClassTag$.MODULE$.apply(StepParameters.class));
      budget.addSerialize(millisSince(start));
    }

    @Override
    public void close() {
      parameters.destroy();
    }
  }

  /**
   * A task on each partition that has work, and the driver adds.
   *
   * @param works whether a shard has anything to give
   */
  private ShardResult run(
      ShardRdd shards, ShardTask task, IntPredicate works, String name, StepBudget budget) {
    TreeSum sum = new TreeSum(shards.plan().shards());
    List<Object> partitions = new ArrayList<>();
    for (int p = 0; p < shards.getNumPartitions(); p++) {
      ShardRdd.Range range = shards.range(p);
      if (IntStream.range(range.first(), range.end()).anyMatch(works)) {
        partitions.add(p);
      } else {
        for (int shard = range.first(); shard < range.end(); shard++) {
          sum.add(shard, ShardResult.empty());
        }
      }
    }
    return run(shards, partitions, task, List.of(sum), name, budget);
  }

  /**
   * @param sums one to which every reply is added, or one for each partition's, a slice
   */
  private <S> ShardResult run(
      RDD<S> rdd,
      List<Object> partitions,
      Function1<Iterator<S>, TaskReply> task,
      List<TreeSum> sums,
      String name,
      StepBudget budget) {
    BlockingQueue<Event> here = new LinkedBlockingQueue<>();
    events = here;
    long submitted = TaskTimes.nowMicros();
    try (TaskJob job =
        TaskJob.submit(
            spark,
            rdd,
            partitions,
            task,
            spec.token(),
            name,
            (index, reply) -> here.add(new Event(index, reply, null, TaskTimes.nowMicros())),
            failure -> here.add(Event.end(failure)))) {
      collect(here, partitions.size(), sums, name, submitted, budget);
      job.finished();
    }
    return ShardResult.join(sums.stream().map(TreeSum::total).toList());
  }

  private void collect(
      BlockingQueue<Event> replies,
      int tasks,
      List<TreeSum> sums,
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
      sums.get(sums.size() == 1 ? 0 : event.index()).merge(part);
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
