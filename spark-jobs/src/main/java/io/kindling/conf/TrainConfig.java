package io.kindling.conf;

import java.io.Serializable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The loop.
 *
 * @param epochs passes over the training data, at least 1
 * @param batchSize examples of one batch, over all shards together, at least 1
 * @param accumulate batches whose gradients are added for one optimizer step, at least 1; one where
 *     nothing is given. The last step of an epoch takes those that are left
 * @param seed of the order of the examples and of every other random stream
 * @param loss what is minimised
 * @param shuffle whether each epoch draws a new order
 * @param dropLast whether an epoch's last batch is left out when it is not full
 * @param sync how a step reaches the executors; the result is the same bits
 * @param stepTimeout seconds in which no task of a step ends before the run is given up, at least 1
 * @param slotTimeout seconds in which a partition may be without a resident task, before an epoch
 *     goes on with a Spark job for each step; at least 1
 * @param logEvery steps between two log lines, at least 1
 * @param evalEvery epochs between two evaluations on the test data; 0 for only the last
 * @param validateEvery steps between two evaluations inside of epochs; 0 for none
 * @param clipNorm the longest that the gradient of a step may be, as {@code
 *     torch.nn.utils.clip_grad_norm_}; no bound where nothing is given
 * @param nonFinite what becomes of a step whose loss or gradient is not a finite number
 * @param maxSteps the most optimizer steps; 0 for no bound
 * @param maxMinutes the run ends after the first step by which its steps took so long, over all
 *     resumes; 0 for no bound
 * @param patience evaluations in a row without a lower loss on the test data after which the run
 *     ends; 0 for any number
 * @param restoreBest whether the model that is saved is that with the lowest loss on the test data
 * @param checkpointEvery steps between two checkpoints; 0 for only those at the end of each epoch
 * @param keepLast how many of the newest checkpoints stay, at least 1
 * @param keepBest how many of those with the lowest loss on the test data stay beside them
 */
public record TrainConfig(
    @Key(value = "5", stops = true) int epochs,
    @Key("64") int batchSize,
    @Nullable Integer accumulate,
    @Key("0") long seed,
    @Key("cross_entropy") Loss loss,
    @Key("true") boolean shuffle,
    @Key("false") boolean dropLast,
    @Key(value = "auto", decides = false) Sync sync,
    @Key(value = "600", decides = false) int stepTimeout,
    @Key(value = "30", decides = false) int slotTimeout,
    @Key(value = "50", decides = false) int logEvery,
    @Key(value = "1", decides = false) int evalEvery,
    @Key(value = "0", decides = false) int validateEvery,
    @Nullable Double clipNorm,
    @Key(value = "fail", decides = false) NonFinite nonFinite,
    @Key(value = "0", stops = true) long maxSteps,
    @Key(value = "0", stops = true) int maxMinutes,
    @Key(value = "0", stops = true) int patience,
    @Key(value = "false", stops = true) boolean restoreBest,
    @Key(value = "0", decides = false) int checkpointEvery,
    @Key(value = "2", decides = false) int keepLast,
    @Key(value = "1", decides = false) int keepBest)
    implements Serializable {

  public TrainConfig {
    Check.atLeast("train.epochs", 1, epochs);
    Check.atLeast("train.batch_size", 1, batchSize);
    if (accumulate != null) {
      Check.atLeast("train.accumulate", 1, accumulate);
    }
    Check.atLeast("train.step_timeout", 1, stepTimeout);
    Check.atLeast("train.slot_timeout", 1, slotTimeout);
    Check.atLeast("train.log_every", 1, logEvery);
    Check.atLeast("train.eval_every", 0, evalEvery);
    Check.atLeast("train.validate_every", 0, validateEvery);
    if (clipNorm != null) {
      Check.positive("train.clip_norm", clipNorm);
    }
    Check.atLeast("train.max_steps", 0, maxSteps);
    Check.atLeast("train.max_minutes", 0, maxMinutes);
    Check.atLeast("train.checkpoint_every", 0, checkpointEvery);
    Check.atLeast("train.keep_last", 1, keepLast);
    Check.atLeast("train.keep_best", 0, keepBest);
    Check.atLeast("train.patience", 0, patience);
    Check.require(
        keepBest > 0 || !restoreBest, "train.restore_best", "needs train.keep_best of at least 1");
  }

  /** {@link #accumulate()}, 1 where it is not given. */
  public int batchesPerStep() {
    return accumulate == null ? 1 : accumulate;
  }

  /** What is minimised. */
  public enum Loss {
    /** The model gives scores; softmax and negative log-likelihood together. */
    CROSS_ENTROPY,
    /** The mean squared error. */
    MSE,
    /** The model gives log-probabilities. */
    NLL
  }

  /** What becomes of a step whose loss or gradient is not a finite number. */
  public enum NonFinite {
    /** It ends the run. */
    FAIL,
    /** It is left out: parameters, buffers and the optimizer's state stay as they are. */
    SKIP
  }

  /** How a step reaches the executors; the result is the same bits. */
  public enum Sync {
    /** Resident where every partition has a slot, else a job a step. */
    AUTO,
    /** A Spark job for each step: elastic, and it needs no slot for each partition. */
    JOB,
    /** Tasks that stay for an epoch and ask the driver for the next step. */
    RESIDENT
  }

  /** {@link #stepTimeout()}. */
  public Duration silence() {
    return Duration.ofSeconds(stepTimeout);
  }

  /** {@link #slotTimeout()}. */
  public Duration slots() {
    return Duration.ofSeconds(slotTimeout);
  }
}
