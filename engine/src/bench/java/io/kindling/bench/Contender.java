package io.kindling.bench;

/** One side of a comparison: trains one network on the batches of a {@link Task}. */
interface Contender {
  /** Back to the first weights. What the optimizer remembers stays. */
  void reset();

  /**
   * Trains {@code steps} steps, on each batch in turn.
   *
   * @return the loss of the last step
   */
  double train(int steps);
}
