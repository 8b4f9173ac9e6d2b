package io.kindling.train;

import io.kindling.conf.ConfigException;
import io.kindling.conf.TrainConfig;

/**
 * How much heap a driver needs for its parameters and for the sums that come back, estimated before
 * the first step: a driver that runs out of heap loses Spark's threads one by one and hangs.
 */
final class DriverHeap {
  private static final long MIB = 1L << 20;

  /** Spark, Hadoop and the classes of the run. */
  private static final long REST = 200 * MIB;

  // Of the heap, what is left when it is full is not to be had.
  private static final double USABLE = 0.9;

  private DriverHeap() {}

  /**
   * The bytes of a step at its peak.
   *
   * <p>Vectors that the driver holds at once: the parameters before and after the step, their bytes
   * on the way out, the total, and what comes back. As a job a step, every partition's sum may be
   * there in Spark's buffers, as the reply's bytes, and one as numbers; from resident tasks, slices
   * that still wait for their sibling in the tree, half of the partitions at most. In local mode a
   * task's own sums are here too, as many as its part of the tree has levels. Where executors add
   * slices, what comes back is one vector, as bytes and as numbers, whatever the partitions.
   *
   * @param length of parameters and buffers together
   * @param shardsEach the most shards of a partition
   */
  static long bytes(
      long length,
      int partitions,
      int shardsEach,
      TrainConfig.Sync sync,
      boolean sliced,
      boolean local) {
    int levels = Integer.SIZE - Integer.numberOfLeadingZeros(shardsEach);
    long back =
        switch (sync) {
          case JOB -> 2L * partitions + 1;
          case AUTO, RESIDENT -> (partitions + 1L) / 2;
        };
    long vectors = 4 + (sliced ? 2 : back) + (local ? (long) partitions * (levels + 1) : 0);
    return REST + Float.BYTES * length * vectors;
  }

  /**
   * Refuses what does not fit.
   *
   * @param heap the most that this process may have, in bytes
   */
  static void require(
      long needed, long heap, long length, int partitions, boolean sliced, boolean local) {
    if (needed <= USABLE * heap) {
      return;
    }
    throw new ConfigException(
        "spark.driver.memory",
        String.format(
            "%,d parameters and buffers on %d partitions need about %d MB of heap on the driver,"
                + " which has %d MB; give it --driver-memory %dm%s",
            length,
            partitions,
            needed / MIB,
            heap / MIB,
            (long) Math.ceil(needed / USABLE / MIB / 256) * 256,
            local || sliced ? "" : ", or set reduce: sliced"));
  }
}
