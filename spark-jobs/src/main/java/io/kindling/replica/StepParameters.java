package io.kindling.replica;

import java.io.Serializable;

/**
 * What a step's replicas compute with; arrays are not to be written to.
 *
 * <p>A class, not a record, because Spark's Kryo cannot serialise records by reflection.
 */
public final class StepParameters implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final float[] parameters;
  private final float[] buffers;

  /**
   * Takes the arrays over.
   *
   * @param step how many optimizer steps were made; two of a run with the same number are equal
   * @param parameters flat, float32 [P]
   * @param buffers flat, float32 [Q]
   */
  public StepParameters(long step, float[] parameters, float[] buffers) {
    this.step = step;
    this.parameters = parameters;
    this.buffers = buffers;
  }

  public long step() {
    return step;
  }

  public float[] parameters() {
    return parameters;
  }

  public float[] buffers() {
    return buffers;
  }
}
