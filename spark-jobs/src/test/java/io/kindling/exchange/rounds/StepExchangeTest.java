package io.kindling.exchange.rounds;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DataException;
import io.kindling.device.Fingerprint;
import io.kindling.device.MemoryPool;
import io.kindling.exchange.rounds.StepExchange.NotAllPresent;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The exchange of resident tasks")
@Timeout(30)
class StepExchangeTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final int SHARDS = 6;

  private final StepExchange exchange = new StepExchange(3, Integer.MAX_VALUE, task -> {}, false);

  static TaskOrigin task(int partition, long attempt) {
    return new TaskOrigin(
        partition,
        attempt,
        "1",
        "host",
        new Fingerprint("java", "17", "any"),
        new MemoryPool.Stats(0, 0, 0, 0));
  }

  private static StepParameters values(float... parameters) {
    return new StepParameters(0, parameters, new float[0]);
  }

  private static Work work(float value) {
    return new Work(0, 0, 0, values(value), null);
  }

  private void publish(long step, float value) {
    exchange.publish(0, step, values(value), SHARDS);
  }

  /** What shards 2p and 2p + 1 of partition p give: the value times a power of ten of the shard. */
  private static TreeSum sum(Work work, int partition) {
    TreeSum sum = new TreeSum(SHARDS);
    for (int shard = 2 * partition; shard < 2 * partition + 2; shard++) {
      float value = work.values().parameters()[0] * (float) Math.pow(10, shard);
      sum.add(shard, new ShardResult(new float[] {value}, 1, 1, 0, new float[0]));
    }
    return sum;
  }

  /** A task as an executor runs it; it ends when the exchange does, or after some rounds. */
  private Thread start(int partition, long attempt, long rounds) {
    Thread thread =
        new Thread(
            () -> {
              TaskOrigin task = task(partition, attempt);
              Line line = new DirectLine(exchange, task);
              try {
                Work work = line.next();
                for (long done = 0; work.values() != null && done < rounds; done++) {
                  line.deliver(task, sum(work, partition), new TaskTimes());
                  work = line.next();
                }
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @Test
  @DisplayName(
      "gives each round's sum, whatever the threads do, and lets all of them go at the end")
  void rounds() throws InterruptedException {
    List<Thread> tasks = new ArrayList<>();
    for (int partition = 0; partition < 3; partition++) {
      tasks.add(start(partition, partition, Long.MAX_VALUE));
    }
    tasks.add(start(1, 17, Long.MAX_VALUE)); // a second attempt beside the first
    for (int round = 0; round < 500; round++) {
      publish(round, round);
      ShardResult total = exchange.await(LONG, LONG);
      float v = round;
      float left = (v + v * 10) + (v * 100 + v * 1000);
      assertArrayEquals(
          new float[] {left + (v * 1e4f + v * 1e5f)}, total.gradient(), "round " + round);
      assertEquals(6, total.examples());
    }
    exchange.end();
    for (Thread task : tasks) {
      task.join(10_000);
      assertEquals(Thread.State.TERMINATED, task.getState());
    }
    ConcurrentLinkedQueue<Work> late = new ConcurrentLinkedQueue<>();
    exchange.ask(task(0, 99), -1, "", late::add);
    assertSame(Work.END, late.poll());
  }

  @Test
  @DisplayName("a task that was lost is replaced in the open round, also when it had delivered")
  void replaced() {
    start(0, 0, Long.MAX_VALUE);
    start(1, 1, 1); // delivers the first round and is gone
    start(2, 2, Long.MAX_VALUE);
    publish(0, 1);
    exchange.await(LONG, LONG);
    exchange.lost(1);
    publish(1, 2);
    NotAllPresent e =
        assertThrows(NotAllPresent.class, () -> exchange.await(LONG, Duration.ofMillis(300)));
    assertEquals("partitions [1] of 3 had no task in 0 seconds", e.getMessage());
    start(1, 5, Long.MAX_VALUE);
    assertEquals(222222f, exchange.await(LONG, LONG).gradient()[0]);
    exchange.end();
  }

  @Test
  @DisplayName("silence ends the wait, with the shards that are missing")
  void silence() {
    for (int partition = 0; partition < 3; partition++) {
      exchange.ask(task(partition, partition), -1, "", work -> {});
    }
    publish(0, 1);
    exchange.deliver(task(2, 2), 0, 0, () -> sum(work(1), 2), new TaskTimes(), () -> {});
    ClusterException e =
        assertThrows(ClusterException.class, () -> exchange.await(SHORT, Duration.ofHours(1)));
    assertEquals(
        "step 1 of epoch 1: shards [0, 1, 2, 3] are missing, and no task has sent anything in the"
            + " last 0 seconds (train.step_timeout); look at the executors' logs, or raise it if a"
            + " step takes that long",
        e.getMessage());
  }

  @Test
  @DisplayName("slices are summed by themselves, in any order, and put together again")
  void slices() {
    StepExchange sliced = new StepExchange(1, 2, task -> {}, false);
    sliced.publish(0, 0, new StepParameters(0, new float[4], new float[1]), 2);
    TreeSum whole = new TreeSum(2);
    for (int shard = 0; shard < 2; shard++) {
      float[] gradient = {1 + shard, 20, 300, 4000};
      whole.add(shard, new ShardResult(gradient, 0.5, 2, 1, new float[] {7 * shard}));
    }
    List<Integer> taken = new ArrayList<>();
    for (int slice : new int[] {2, 0, 0, 1}) {
      byte[] bytes = whole.toBytes(2 * slice, 2 * slice + 2);
      sliced.deliver(
          task(0, 0), 0, slice, () -> TreeSum.fromBytes(bytes), null, () -> taken.add(slice));
    }
    ShardResult total = sliced.await(LONG, LONG);
    assertArrayEquals(new float[] {3, 40, 600, 8000}, total.gradient());
    assertArrayEquals(new float[] {7}, total.buffers());
    assertEquals(4, total.examples());
    assertEquals(1, total.lossSum());
    assertEquals(List.of(2, 0, 0, 1), taken);
    assertNull(sliced.lastTimes());
  }

  @Test
  @DisplayName("sums of a round that is over change nothing")
  void stale() {
    for (int round = 0; round < 2; round++) {
      publish(round, 1);
      for (int partition = 0; partition < 3; partition++) {
        Work open = work(1);
        int p = partition;
        exchange.deliver(task(p, p), 0, 0, () -> sum(work(9), p), new TaskTimes(), () -> {});
        exchange.deliver(task(p, p), round, 0, () -> sum(open, p), new TaskTimes(), () -> {});
      }
      float first = round == 0 ? 999999f : 111111f;
      assertEquals(first, exchange.await(LONG, LONG).gradient()[0]);
    }
  }

  @Test
  @DisplayName("a failure, and a task that may not take part, end the wait")
  void failures() {
    publish(0, 1);
    DataException cause = new DataException("torn");
    exchange.fail(cause);
    assertSame(cause, assertThrows(DataException.class, () -> exchange.await(LONG, LONG)));
    StepExchange strict =
        new StepExchange(
            1,
            1,
            task -> {
              throw new DataException(task + " may not");
            },
            false);
    strict.publish(0, 0, values(1), SHARDS);
    strict.ask(task(0, 3), -1, "", work -> {});
    assertEquals(
        "partition 0 on executor 1 on host may not",
        assertThrows(DataException.class, () -> strict.await(LONG, LONG)).getMessage());
  }
}
