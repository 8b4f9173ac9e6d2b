package io.kindling.device;

/** What a pointwise kernel reads: memory, or one number for all elements. */
public sealed interface Operand permits Strided, Operand.Scalar {

  /** A number; an integer stays exact in int64. */
  record Scalar(Number value) implements Operand {}
}
