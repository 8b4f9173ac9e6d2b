package io.kindling.conf;

import java.io.Serializable;

/**
 * How the learning rate changes: {@code schedule.name} picks the record. A function of the step
 * alone, so that a run that goes on has nothing to take up. Each begins with {@code warmup_steps}
 * steps over which the rate grows evenly to {@code optimizer.lr}.
 */
public sealed interface ScheduleConfig extends Serializable {
  /** Steps before the rate is {@code optimizer.lr}. */
  long warmupSteps();

  /** The part of {@code optimizer.lr} after the warm-up, {@code step} counted from there. */
  double afterWarmup(long step);

  /** The part of {@code optimizer.lr} that a step takes, counted from 0. */
  default double factor(long step) {
    return step < warmupSteps()
        ? (step + 1.0) / (warmupSteps() + 1.0)
        : afterWarmup(step - warmupSteps());
  }

  /** {@code optimizer.lr} after the warm-up. */
  record Constant(@Key("0") long warmupSteps) implements ScheduleConfig {
    public Constant {
      Check.atLeast("schedule.warmup_steps", 0, warmupSteps);
    }

    @Override
    public double afterWarmup(long step) {
      return 1;
    }
  }

  /**
   * Falls in stairs, as {@code torch.optim.lr_scheduler.StepLR} by steps.
   *
   * @param every steps between two falls
   * @param gamma the factor of a fall
   */
  record Step(long every, @Key("0.1") double gamma, @Key("0") long warmupSteps)
      implements ScheduleConfig {
    public Step {
      Check.atLeast("schedule.every", 1, every);
      Check.positive("schedule.gamma", gamma);
      Check.atLeast("schedule.warmup_steps", 0, warmupSteps);
    }

    @Override
    public double afterWarmup(long step) {
      return StrictMath.pow(gamma, step / every);
    }
  }

  /**
   * Half a cosine's wave, as {@code torch.optim.lr_scheduler.CosineAnnealingLR}, and level after
   * it.
   *
   * @param steps from the end of the warm-up to the lowest rate; given and not taken from where the
   *     run stops, so that a run can be extended
   * @param least the lowest part of {@code optimizer.lr}
   */
  record Cosine(long steps, @Key("0") double least, @Key("0") long warmupSteps)
      implements ScheduleConfig {
    public Cosine {
      Check.atLeast("schedule.steps", 1, steps);
      Check.fraction("schedule.least", least);
      Check.atLeast("schedule.warmup_steps", 0, warmupSteps);
    }

    @Override
    public double afterWarmup(long step) {
      double part = Math.min(step, steps) / (double) steps;
      return least + (1 - least) * (1 + StrictMath.cos(Math.PI * part)) / 2;
    }
  }
}
