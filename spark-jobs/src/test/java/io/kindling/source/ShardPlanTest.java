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
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
            long more = plan.size(shard) - plan.examples() / plan.shards();
            assertTrue(more == 0 || more == 1);
            next += plan.size(shard);
          }
          assertEquals(plan.examples(), next);
        });
  }

  @Test
  @DisplayName(
      "an epoch uses every example once, every step but the last has as many batches as it is to"
          + " accumulate")
  void everyExampleOnce() {
    forPlans(
        plan -> {
          long n = plan.examples();
          int batch = plan.batch();
          long steps = plan.stepsPerEpoch();
          long expected = plan.dropLast() ? n / batch * batch : n;
          long each = (long) batch * plan.accumulate();
          assertEquals((expected + each - 1) / each, steps);
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
            assertEquals(Math.min(each, expected - step * each), total);
          }
          assertEquals(expected, used.size());
          assertTrue(used.stream().allMatch(example -> example >= 0 && example < n));
        });
  }

  @Test
  @DisplayName("a step's batches are those of the plan that accumulates none, one after the other")
  void accumulated() {
    forPlans(
        plan -> {
          ShardPlan single =
              new ShardPlan(
                  plan.seed(),
                  plan.examples(),
                  plan.shards(),
                  plan.batch(),
                  1,
                  plan.shuffle(),
                  plan.dropLast());
          long batch = 0;
          for (long step = 0; step < plan.stepsPerEpoch(); step++) {
            assertEquals(batch, plan.firstBatch(step));
            int[] cuts = plan.cuts(step, plan.shards() - 1);
            assertEquals(plan.from(step, plan.shards() - 1), cuts[0]);
            for (int i = 1; i < cuts.length; i++, batch++) {
              assertEquals(single.from(batch, plan.shards() - 1), cuts[i - 1]);
              assertEquals(single.to(batch, plan.shards() - 1), cuts[i]);
            }
          }
          assertEquals(single.stepsPerEpoch(), batch);
        });
  }

  @ParameterizedTest(name = "{0} shards on {1} partitions, batches of {2} of {3} examples")
  @CsvSource({
    "10000, 500, 4096, 60000",
    "10000, 500, 4096, 63217",
    "10000, 500, 1000, 63217",
    "10000, 64, 4096, 63217",
    "10000, 7, 128, 12001",
    "4096, 256, 512, 50000",
    "997, 10, 100, 50000",
    "1849, 5, 13, 20000", // 43 x 43: the number nearest to the golden ratio has a large quotient
    "1849, 92, 1000, 20000",
    "100, 10, 30, 1234567",
    "9, 4, 8, 100",
  })
  @DisplayName("with fewer places in a batch than shards every partition works in every full step")
  void spread(int shards, int partitions, int batch, long examples) {
    ShardPlan plan = new ShardPlan(1, examples, shards, batch, 1, true, true);
    for (long step = 0; step < plan.stepsPerEpoch(); step++) {
      for (int p = 0; p < partitions; p++) {
        int load = 0;
        int end = (int) ((p + 1L) * shards / partitions);
        int first = (int) ((long) p * shards / partitions);
        for (int shard = first; shard < end; shard++) {
          load += plan.to(step, shard) - plan.from(step, shard);
        }
        double even = (end - first) * (double) batch / shards;
        assertTrue(load > 0, "partition " + p + " has nothing to do in step " + step);
        assertEquals(even, load, 3, "partition " + p + " in step " + step);
      }
    }
  }

  @Test
  @DisplayName(
      "every number of shards has a stride whose continued fraction has small quotients only")
  void strides() {
    for (int shards = 2; shards < 5000; shards++) {
      int stride = new ShardPlan(1, shards, shards, 1, 1, true, false).stride();
      for (int above = shards, below = stride; below > 0; ) {
        assertTrue(above / below <= 5, stride + " / " + shards);
        int rest = above % below;
        above = below;
        below = rest;
      }
      BitSet ranks = new BitSet();
      for (long shard = 0; shard < shards; shard++) {
        ranks.set((int) (shard * stride % shards));
      }
      assertEquals(shards, ranks.cardinality(), "every shard has a rank of its own");
    }
  }

  @Test
  @DisplayName("with a place for every shard in a batch, place p goes to shard p mod S")
  void inOrder() {
    ShardPlan plan = new ShardPlan(1, 19, 8, 8, 1, true, false);
    for (int shard = 0; shard < 8; shard++) {
      assertEquals(shard < 3 ? 3 : 2, plan.size(shard));
      assertEquals(2 * shard + Math.min(shard, 3), plan.firstExample(shard));
      assertEquals(1, plan.from(1, shard));
      assertEquals(shard < 3 ? 3 : 2, plan.to(2, shard));
    }
  }

  @Test
  @DisplayName("the order depends on seed, epoch and shard alone")
  void order() {
    ShardPlan plan = new ShardPlan(7, 1000, 3, 10, 1, true, false);
    int[] order = plan.order(2, 1);
    assertArrayEquals(order, new ShardPlan(7, 1000, 3, 99, 1, true, true).order(2, 1));
    assertFalse(Arrays.equals(order, plan.order(3, 1)));
    assertFalse(Arrays.equals(order, plan.order(2, 2)));
    assertFalse(Arrays.equals(order, new ShardPlan(8, 1000, 3, 10, 1, true, false).order(2, 1)));
  }

  @Test
  @DisplayName("without shuffling a shard's rows keep their order")
  void notShuffled() {
    assertArrayEquals(
        new int[] {0, 1, 2, 3}, new ShardPlan(7, 11, 3, 2, 1, false, false).order(5, 0));
  }

  @Test
  @DisplayName("sizes beyond 2^31 do not overflow")
  void large() {
    ShardPlan plan = new ShardPlan(0, 10_000_000_000L, 1000, 4096, 1, true, false);
    assertEquals(2_441_407, plan.stepsPerEpoch());
    assertEquals(9_999_999_999L, plan.firstExample(999) + plan.size(999) - 1);
    assertEquals(10_000_000_000L % 4096, plan.batchSize(2_441_406));
    assertEquals(10_000_000, plan.to(2_441_406, 999));
  }

  @Test
  @DisplayName("sizes that leave nothing to do are errors")
  void badSizes() {
    assertMessage(
        "expected data.examples of at least 1, got 0",
        () -> new ShardPlan(0, 0, 1, 1, 1, true, false));
    assertMessage(
        "expected data.shards of at least 1, got 0",
        () -> new ShardPlan(0, 1, 0, 1, 1, true, false));
    assertMessage(
        "expected batch size of at least 1, got -3",
        () -> new ShardPlan(0, 1, 1, -3, 1, true, false));
    assertMessage(
        "the batch size 64 is above the number of examples 10 and drop_last is on: no step is"
            + " left; use a smaller batch or switch drop_last off",
        () -> new ShardPlan(0, 10, 2, 64, 1, true, true));
    assertMessage(
        "3000000000 examples in 1 shards are more than one shard can hold; use more shards",
        () -> new ShardPlan(0, 3_000_000_000L, 1, 64, 1, true, false));
  }

  @Test
  @DisplayName("steps and shards that do not exist are errors")
  void outside() {
    ShardPlan plan = new ShardPlan(0, 10, 2, 4, 1, true, false);
    assertMessage("there is no step 3 in an epoch of 3 steps", () -> plan.batchSize(3));
    assertMessage("there is no step -1 in an epoch of 3 steps", () -> plan.from(-1, 0));
    assertMessage("there is no shard 2 among 2 shards", () -> plan.to(0, 2));
  }

  @Test
  @DisplayName("a plan travels by Java serialization")
  void serialises() throws Exception {
    ShardPlan plan = new ShardPlan(7, 1000, 3, 10, 1, true, false);
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
      int accumulate = trial % 4 < 2 ? 1 : 1 + random.nextInt(5);
      boolean shuffle = trial % 5 > 0;
      check.accept(new ShardPlan(trial, examples, shards, batch, accumulate, shuffle, dropLast));
    }
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(KindlingException.class, action::run).getMessage());
  }
}
