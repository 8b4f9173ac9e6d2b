package io.kindling.report;

import java.util.Locale;

/**
 * Where the steps' time went, summed over steps. Parts of a step that run at the same time in
 * several tasks count once, as they are in the task that ended last.
 */
public final class StepBudget {
  private double compute;
  private double serialize;
  private double transfer;
  private double reduce;
  private double optimizer;
  private double total;
  private long steps;

  /**
   * Mean milliseconds of a step; the parts add up to the total.
   *
   * @param compute forward, loss, backward; data into the model and gradients out of it
   * @param serialize turning parameters and gradient sums into bytes and back
   * @param transfer fetching parameters in the task, bringing its result to the driver
   * @param reduce adding gradients, in tasks and on the driver
   * @param optimizer the optimizer's step
   * @param schedule what is left: Spark's planning and launching of tasks, and bookkeeping
   * @param total of the step on the driver
   */
  public record Means(
      double compute,
      double serialize,
      double transfer,
      double reduce,
      double optimizer,
      double schedule,
      double total) {

    /** The budget as a table, largest part first told by its share. */
    public String table() {
      StringBuilder text = new StringBuilder("step budget          ms    share\n");
      row(text, "compute", compute);
      row(text, "serialize", serialize);
      row(text, "transfer", transfer);
      row(text, "reduce", reduce);
      row(text, "optimizer", optimizer);
      row(text, "schedule", schedule);
      row(text, "total", total);
      return text.toString();
    }

    private void row(StringBuilder text, String name, double millis) {
      double share = total == 0 ? 0 : 100 * millis / total;
      text.append(String.format(Locale.ROOT, "  %-12s %9.3f  %5.1f %%%n", name, millis, share));
    }
  }

  /** The sums themselves, in milliseconds, for a checkpoint. */
  public record Sums(
      double compute,
      double serialize,
      double transfer,
      double reduce,
      double optimizer,
      double total,
      long steps) {}

  public Sums sums() {
    return new Sums(compute, serialize, transfer, reduce, optimizer, total, steps);
  }

  /** Goes on from sums that were taken before. */
  void restore(Sums sums) {
    compute = sums.compute;
    serialize = sums.serialize;
    transfer = sums.transfer;
    reduce = sums.reduce;
    optimizer = sums.optimizer;
    total = sums.total;
    steps = sums.steps;
  }

  public void addCompute(double millis) {
    compute += millis;
  }

  public void addSerialize(double millis) {
    serialize += millis;
  }

  public void addTransfer(double millis) {
    transfer += millis;
  }

  public void addReduce(double millis) {
    reduce += millis;
  }

  public void addOptimizer(double millis) {
    optimizer += millis;
  }

  /** Closes a step that took so long from end to end. */
  public void addStep(double totalMillis) {
    total += totalMillis;
    steps++;
  }

  /** Milliseconds of all steps together. */
  public double totalMillis() {
    return total;
  }

  public Means means() {
    double n = Math.max(1, steps);
    double known = compute + serialize + transfer + reduce + optimizer;
    return new Means(
        round(compute / n),
        round(serialize / n),
        round(transfer / n),
        round(reduce / n),
        round(optimizer / n),
        round(Math.max(0, total - known) / n),
        round(total / n));
  }

  private static double round(double millis) {
    return Math.round(millis * 1000) / 1000.0;
  }
}
