package io.kindling.tensor;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.PointwiseKernel;

/** Several tensors updated in one pass over memory, for optimizers. Nothing is recorded. */
public final class Fused {
  private Fused() {}

  /**
   * Runs {@code kernel} over {@code ins} and writes {@code outs}, which may be among {@code ins}.
   * All have one shape and one type, float32 or float64.
   *
   * @throws ShapeException if a shape differs
   * @throws DTypeException if a type differs or is not floating point
   * @throws AutogradException if an output is a result that a backward pass may still read
   */
  public static void update(
      PointwiseKernel kernel, Tensor[] outs, Tensor[] ins, double... scalars) {
    DType dtype = outs[0].dtype();
    if (!dtype.isFloatingPoint()) {
      throw TypeRule.notImplemented(kernel.name(), dtype);
    }
    Tensor[] read = ins;
    for (Tensor out : outs) {
      check(kernel, outs[0], out);
      if (!out.isLeaf()) {
        throw new AutogradException(
            kernel.name() + ": cannot update the result of " + out.gradFn() + " in place");
      }
      out.checkInPlace(false);
      read = Dispatch.unalias(out, read);
    }
    for (Tensor in : ins) {
      check(kernel, outs[0], in);
    }
    Dispatch.update(kernel, dtype, outs, read, scalars);
  }

  private static void check(PointwiseKernel kernel, Tensor first, Tensor other) {
    if (!other.layout().sameShape(first.layout())) {
      throw new ShapeException(
          kernel.name()
              + ": expected tensors of one shape, got "
              + Shapes.text(first.shape())
              + " and "
              + Shapes.text(other.shape()));
    }
    if (other.dtype() != first.dtype()) {
      throw new DTypeException(
          kernel.name()
              + ": expected tensors of one type, got "
              + first.dtype()
              + " and "
              + other.dtype());
    }
  }
}
