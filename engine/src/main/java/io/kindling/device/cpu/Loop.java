package io.kindling.device.cpu;

/** A formula as machine code for one compute type; made by {@link LoopCompiler}. */
interface Loop {
  /** How an operand's elements lie in its array. */
  enum Kind {
    /** In the compute type. */
    LANES,
    /** bool, as bytes of 0 and 1. */
    TRUTHS,
    /** A floating-point number's bits, since selecting among integers needs no branch. */
    BITS
  }

  /**
   * Computes {@code n} elements.
   *
   * @param in an array for each input, of its kind
   * @param out an array for each output; may be an input's own where {@link #inPlace} says so
   * @param temps {@link #temps()} arrays of the compute type
   * @param s the numbers of the call
   */
  void run(Object[] in, Object[] out, Object[] temps, int n, double[] s);

  /** How many arrays it needs between its passes. */
  int temps();

  /**
   * Which inputs may share an output's array, since nothing reads them after it is written: bit
   * {@code 8 * output + input}.
   */
  long inPlace();
}
