package io.kindling.exchange.rounds;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.exchange.rounds.StepExchange.NotAllPresent;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks as threads, each with an owner of slices that the others find by its address. */
@DisplayName("The exchange of tasks that add slices")
@Timeout(30)
class SlicedExchangeTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int TASKS = 4;
  private static final int SHARDS = 8;
  private static final int LENGTH = 23;
  private static final int SLICE = 5;

  private final StepExchange exchange = new StepExchange(TASKS, SLICE, task -> {}, true);
  private final Map<String, SliceOwner> owners = new ConcurrentHashMap<>();
  private final AtomicLong toDriver = new AtomicLong();

  /** The step in which the task of an attempt goes away, having delivered to some owners only. */
  private final Map<Long, Long> leaves = new ConcurrentHashMap<>();

  @AfterEach
  void end() {
    exchange.end();
  }

  private static ShardResult result(long step, int shard) {
    Random random = new Random(31 * step + shard);
    float[] gradient = new float[LENGTH - 2];
    float[] buffers = new float[2];
    for (int i = 0; i < LENGTH; i++) {
      float value = (float) random.nextGaussian();
      if (i < gradient.length) {
        gradient[i] = value;
      } else {
        buffers[i - gradient.length] = value;
      }
    }
    return new ShardResult(gradient, 1.0 / (shard + 3), 5, 2, buffers);
  }

  private static ShardResult expected(long step) {
    TreeSum sum = new TreeSum(SHARDS);
    for (int shard = 0; shard < SHARDS; shard++) {
      sum.add(shard, result(step, shard));
    }
    return sum.total();
  }

  private final class Task implements Runnable, SliceOwner.Driver {
    private final TaskOrigin origin;
    private final String address;
    private final SliceOwner owner = new SliceOwner(this, SHARDS);

    Task(int partition, long attempt) {
      this.origin = StepExchangeTest.task(partition, attempt);
      this.address = "task " + attempt;
      owners.put(address, owner);
    }

    @Override
    public CompletableFuture<byte[]> fetch(long round, int slice) {
      return CompletableFuture.completedFuture(
          ByteBuffer.allocate(12).putLong(round).putInt(slice).array());
    }

    @Override
    public void deliver(long round, int slice, byte[] total, @Nullable TaskTimes times) {
      toDriver.addAndGet(total.length);
      exchange.deliver(origin, round, slice, () -> TreeSum.fromBytes(total), times, () -> {});
    }

    @Override
    public void run() {
      long after = -1;
      while (true) {
        CompletableFuture<Work> answer = new CompletableFuture<>();
        exchange.ask(origin, after, address, answer::complete);
        Work work = answer.join();
        after = work.round();
        if (work.values() == null || !work(work)) {
          return;
        }
      }
    }

    private boolean work(Work work) {
      boolean leaving = leaves.getOrDefault(origin.attempt(), -1L) == work.step();
      TreeSum sum = new TreeSum(SHARDS);
      for (int shard = 2 * origin.partition(); shard < 2 * origin.partition() + 2; shard++) {
        sum.add(shard, result(work.step(), shard));
      }
      for (int slice = 0; slice * SLICE < LENGTH; slice++) {
        if (leaving && slice == 2) {
          owners.remove(address);
          exchange.lost(origin.attempt());
          return false;
        }
        String to = work.owners().addresses().get(slice % TASKS);
        SliceOwner there = owners.get(to);
        byte[] part = sum.toBytes(SLICE * slice, SLICE * (slice + 1));
        if (there == null) {
          exchange.apart(origin, work.round(), to);
        } else {
          byte[] got = there.values(work.round(), slice).join();
          assertEquals(slice, got.length == 0 ? slice : ByteBuffer.wrap(got).getInt(8));
          there.add(work.round(), slice, part, new TaskTimes());
          there.add(work.round(), slice, part, null); // once more changes nothing
        }
      }
      return true;
    }
  }

  private void start(int partition, long attempt) {
    Thread thread = new Thread(new Task(partition, attempt));
    thread.setDaemon(true);
    thread.start();
  }

  private void startAll() {
    for (int partition = 0; partition < TASKS; partition++) {
      start(partition, partition);
    }
  }

  private void check(long step) {
    StepParameters values = new StepParameters(step, new float[LENGTH - 2], new float[2]);
    exchange.publish(0, step, values, SHARDS);
    ShardResult total = exchange.await(LONG, LONG);
    ShardResult expected = expected(step);
    assertArrayEquals(expected.gradient(), total.gradient(), "step " + step);
    assertArrayEquals(expected.buffers(), total.buffers(), "step " + step);
    assertEquals(expected.lossSum(), total.lossSum());
    assertEquals(SHARDS * 5, total.examples());
  }

  @Test
  @DisplayName("gives the bits of the driver's own sum, and sends it one vector")
  void rounds() {
    startAll();
    for (int step = 0; step < 200; step++) {
      check(step);
    }
    long slices = (LENGTH + SLICE - 1) / SLICE;
    long head = new TreeSum(SHARDS).add(0, ShardResult.empty()).toBytes(0, 0).length;
    assertEquals(200 * (4 * LENGTH + slices * head), toDriver.get());
  }

  @Test
  @DisplayName("a round whose owner is lost is made again when another has come")
  void replaced() {
    leaves.put(1L, 3L);
    startAll();
    for (int step = 0; step < 3; step++) {
      check(step);
    }
    StepParameters values = new StepParameters(3, new float[LENGTH - 2], new float[2]);
    exchange.publish(0, 3, values, SHARDS);
    Duration slots = Duration.ofMillis(300);
    NotAllPresent e = assertThrows(NotAllPresent.class, () -> exchange.await(LONG, slots));
    assertEquals("partitions [1] of 4 had no task in 0 seconds", e.getMessage());
    start(1, 9);
    assertArrayEquals(expected(3).gradient(), exchange.await(LONG, LONG).gradient());
    check(4);
  }

  @Test
  @DisplayName("a second attempt at a partition takes over where the first is lost")
  void twoAttempts() {
    leaves.put(2L, 2L);
    startAll();
    check(0);
    start(2, 17);
    for (int step = 1; step < 6; step++) {
      check(step);
    }
  }

  @Test
  @DisplayName("an owner that is not reached and not lost either ends the wait, with both ends")
  void apart() {
    startAll();
    check(0);
    owners.remove("task 3");
    PeersApartException e =
        assertThrows(
            PeersApartException.class,
            () -> {
              StepParameters values = new StepParameters(1, new float[LENGTH - 2], new float[2]);
              exchange.publish(0, 1, values, SHARDS);
              exchange.await(LONG, Duration.ofMillis(300));
            });
    assertTrue(
        e.getMessage().matches("partition \\d on executor 1 on host does not reach task 3"),
        e.getMessage());
  }
}
