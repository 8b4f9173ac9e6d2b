package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.device.Operand;
import io.kindling.device.Strided;
import io.kindling.device.formula.Formula;

/**
 * How the operands of a loop lie in their arrays: two bits each, inputs first.
 *
 * @param bits {@link Loop.Kind}s by their ordinals
 * @param inputs how many operands are inputs
 * @param shared four bits an output: the input whose array it is, from 1 on
 */
record OperandKinds(long bits, int inputs, long shared) {
  private static final Loop.Kind[] KINDS = Loop.Kind.values();

  /** Everything in the compute type. */
  static OperandKinds lanes(Formula formula) {
    return new OperandKinds(0, formula.inputs(), 0);
  }

  /** The kinds that serve these operands best. */
  static OperandKinds of(Formula formula, Lane lane, Strided[] out, Operand[] in) {
    long bits = 0;
    for (int i = 0; i < in.length; i++) {
      if (formula.readsTruth(i) && has(in[i], DType.BOOL)) {
        bits |= code(Loop.Kind.TRUTHS, i);
      }
    }
    for (int o = 0; o < out.length; o++) {
      if (out[o].dtype() == DType.BOOL && formula.givesTruth(o)) {
        bits |= code(Loop.Kind.TRUTHS, in.length + o);
      }
    }
    return new OperandKinds(bits | selection(formula, lane, out, in), in.length, 0);
  }

  private static long selection(Formula formula, Lane lane, Strided[] out, Operand[] in) {
    long bits = 0;
    for (int i = 0; i < in.length; i++) {
      if (formula.selects(i)) {
        if (in[i] instanceof Strided && !has(in[i], lane.dtype)) {
          return 0;
        }
        bits |= code(Loop.Kind.BITS, i);
      }
    }
    boolean serves = bits != 0 && lane.isFloating() && out[0].dtype() == lane.dtype;
    return serves ? bits | code(Loop.Kind.BITS, in.length) : 0;
  }

  private static boolean has(Operand operand, DType dtype) {
    return operand instanceof Strided s && s.dtype() == dtype;
  }

  private static long code(Loop.Kind kind, int operand) {
    return (long) kind.ordinal() << 2 * operand;
  }

  Loop.Kind in(int input) {
    return KINDS[(int) (bits >> 2 * input & 3)];
  }

  Loop.Kind out(int output) {
    return in(inputs + output);
  }

  /** The same with an output in the array of an input. */
  OperandKinds sharing(int output, int input) {
    return new OperandKinds(bits, inputs, shared | input + 1L << 4 * output);
  }

  /** The input whose array an output is, or -1. */
  int sharedBy(int output) {
    return (int) (shared >> 4 * output & 15) - 1;
  }
}
