package io.kindling.replica;

import io.kindling.source.ShardPlan;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.broadcast.Broadcast;

/**
 * The replicas of one run in one process, kept between steps: a task takes one and gives it back.
 * There are as many as tasks ever ran at once. A new run frees what those before it keep idle: an
 * executor is not told when a run is over.
 */
final class ReplicaPool {
  private static final Map<String, ReplicaPool> POOLS = new HashMap<>();

  private final ReplicaSpec spec;
  private final ArrayDeque<Replica> idle = new ArrayDeque<>();
  private final Map<Integer, EpochOrder> orders = new ConcurrentHashMap<>();

  /** The order of a shard's rows in an epoch. */
  @SuppressWarnings("ArrayRecordComponent")
  private record EpochOrder(int epoch, int[] rows) {}

  private ReplicaPool(ReplicaSpec spec) {
    this.spec = spec;
  }

  /**
   * The pool of a run in this process.
   *
   * @param token of the run
   * @param spec read where the pool is made
   */
  static ReplicaPool of(String token, Broadcast<byte[]> spec) {
    synchronized (POOLS) {
      ReplicaPool pool = POOLS.get(token);
      if (pool == null) {
        pool = new ReplicaPool(ReplicaSpec.fromBytes(spec.value()));
        EngineSetup.apply(pool.spec.engine());
        POOLS.values().forEach(ReplicaPool::free);
        POOLS.put(token, pool);
      }
      return pool;
    }
  }

  /** What a run keeps in this process is freed. */
  static void forget(String token) {
    synchronized (POOLS) {
      ReplicaPool pool = POOLS.remove(token);
      if (pool != null) {
        pool.free();
      }
    }
  }

  private void free() {
    synchronized (idle) {
      idle.forEach(Replica::close);
      idle.clear();
    }
    orders.clear();
  }

  /** A replica for this task alone; give it back unless something failed with it. */
  Replica take() {
    synchronized (idle) {
      Replica replica = idle.pollLast();
      if (replica != null) {
        return replica;
      }
    }
    return new Replica(spec);
  }

  void give(Replica replica) {
    synchronized (idle) {
      idle.addLast(replica);
    }
  }

  /** The shard's rows in the order of the epoch, computed once an epoch. */
  int[] order(ShardPlan plan, int epoch, int shard) {
    EpochOrder known = orders.get(shard);
    if (known == null || known.epoch() != epoch) {
      known = new EpochOrder(epoch, plan.order(epoch, shard));
      orders.put(shard, known);
    }
    return known.rows();
  }
}
