package io.kindling.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The plan of shards and steps")
class ShardPlanTest {

  @Test
  @DisplayName("shards own contiguous ranges that differ by at most one example")
  void owning() {
    forPlans(
        plan -> {
          long next = 0;
          for (int shard = 0; shard < plan.shards(); shard++) {
            assertEquals(next, plan.firstExample(shard));
            long size = plan.size(shard);
            assertTrue(size == plan.examples() / plan.shards() || size == plan.size(0));
            assertTrue(plan.size(0) - size <= 1);
            for (long example = next; example < next + size; example++) {
              assertEquals(shard, plan.shardOf(example));
            }
            next += size;
          }
          assertEquals(plan.examples(), next);
        });
  }

  @Test
  @DisplayName("an epoch uses every example once, every step but the last has exactly B of them")
  void everyExampleOnce() {
    forPlans(
        plan -> {
          long n = plan.examples();
          int batch = plan.batch();
          long steps = plan.stepsPerEpoch();
          assertEquals(plan.dropLast() ? n / batch : (n + batch - 1) / batch, steps);
          Set<Long> used = new HashSet<>();
          for (long step = 0; step < steps; step++) {
            int total = 0;
            int most = 0;
            int least = Integer.MAX_VALUE;
            for (int shard = 0; shard < plan.shards(); shard++) {
              int[] order = plan.order(4, shard);
              for (int i = plan.from(step, shard); i < plan.to(step, shard); i++) {
                assertTrue(used.add(plan.firstExample(shard) + order[i]));
              }
              int count = plan.to(step, shard) - plan.from(step, shard);
              total += count;
              most = Math.max(most, count);
              least = Math.min(least, count);
            }
            assertEquals(plan.batchSize(step), total);
            assertTrue(most - least <= 1, "the shards' parts of a step are balanced");
            if (step < steps - 1 || plan.dropLast()) {
              assertEquals(batch, total);
            }
          }
          assertEquals(plan.dropLast() ? steps * batch : n, used.size());
          assertTrue(used.stream().allMatch(example -> example >= 0 && example < n));
        });
  }

  @Test
  @DisplayName("the order depends on seed, epoch and shard alone")
  void order() {
    ShardPlan plan = new ShardPlan(7, 1000, 3, 10, true, false);
    int[] order = plan.order(2, 1);
    assertArrayEquals(order, new ShardPlan(7, 1000, 3, 99, true, true).order(2, 1));
    assertFalse(Arrays.equals(order, plan.order(3, 1)));
    assertFalse(Arrays.equals(order, plan.order(2, 2)));
    assertFalse(Arrays.equals(order, new ShardPlan(8, 1000, 3, 10, true, false).order(2, 1)));
  }

  @Test
  @DisplayName("without shuffling a shard's rows keep their order")
  void notShuffled() {
    assertArrayEquals(new int[] {0, 1, 2, 3}, new ShardPlan(7, 11, 3, 2, false, false).order(5, 0));
  }

  @Test
  @DisplayName("sizes beyond 2^31 do not overflow")
  void large() {
    ShardPlan plan = new ShardPlan(0, 10_000_000_000L, 1000, 4096, true, false);
    assertEquals(2_441_407, plan.stepsPerEpoch());
    assertEquals(9_999_999_999L, plan.firstExample(999) + plan.size(999) - 1);
    assertEquals(999, plan.shardOf(9_999_999_999L));
    assertEquals(10_000_000_000L % 4096, plan.batchSize(2_441_406));
    assertEquals(10_000_000, plan.to(2_441_406, 999));
  }

  @Test
  @DisplayName("sizes that leave nothing to do are errors")
  void badSizes() {
    assertMessage(
        "expected data.examples of at least 1, got 0",
        () -> new ShardPlan(0, 0, 1, 1, true, false));
    assertMessage(
        "expected data.shards of at least 1, got 0", () -> new ShardPlan(0, 1, 0, 1, true, false));
    assertMessage(
        "expected batch size of at least 1, got -3", () -> new ShardPlan(0, 1, 1, -3, true, false));
    assertMessage(
        "the batch size 64 is above the number of examples 10 and drop_last is on: no step is"
            + " left; use a smaller batch or switch drop_last off",
        () -> new ShardPlan(0, 10, 2, 64, true, true));
    assertMessage(
        "3000000000 examples in 1 shards are more than one shard can hold; use more shards",
        () -> new ShardPlan(0, 3_000_000_000L, 1, 64, true, false));
  }

  @Test
  @DisplayName("steps and shards that do not exist are errors")
  void outside() {
    ShardPlan plan = new ShardPlan(0, 10, 2, 4, true, false);
    assertMessage("there is no step 3 in an epoch of 3 steps", () -> plan.batchSize(3));
    assertMessage("there is no step -1 in an epoch of 3 steps", () -> plan.from(-1, 0));
    assertMessage("there is no shard 2 among 2 shards", () -> plan.to(0, 2));
  }

  @Test
  @DisplayName("a plan travels by Java serialization")
  void serialises() throws Exception {
    ShardPlan plan = new ShardPlan(7, 1000, 3, 10, true, false);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(plan);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertEquals(plan, in.readObject());
    }
  }

  /** Small sizes of every kind: fewer examples than shards, fewer places in a batch than shards. */
  private static void forPlans(Consumer<ShardPlan> check) {
    for (int trial = 0; trial < 300; trial++) {
      RandomStream random = RandomStream.of(31, trial);
      int examples = 1 + random.nextInt(120);
      int shards = 1 + random.nextInt(12);
      int batch = 1 + random.nextInt(trial % 3 == 0 ? 8 : 140);
      boolean dropLast = batch <= examples && random.nextInt(2) == 0;
      check.accept(new ShardPlan(trial, examples, shards, batch, trial % 5 > 0, dropLast));
    }
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(KindlingException.class, action::run).getMessage());
  }
}
