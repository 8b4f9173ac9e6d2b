package io.kindling.replica;

import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.source.PackedShard;
import io.kindling.source.ShardPlan;
import java.util.ArrayList;
import java.util.List;
import scala.collection.Iterator;

/** A replica that stays with a partition's shards for many steps. Used by one thread. */
public final class PartitionReplica {
  private final ReplicaPool pool;
  private final ShardPlan plan;
  private final List<PackedShard> shards = new ArrayList<>();
  private final Replica replica;

  public PartitionReplica(SpecHandle spec, ShardPlan plan, Iterator<PackedShard> shards) {
    this.pool = spec.pool();
    this.plan = plan;
    while (shards.hasNext()) {
      this.shards.add(shards.next());
    }
    this.replica = pool.take();
  }

  /** Whose results these are. */
  public TaskOrigin origin() {
    return TaskOrigin.here();
  }

  /** The sum of what the partition's shards give in a step; those that give nothing are in it. */
  public TreeSum gradient(StepParameters values, int epoch, long step, TaskTimes times) {
    replica.load(values);
    times.fetched();
    TreeSum sum = new TreeSum(plan.shards());
    for (PackedShard shard : shards) {
      int[] order = pool.order(plan, epoch, shard.shard());
      ShardResult result = replica.gradient(values, shard, plan, order, epoch, step);
      times.computed();
      sum.add(shard.shard(), result);
      times.reduced();
    }
    return sum;
  }

  /** Gives the replica back to the process, for the next task; not after a failure. */
  public void giveBack() {
    pool.give(replica);
  }
}
