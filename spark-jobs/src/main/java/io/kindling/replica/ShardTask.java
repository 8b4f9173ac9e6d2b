package io.kindling.replica;

import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.source.PackedShard;
import io.kindling.source.ShardPlan;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * One task over a partition's shards: takes a replica, loads the parameters, adds up what the
 * shards give, gives the replica back. What does not change between steps travels by broadcast,
 * once; with the task go a few numbers.
 */
public abstract class ShardTask extends AbstractFunction1<Iterator<PackedShard>, TaskReply>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final SpecHandle spec;
  private final Broadcast<StepParameters> parameters;

  ShardTask(SpecHandle spec, Broadcast<StepParameters> parameters) {
    this.spec = spec;
    this.parameters = parameters;
  }

  /** The gradient of a step: the slice that each shard contributes to it. */
  public static ShardTask gradient(
      SpecHandle spec, Broadcast<StepParameters> parameters, ShardPlan plan, int epoch, long step) {
    return new Gradient(spec, parameters, plan, epoch, step);
  }

  /** Marks the shards whose loss or gradient in a step is not finite. */
  public static ShardTask notFinite(
      SpecHandle spec, Broadcast<StepParameters> parameters, ShardPlan plan, int epoch, long step) {
    return new NotFinite(spec, parameters, plan, epoch, step);
  }

  /** The loss and the correct answers over all examples. */
  public static ShardTask measure(
      SpecHandle spec, Broadcast<StepParameters> parameters, ShardPlan plan) {
    return new Measure(spec, parameters, plan.shards());
  }

  /** What a shard gives; what changes no sum where it has nothing to do. */
  abstract ShardResult run(
      ReplicaPool pool, Replica replica, StepParameters values, PackedShard shard);

  abstract int shards();

  @Override
  public TaskReply apply(Iterator<PackedShard> shards) {
    TaskTimes times = new TaskTimes();
    TreeSum sum = sum(shards, times);
    TaskReply reply = TaskReply.of(sum, times, 0, Integer.MAX_VALUE);
    sum.release();
    return reply;
  }

  /** Makes this process one of the run's, or leaves it; it need not have worked on shards. */
  public void prepare() {
    spec.pool();
  }

  /** Adds up what the shards give. */
  public TreeSum sum(Iterator<PackedShard> shards, TaskTimes times) {
    ReplicaPool pool = spec.pool();
    StepParameters values = parameters.value();
    Replica replica = pool.take();
    replica.load(values);
    times.fetched();
    TreeSum sum = new TreeSum(shards());
    while (shards.hasNext()) {
      PackedShard shard = shards.next();
      ShardResult result = run(pool, replica, values, shard);
      times.computed();
      sum.add(shard.shard(), result);
      times.reduced();
    }
    pool.give(replica);
    return sum;
  }

  private static class Gradient extends ShardTask {
    private static final long serialVersionUID = 1L;

    private final ShardPlan plan;
    private final int epoch;
    private final long step;

    Gradient(
        SpecHandle spec,
        Broadcast<StepParameters> parameters,
        ShardPlan plan,
        int epoch,
        long step) {
      super(spec, parameters);
      this.plan = plan;
      this.epoch = epoch;
      this.step = step;
    }

    @Override
    ShardResult run(ReplicaPool pool, Replica replica, StepParameters values, PackedShard shard) {
      int[] order = pool.order(plan, epoch, shard.shard());
      return replica.gradient(values, shard, plan, order, epoch, step);
    }

    @Override
    int shards() {
      return plan.shards();
    }
  }

  private static final class NotFinite extends Gradient {
    private static final long serialVersionUID = 1L;

    NotFinite(
        SpecHandle spec,
        Broadcast<StepParameters> parameters,
        ShardPlan plan,
        int epoch,
        long step) {
      super(spec, parameters, plan, epoch, step);
    }

    @Override
    ShardResult run(ReplicaPool pool, Replica replica, StepParameters values, PackedShard shard) {
      ShardResult result = super.run(pool, replica, values, shard);
      float[] marks = new float[shards()];
      marks[shard.shard()] = result.isFinite() ? 0 : 1;
      return new ShardResult(marks, 0, result.examples(), 0, new float[0]);
    }
  }

  private static final class Measure extends ShardTask {
    private static final long serialVersionUID = 1L;

    private final int shards;

    Measure(SpecHandle spec, Broadcast<StepParameters> parameters, int shards) {
      super(spec, parameters);
      this.shards = shards;
    }

    @Override
    ShardResult run(ReplicaPool pool, Replica replica, StepParameters values, PackedShard shard) {
      return replica.measure(values, shard);
    }

    @Override
    int shards() {
      return shards;
    }
  }
}
