package io.kindling.source;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import scala.collection.Iterator;
import scala.collection.immutable.Nil$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * The shards of a split, each partition a run of consecutive ones. A partition that was lost is
 * read again.
 *
 * <p>Kept in the executors as objects: a shard is two primitive arrays, which are as small as their
 * serialised form, and keeping them serialised would mean to copy them all in every step. What
 * memory cannot hold goes to the local disk rather than being read from the source in every step.
 */
public final class ShardRdd extends RDD<PackedShard> {
  private static final long serialVersionUID = 1L;

  private final ShardPlan plan;
  private final ShardReader reader;
  private final int partitionCount;
  private final Broadcast<SerializableConfiguration> hadoop;

  /** A run of shards, from {@code first} to before {@code end}. */
  public record Range(int index, int first, int end) implements Partition {}

  private ShardRdd(
      SparkContext spark,
      ShardPlan plan,
      ShardReader reader,
      int partitionCount,
      Broadcast<SerializableConfiguration> hadoop) {
    super(spark, none(), ClassTag$.MODULE$.apply(PackedShard.class));
    this.plan = plan;
    this.reader = reader;
    this.partitionCount = partitionCount;
    this.hadoop = hadoop;
  }

  /**
   * The shards of a plan, to be kept in the executors once they are read.
   *
   * @param partitions at most as many as there are shards
   */
  public static ShardRdd of(
      SparkContext spark, ShardPlan plan, ShardReader reader, int partitions, String name) {
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(
            new SerializableConfiguration(spark.hadoopConfiguration()),
            ClassTag$.MODULE$.apply(SerializableConfiguration.class));
    ShardRdd rdd = new ShardRdd(spark, plan, reader, Math.min(partitions, plan.shards()), hadoop);
    rdd.setName(name);
    rdd.persist(StorageLevel.MEMORY_AND_DISK());
    return rdd;
  }

  @SuppressWarnings("unchecked") // an empty list holds elements of any type
  private static Seq<Dependency<?>> none() {
    return (Seq<Dependency<?>>) (Seq<?>) Nil$.MODULE$;
  }

  public ShardPlan plan() {
    return plan;
  }

  /** Which shards a partition holds. */
  public Range range(int index) {
    return new Range(index, firstOf(index), firstOf(index + 1));
  }

  private int firstOf(int index) {
    return (int) ((long) index * plan.shards() / partitionCount);
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] partitions = new Partition[partitionCount];
    for (int i = 0; i < partitionCount; i++) {
      partitions[i] = range(i);
    }
    return partitions;
  }

  @Override
  public Iterator<PackedShard> compute(Partition split, TaskContext context) {
    Range range = (Range) split;
    Configuration configuration = hadoop.value().value();
    try {
      return CollectionConverters.asScala(
          reader.read(plan, range.first(), range.end(), configuration).iterator());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Frees the executors' memory. */
  public void release() {
    unpersist(false);
    hadoop.destroy();
  }
}
