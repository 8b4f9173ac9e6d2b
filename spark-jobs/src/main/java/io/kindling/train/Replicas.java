package io.kindling.train;

import io.kindling.core.DeviceException;
import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.device.cpu.Cpu;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.ReplicaSpec;
import io.kindling.replica.ShardTask;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskReply;
import io.kindling.report.NativeMemory;
import io.kindling.report.StepBudget;
import io.kindling.source.ShardPlan;
import io.kindling.source.ShardRdd;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * The replicas in the executors, as the driver sees them: parameters go out by broadcast, one Spark
 * job runs the tasks of those partitions that have work, their partial sums come back.
 */
final class Replicas implements AutoCloseable {
  private final SparkContext spark;
  private final SpecHandle spec;
  private @Nullable NativeMemory memory;

  /** A reply, and when it was here. */
  private record Arrival(TaskReply reply, long micros) {}

  Replicas(SparkContext spark, ReplicaSpec spec) {
    this.spark = spark;
    this.spec = SpecHandle.send(spark, spec);
  }

  /** The summed gradient of a step of an epoch; its parts are added to the budget. */
  ShardResult gradient(
      ShardRdd shards, StepParameters values, int epoch, long step, StepBudget budget) {
    ShardPlan plan = shards.plan();
    List<Object> partitions = new ArrayList<>();
    TreeSum sum = new TreeSum(plan.shards());
    for (int p = 0; p < shards.getNumPartitions(); p++) {
      ShardRdd.Range range = shards.range(p);
      boolean works = false;
      for (int shard = range.first(); shard < range.end(); shard++) {
        if (plan.from(step, shard) < plan.to(step, shard)) {
          works = true;
        } else {
          sum.add(shard, ShardResult.empty());
        }
      }
      if (works) {
        partitions.add(p);
      }
    }
    return run(
        shards,
        values,
        partitions,
        sum,
        parameters -> ShardTask.gradient(spec, parameters, plan, epoch, step),
        budget);
  }

  /** The summed loss and correct answers over all examples of a split. */
  ShardResult measure(ShardRdd shards, StepParameters values) {
    ShardPlan plan = shards.plan();
    List<Object> partitions = new ArrayList<>();
    for (int p = 0; p < shards.getNumPartitions(); p++) {
      partitions.add(p);
    }
    TreeSum sum = new TreeSum(plan.shards());
    for (int shard = 0; shard < plan.shards(); shard++) {
      if (plan.size(shard) == 0) {
        sum.add(shard, ShardResult.empty());
      }
    }
    return run(
        shards,
        values,
        partitions,
        sum,
        parameters -> ShardTask.measure(spec, parameters, plan),
        new StepBudget());
  }

  private interface TaskMaker {
    ShardTask make(Broadcast<StepParameters> parameters);
  }

  private ShardResult run(
      ShardRdd shards,
      StepParameters values,
      List<Object> partitions,
      TreeSum sum,
      TaskMaker maker,
      StepBudget budget) {
    long start = System.nanoTime();
    Broadcast<StepParameters> parameters =
        spark.broadcast(values, ClassTag$.MODULE$.apply(StepParameters.class));
    budget.addSerialize(millisSince(start));
    List<Arrival> arrivals = new ArrayList<>();
    try {
      long submitted = TaskReply.nowMicros();
      spark.runJob(
          shards,
          maker.make(parameters),
          indices(partitions),
          new Collector(arrivals),
          ClassTag$.MODULE$.apply(TaskReply.class));
      charge(budget, arrivals.get(arrivals.size() - 1), submitted);
    } finally {
      parameters.destroy();
    }
    for (Arrival arrival : arrivals) {
      TaskReply reply = arrival.reply();
      requireSameKernels(
          "executor " + reply.executor() + " on " + reply.host(),
          reply.kernels(),
          TaskReply.localHost(),
          Cpu.backend().fingerprint());
      remember(reply);
      long from = System.nanoTime();
      TreeSum part = arrival.reply().sum();
      budget.addSerialize(millisSince(from));
      from = System.nanoTime();
      sum.merge(part);
      budget.addReduce(millisSince(from));
    }
    return sum.total();
  }

  private static Seq<Object> indices(List<Object> partitions) {
    return CollectionConverters.asScala(partitions).toSeq();
  }

  /** Called by Spark, one result at a time, before runJob returns. */
  private static final class Collector extends AbstractFunction2<Object, TaskReply, BoxedUnit> {
    private final List<Arrival> arrivals;

    Collector(List<Arrival> arrivals) {
      this.arrivals = arrivals;
    }

    @Override
    public BoxedUnit apply(Object partition, TaskReply reply) {
      arrivals.add(new Arrival(reply, TaskReply.nowMicros()));
      return BoxedUnit.UNIT;
    }
  }

  /**
   * Adds the parts of the task that ended last, which is the one that the step waited for. The way
   * there and back is known together; how it divides is by the hosts' clocks, within that bound.
   */
  private static void charge(StepBudget budget, Arrival last, long submitted) {
    TaskReply reply = last.reply();
    budget.addCompute(reply.computeMillis());
    budget.addReduce(reply.reduceMillis());
    budget.addSerialize(reply.serializeMillis());
    long inTask = reply.endMicros() - reply.startMicros();
    long outside = Math.max(0, last.micros() - submitted - inTask);
    long back = Math.max(0, Math.min(outside, last.micros() - reply.endMicros()));
    budget.addTransfer(reply.fetchMillis() + back / 1000.0);
  }

  /** Hosts with other kernels compute other bits. */
  static void requireSameKernels(
      String executor, Fingerprint theirs, String driverHost, Fingerprint ours) {
    if (!theirs.equals(ours)) {
      throw new DeviceException(
          String.format(
              "%s computes with the kernels '%s' and the driver on %s with '%s', so the result"
                  + " would depend on where a task runs; %s",
              executor, theirs, driverHost, ours, remedy(theirs, ours)));
    }
  }

  private static String remedy(Fingerprint a, Fingerprint b) {
    if (!a.backend().equals(b.backend())) {
      return "make oneDNN load on every host (the executor's log says why it does not), or set"
          + " engine.backend: java";
    }
    return a.version().equals(b.version())
        ? "set engine.isa: avx2, or another instruction set that every host has"
        : "give every host the same Java and the same Kindling";
  }

  private void remember(TaskReply reply) {
    MemoryPool.Stats stats = reply.memory();
    NativeMemory known = memory;
    if (known == null || stats.peak() >= known.peak()) {
      memory =
          new NativeMemory(
              reply.executor(), stats.inUse(), stats.peak(), stats.reserved(), stats.limit());
    }
  }

  /** The native memory of the executor that used most; null before the first task. */
  @Nullable NativeMemory memory() {
    return memory;
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  @Override
  public void close() {
    spec.destroy();
  }
}
