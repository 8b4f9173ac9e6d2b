package io.kindling.source;

import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Which examples a logical shard owns, and which of them it contributes in a step: a function of
 * these sizes, the seed, the epoch, the step and the shard alone, so that it is the same on every
 * machine and for every number of partitions.
 *
 * <p>Owning: shard s of S has floor(N / S) consecutive examples, and one more if s &lt; N mod S.
 *
 * <p>Contributing: the N places of an epoch are dealt to the shards like cards, place p to shard p
 * mod S as the (p div S)-th row of the shard's own order. Step t uses the places [t B, (t + 1) B),
 * and none beyond N. Before place M, shard s was dealt ceil((M - s) / S) rows (none where M &lt;=
 * s); these counts never fall, their sum over the shards is M, and at M = N they are the sizes of
 * the shards. So every step but the last has exactly B examples, in which two shards differ by at
 * most one, and an epoch uses every example exactly once; neither B nor N needs to be a multiple of
 * S.
 *
 * @param seed of the run
 * @param examples N, at least 1
 * @param shards S, at least 1; those beyond N stay empty
 * @param batch B, the global batch, at least 1
 * @param shuffle whether a shard's own order is drawn anew in every epoch, or is the stored one
 * @param dropLast whether the N mod B places of an incomplete last step are left out
 */
public record ShardPlan(
    long seed, long examples, int shards, int batch, boolean shuffle, boolean dropLast)
    implements Serializable {
  private static final long SHUFFLE = RandomStream.tag("shuffle");

  public ShardPlan {
    requirePositive("data.examples", examples);
    requirePositive("data.shards", shards);
    requirePositive("batch size", batch);
    if (dropLast && batch > examples) {
      throw new KindlingException(
          String.format(
              "the batch size %d is above the number of examples %d and drop_last is on: no step"
                  + " is left; use a smaller batch or switch drop_last off",
              batch, examples));
    }
    if (examples / shards >= Integer.MAX_VALUE) {
      throw new KindlingException(
          String.format(
              "%d examples in %d shards are more than one shard can hold; use more shards",
              examples, shards));
    }
  }

  /** The first example that the shard owns. */
  public long firstExample(int shard) {
    return examples / shards * shard + Math.min(shard, examples % shards);
  }

  /** How many examples the shard owns. */
  public int size(int shard) {
    return dealt(examples, shard);
  }

  /** The shard that owns this example. */
  public int shardOf(long example) {
    long small = examples / shards;
    long inLarger = examples % shards * (small + 1);
    return (int)
        (example < inLarger
            ? example / (small + 1)
            : examples % shards + (example - inLarger) / small);
  }

  /** Steps of an epoch: N / B, rounded down with {@code dropLast} and up without. */
  public long stepsPerEpoch() {
    return dropLast ? examples / batch : (examples + batch - 1) / batch;
  }

  /** How many examples all shards together contribute in this step of an epoch. */
  public int batchSize(long step) {
    requireStep(step);
    return (int) (placesBefore(step + 1) - placesBefore(step));
  }

  /**
   * The shard's rows in the order in which the epoch uses them, [size(shard)]; keep it for the
   * epoch. A step takes the part from {@link #from} to {@link #to}.
   */
  public int[] order(int epoch, int shard) {
    if (shuffle) {
      return RandomStream.of(seed, SHUFFLE, epoch, shard).permutation(size(shard));
    }
    int[] order = new int[size(shard)];
    Arrays.setAll(order, i -> i);
    return order;
  }

  /** Where in {@link #order} the shard's part of this step begins. */
  public int from(long step, int shard) {
    requireStep(step);
    return dealt(placesBefore(step), shard);
  }

  /** Where in {@link #order} the shard's part of this step ends; may be where it begins. */
  public int to(long step, int shard) {
    requireStep(step);
    return dealt(placesBefore(step + 1), shard);
  }

  private long placesBefore(long step) {
    return Math.min(step * batch, examples);
  }

  private void requireStep(long step) {
    if (step < 0 || step >= stepsPerEpoch()) {
      throw new KindlingException(
          String.format("there is no step %d in an epoch of %d steps", step, stepsPerEpoch()));
    }
  }

  private int dealt(long places, int shard) {
    if (shard < 0 || shard >= shards) {
      throw new KindlingException(
          String.format("there is no shard %d among %d shards", shard, shards));
    }
    return (int) ((places + shards - 1 - shard) / shards);
  }

  private static void requirePositive(String what, long value) {
    if (value < 1) {
      throw new KindlingException("expected " + what + " of at least 1, got " + value);
    }
  }
}
