package io.kindling.exchange;

import io.kindling.exchange.rounds.Line;
import io.kindling.exchange.rounds.Waiting;
import io.kindling.exchange.rounds.Work;
import io.kindling.exchange.rpc.Meeting;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.PartitionReplica;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import io.kindling.source.PackedShard;
import io.kindling.source.ShardPlan;
import java.io.Serializable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * A task that stays with its partition's shards for many steps: it asks the driver for work, gives
 * what its shards give, and asks again. Its result is the number of steps it made.
 */
final class ResidentTask extends AbstractFunction1<Iterator<PackedShard>, Long>
    implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(ResidentTask.class);

  private final SpecHandle spec;
  private final ShardPlan plan;
  private final Meeting meeting;

  ResidentTask(SpecHandle spec, ShardPlan plan, Meeting meeting) {
    this.spec = spec;
    this.plan = plan;
    this.meeting = meeting;
  }

  @Override
  public Long apply(Iterator<PackedShard> shards) {
    PartitionReplica replica = new PartitionReplica(spec, plan, shards);
    TaskOrigin task = replica.origin();
    LOG.info("{} stays for an epoch; kernels {}", task, task.kernels());
    long steps = 0;
    try (Line line = meeting.line(task, plan.shards())) {
      TaskTimes times = new TaskTimes();
      Work work = line.next();
      for (StepParameters values = work.values(); values != null; values = work.values()) {
        times.fetched();
        TreeSum sum = replica.gradient(values, work.epoch(), work.step(), times);
        line.deliver(replica.origin(), sum, times);
        steps++;
        times = new TaskTimes();
        work = line.next();
      }
    } catch (InterruptedException e) {
      throw Waiting.sneaky(e); // Spark knows it as the end of a task that it killed.
    }
    replica.giveBack();
    LOG.info("{} made {} steps", task, steps);
    return steps;
  }
}
