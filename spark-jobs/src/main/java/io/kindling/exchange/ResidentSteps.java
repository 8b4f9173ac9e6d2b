package io.kindling.exchange;

import io.kindling.conf.RunConfig.Reduce;
import io.kindling.exchange.rounds.ClusterException;
import io.kindling.exchange.rounds.PeersApartException;
import io.kindling.exchange.rounds.StepExchange.NotAllPresent;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.SpecHandle;
import io.kindling.replica.StepParameters;
import io.kindling.report.NativeMemory;
import io.kindling.report.StepBudget;
import io.kindling.source.ShardRdd;
import java.time.Duration;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Spark job an epoch: a task stays with each partition and asks the driver for step after step,
 * so that a step costs no scheduling. Evaluation runs as a job of its own, for which the tasks end
 * and leave their slots. Where not every partition gets a slot in time, the rest of the epoch is a
 * job a step.
 */
public final class ResidentSteps implements StepRunner {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentSteps.class);
  private static final int MOST_APART = 3;

  private final SparkContext spark;
  private final SpecHandle spec;
  private final ShardRdd train;
  private final Duration silence;
  private final Duration slots;
  private boolean onlyWithSlots;
  private Reduce reduce;
  private int apart;
  private final Kernels kernels = new Kernels();
  private final JobSteps jobs;
  private volatile @Nullable ResidentSession session;
  private int jobEpoch = -1;

  /**
   * Runs on what was sent to the executors.
   *
   * @param silence how long nothing may come from tasks that all run
   * @param slots how long a partition may be without a task
   * @param onlyWithSlots whether to try only where the run has a slot for each partition already
   * @param reduce who adds what tasks in processes of their own give
   */
  public ResidentSteps(
      SparkContext spark,
      SpecHandle spec,
      ShardRdd train,
      ShardRdd test,
      Duration silence,
      Duration slots,
      boolean onlyWithSlots,
      Reduce reduce) {
    this.spark = spark;
    this.spec = spec;
    this.train = train;
    this.silence = silence;
    this.slots = slots;
    this.onlyWithSlots = onlyWithSlots;
    this.reduce = reduce;
    this.jobs =
        new JobSteps(spark, spec, train, test, silence, reduce, kernels, this::lost, this::failed);
  }

  @Override
  public ShardResult gradient(StepParameters values, int epoch, long step, StepBudget budget) {
    if (jobEpoch == epoch) {
      return jobs.gradient(values, epoch, step, budget);
    }
    ResidentSession tasks = session;
    if (tasks == null || tasks.epoch() != epoch) {
      end();
      if (onlyWithSlots && TaskJob.slots(spark) < train.getNumPartitions()) {
        return jobs.gradient(values, epoch, step, budget); // Executors may still be coming.
      }
      try {
        tasks = start(values, epoch);
      } catch (LinkageError e) { // of classes that Spark does not promise to keep
        return withoutResidents(
            values,
            epoch,
            step,
            budget,
            "resident tasks do not know this Spark's network layer (" + e + ")",
            "set train.sync: job");
      }
      session = tasks;
    }
    try {
      return tasks.step(values, step, budget, silence, slots);
    } catch (NotAllPresent e) {
      return withoutResidents(
          values,
          epoch,
          step,
          budget,
          "" + e.getMessage(),
          "give the run a slot for each partition, or set data.partitions lower");
    } catch (PeersApartException e) {
      abandon();
      retreat(e);
      return gradient(values, epoch, step, budget);
    } catch (RuntimeException | Error e) {
      abandon();
      throw e;
    }
  }

  /** This epoch is a job a step from here; so are the later ones, unless there are slots enough. */
  private ShardResult withoutResidents(
      StepParameters values, int epoch, long step, StepBudget budget, String why, String remedy) {
    LOG.warn(
        "{}; the rest of epoch {} runs a Spark job for each step, which is slower: {}",
        why,
        epoch + 1,
        remedy);
    abandon();
    jobEpoch = epoch;
    onlyWithSlots = true; // Once was long enough to wait.
    return jobs.gradient(values, epoch, step, budget);
  }

  private ResidentSession start(StepParameters values, int epoch) {
    long length = values.parameters().length + (long) values.buffers().length;
    boolean sliced = SlicedReduction.isChosen(reduce, spark, train.getNumPartitions(), length);
    return new ResidentSession(spark, spec, train, epoch, kernels, length, sliced);
  }

  /** What the connection between two executors broke is made again, by another way at last. */
  private void retreat(PeersApartException e) {
    if (reduce == Reduce.SLICED && ++apart == MOST_APART) {
      throw new ClusterException(
          e.getMessage() + "; let executors reach each other, or set reduce: driver");
    }
    if (reduce == Reduce.AUTO) {
      reduce = Reduce.DRIVER;
    }
    LOG.warn("{}; the step is made again, reduce: {}", e.getMessage(), reduce);
  }

  @Override
  public ShardResult notFinite(StepParameters values, int epoch, long step) {
    end();
    return jobs.notFinite(values, epoch, step);
  }

  @Override
  public ShardResult measure(StepParameters values) {
    end();
    return jobs.measure(values);
  }

  @Override
  public @Nullable NativeMemory memory() {
    return kernels.memory();
  }

  private void lost(long attempt) {
    ResidentSession tasks = session;
    if (tasks != null) {
      tasks.lost(attempt);
    }
  }

  private void failed(Throwable error) {
    ResidentSession tasks = session;
    if (tasks != null) {
      tasks.failed(error);
    }
  }

  /** The tasks end, and their slots are free. */
  private void end() {
    ResidentSession tasks = session;
    session = null;
    if (tasks != null) {
      try (tasks) {
        tasks.end(slots);
      }
    }
  }

  private void abandon() {
    ResidentSession tasks = session;
    session = null;
    if (tasks != null) {
      tasks.close();
    }
  }

  @Override
  public void close() {
    try {
      end();
    } finally {
      jobs.close();
    }
  }
}
