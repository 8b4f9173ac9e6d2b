package io.kindling.report;

/**
 * How far a run is, for a checkpoint: with these a report goes on as if it had never stopped.
 *
 * @param epochs that ended
 * @param steps optimizer steps
 * @param skipped how many of them were left out
 * @param examplesSeen training examples, each counted in every epoch
 * @param epochLoss summed over the examples of the epoch that is running
 * @param epochExamples how many these are
 * @param metrics the last
 * @param metricLines in {@code metrics.jsonl}
 * @param budget where the time of all steps went
 * @param started when, ISO 8601
 */
public record Counters(
    int epochs,
    long steps,
    long skipped,
    long examplesSeen,
    double epochLoss,
    long epochExamples,
    Metrics metrics,
    long metricLines,
    StepBudget.Sums budget,
    String started) {}
