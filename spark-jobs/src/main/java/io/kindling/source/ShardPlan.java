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
 * <p>Contributing: the N places of an epoch are dealt to the shards like cards, round after round,
 * in an order of the shards: the shard of rank r gets the places r, r + S, r + 2 S and so on as the
 * rows of its own order. Batch b uses the places [b B, (b + 1) B), and none beyond N. Before place
 * M, a shard was dealt ceil((M - r) / S) rows (none where M &lt;= r); these counts never fall, and
 * their sum over the shards is M. So every batch but the last has exactly B examples, in which two
 * shards differ by at most one, and an epoch uses every example exactly once; neither B nor N needs
 * to be a multiple of S.
 *
 * <p>Ranks: a shard's rank is its number times a stride modulo S. The stride is 1 where a batch has
 * a place for each shard. Where it has not, a batch takes a run of ranks, which must not lie side
 * by side, or most partitions would have nothing to do. Multiples of x modulo 1 lie evenly, however
 * many are taken, where the continued fraction of x has small quotients only; the stride is the
 * nearest to S over the golden ratio, which has the smallest, for which stride / S is such an x.
 *
 * <p>Owning: what the shard is dealt in an epoch, N / S rounded up or down, consecutive examples.
 *
 * <p>A step of the optimizer takes {@code accumulate} batches, the last of an epoch what is left.
 *
 * @param seed of the run
 * @param examples N, at least 1
 * @param shards S, at least 1; those beyond N stay empty
 * @param batch B, the global batch, at least 1
 * @param accumulate batches of a step, at least 1
 * @param shuffle whether a shard's own order is drawn anew in every epoch, or is the stored one
 * @param dropLast whether the N mod B places of an incomplete last batch are left out
 * @param stride from one shard's rank to the next one's
 */
public record ShardPlan(
    long seed,
    long examples,
    int shards,
    int batch,
    int accumulate,
    boolean shuffle,
    boolean dropLast,
    int stride)
    implements Serializable {
  private static final long SHUFFLE = RandomStream.tag("shuffle");
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  /** There is a stride with no larger quotient for every number of shards that was ever tried. */
  private static final int SMALL = 5;

  /** With the stride that belongs to these sizes. */
  public ShardPlan(
      long seed,
      long examples,
      int shards,
      int batch,
      int accumulate,
      boolean shuffle,
      boolean dropLast) {
    this(seed, examples, shards, batch, accumulate, shuffle, dropLast, stride(shards, batch));
  }

  public ShardPlan {
    requirePositive("data.examples", examples);
    requirePositive("data.shards", shards);
    requirePositive("batch size", batch);
    requirePositive("accumulate", accumulate);
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

  /** A split that is used whole, once: the shards own it, and nothing else is asked. */
  public static ShardPlan whole(long examples, int shards) {
    return new ShardPlan(0, examples, shards, shards, 1, false, false);
  }

  /** The first example that the shard owns. */
  public long firstExample(int shard) {
    long first = examples / shards * shard;
    for (int before = 0; before < shard; before++) {
      first += rank(before) < examples % shards ? 1 : 0;
    }
    return first;
  }

  /** How many examples the shard owns. */
  public int size(int shard) {
    return dealt(examples, shard);
  }

  /** Steps of an epoch. */
  public long stepsPerEpoch() {
    return (batches() + accumulate - 1) / accumulate;
  }

  /** Batches of an epoch: N / B, rounded down with {@code dropLast} and up without. */
  private long batches() {
    return dropLast ? examples / batch : (examples + batch - 1) / batch;
  }

  /** The first batch of a step, counted from 0 in the epoch. */
  public long firstBatch(long step) {
    requireStep(step);
    return step * accumulate;
  }

  private long endBatch(long step) {
    return Math.min(firstBatch(step) + accumulate, batches());
  }

  /** How many examples all shards together contribute in this step of an epoch. */
  public int batchSize(long step) {
    return (int) (placesBefore(endBatch(step)) - placesBefore(firstBatch(step)));
  }

  /**
   * The shard's rows in the order in which the epoch uses them, [size(shard)]; keep it for the
   * epoch. A step takes the part from {@link #from} to {@link #to}, cut at {@link #cuts}.
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
    return dealt(placesBefore(firstBatch(step)), shard);
  }

  /** Where in {@link #order} the shard's part of this step ends; may be where it begins. */
  public int to(long step, int shard) {
    return dealt(placesBefore(endBatch(step)), shard);
  }

  /**
   * Where in {@link #order} the shard's part of each of the step's batches begins, and where that
   * of the last ends: increasing, but not strictly.
   */
  public int[] cuts(long step, int shard) {
    long first = firstBatch(step);
    int[] cuts = new int[(int) (endBatch(step) - first) + 1];
    Arrays.setAll(cuts, i -> dealt(placesBefore(first + i), shard));
    return cuts;
  }

  private long placesBefore(long batches) {
    return Math.min(batches * batch, examples);
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
    return (int) ((places + shards - 1 - rank(shard)) / shards);
  }

  private int rank(int shard) {
    return (int) ((long) shard * stride % shards);
  }

  private static int stride(int shards, int batch) {
    int best = 1;
    int least = batch < shards ? Integer.MAX_VALUE : 0;
    int golden = (int) (shards * GOLDEN);
    for (int distance = 0; distance < shards && least > SMALL; distance++) {
      for (int stride : new int[] {golden - distance, golden + distance}) {
        int quotient = stride > 0 && stride < shards ? quotient(shards, stride) : least;
        if (quotient < least) {
          least = quotient;
          best = stride;
        }
      }
    }
    return best;
  }

  /** The largest in the continued fraction of b / a; no bound where they have a divisor. */
  private static int quotient(int a, int b) {
    int largest = 0;
    int divisor = a;
    for (int next = b; next > 0; ) {
      largest = Math.max(largest, divisor / next);
      int rest = divisor % next;
      divisor = next;
      next = rest;
    }
    return divisor == 1 ? largest : Integer.MAX_VALUE;
  }

  private static void requirePositive(String what, long value) {
    if (value < 1) {
      throw new KindlingException("expected " + what + " of at least 1, got " + value);
    }
  }
}
