package io.kindling.exchange;

import io.kindling.conf.RunConfig.Reduce;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.ShardTask;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskReply;
import io.kindling.replica.TaskTimes;
import io.kindling.source.PackedShard;
import io.kindling.source.ShardRdd;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Dependency;
import org.apache.spark.HashPartitioner;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.rdd.RDD;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * A job a step whose tasks add slices of the vector, each its own, in a second stage: the parts
 * travel by Spark's shuffle, and the driver receives one vector. Cutting a sum that is element by
 * element changes no bit.
 */
public final class SlicedReduction implements AutoCloseable {
  // The driver's link carries 8 n P bytes a step with n tasks and P numbers; a sliced step has four
  // vectors, 16 P, that cross links one after another, and messages. On 10 Gbit/s the second is
  // less
  // from 60,000 numbers and 4 tasks by the simulator, which is a third too fast: hence more of
  // both.
  private static final int PARTITIONS = 4;
  private static final long LENGTH = 1 << 20;

  // 64 KB: what is shorter costs as much to send.
  private static final int SHORTEST = 1 << 14;

  private final SparkContext spark;
  private final JavaPairRDD<Integer, TaskReply> parts;
  private final RDD<TaskReply> totals;
  private final int slices;

  /**
   * Whether the executors are to add slices.
   *
   * @param length of parameters and buffers together
   */
  public static boolean isChosen(Reduce reduce, SparkContext spark, int partitions, long length) {
    return switch (reduce) {
      case DRIVER -> false;
      case SLICED -> true;
      case AUTO -> !spark.isLocal() && partitions >= PARTITIONS && length >= LENGTH;
    };
  }

  /** How many numbers a slice has, so that each partition has one. */
  static int sliceLength(int partitions, long length, int most) {
    return (int) Math.min(most, Math.max(SHORTEST, (length + partitions - 1) / partitions));
  }

  /** Of a step; nothing runs yet. */
  SlicedReduction(ShardRdd shards, ShardTask task, int length) {
    int partitions = shards.getNumPartitions();
    int each = sliceLength(partitions, length, Integer.MAX_VALUE);
    this.spark = shards.sparkContext();
    this.slices = Math.max(1, (length + each - 1) / each);
    int count = slices;
    int shardCount = shards.plan().shards();
    this.parts =
        shards
            .toJavaRDD()
            .mapPartitionsToPair(rows -> cut(task, rows, each, count))
            .partitionBy(new HashPartitioner(count));
    this.totals = parts.mapPartitions(own -> List.of(add(task, own, shardCount)).iterator()).rdd();
  }

  RDD<TaskReply> totals() {
    return totals;
  }

  int slices() {
    return slices;
  }

  private static Iterator<Tuple2<Integer, TaskReply>> cut(
      ShardTask task, Iterator<PackedShard> rows, int each, int slices) {
    TaskTimes times = new TaskTimes();
    TreeSum sum = task.sum(CollectionConverters.asScala(rows), times);
    return IntStream.range(0, slices)
        .mapToObj(
            slice ->
                new Tuple2<>(slice, TaskReply.of(sum, times, slice * each, (slice + 1) * each)))
        .iterator();
  }

  private static TaskReply add(
      ShardTask task, Iterator<Tuple2<Integer, TaskReply>> parts, int shards) {
    task.prepare();
    TreeSum sum = new TreeSum(shards);
    TaskTimes slowest = new TaskTimes();
    while (parts.hasNext()) {
      TaskReply part = parts.next()._2();
      Kernels.requireSame(part.origin(), TaskOrigin.here());
      sum.merge(part.sum());
      boolean slower = part.times().computeMillis() >= slowest.computeMillis();
      slowest = slower ? part.times() : slowest;
    }
    return TaskReply.ofSlowest(sum, slowest);
  }

  /** The one reply of a partition. */
  static final class Only extends AbstractFunction1<scala.collection.Iterator<TaskReply>, TaskReply>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public TaskReply apply(scala.collection.Iterator<TaskReply> replies) {
      return replies.next();
    }
  }

  /** What the executors wrote for it is deleted; else it would stay until a collection finds it. */
  @Override
  public void close() {
    Dependency<?> dependency = parts.rdd().dependencies().head();
    if (dependency instanceof ShuffleDependency<?, ?, ?> shuffle && spark.cleaner().isDefined()) {
      spark.cleaner().get().doCleanupShuffle(shuffle.shuffleId(), false);
    }
  }
}
