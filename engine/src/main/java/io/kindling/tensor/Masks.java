package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Device;

/** Elements picked or filled where a bool mask is true. */
final class Masks {
  private Masks() {}

  static Tensor select(Tensor x, Tensor mask) {
    Arguments.given("masked_select", "mask", mask);
    if (mask.dtype() != DType.BOOL) {
      throw new DTypeException(
          "masked_select: expected BoolTensor for mask, got " + Tensor.typeWord(mask.dtype()));
    }
    long[] shape = Shapes.broadcast("masked_select", mask.shape(), x.shape());
    Tensor flat = x.expand(shape).reshape(Shapes.numel(shape));
    Tensor at = GatherOps.nonzero(mask.expand(shape).reshape(flat.numel())).select(1, 0);
    return new Picks(flat.shape(), new int[] {0}, at).read("MaskedSelectBackward0", flat, at);
  }

  static Tensor fill(Tensor x, Tensor mask, Number value) {
    Arguments.given("masked_fill", "mask", mask, "value", value);
    checkMask(mask);
    return filled("MaskedFillBackward0", x, mask, number(value, x.dtype()));
  }

  static Tensor fill(Tensor x, Tensor mask, Tensor value) {
    checkFill(x, mask, value);
    return filled("MaskedFillBackward1", x, mask, value);
  }

  static Tensor fill_(Tensor x, Tensor mask, Number value) {
    Arguments.given("masked_fill_", "mask", mask, "value", value);
    checkMask(mask);
    return filled_(x, mask, number(value, x.dtype()));
  }

  static Tensor fill_(Tensor x, Tensor mask, Tensor value) {
    checkFill(x, mask, value);
    return filled_(x, mask, value);
  }

  private static void checkMask(Tensor mask) {
    if (mask.dtype() != DType.BOOL) {
      throw new DTypeException(
          "masked_fill_ only supports boolean masks, but got mask with dtype "
              + Tensor.typeWord(mask.dtype()));
    }
  }

  private static void checkFill(Tensor x, Tensor mask, Tensor value) {
    Arguments.given("masked_fill", "mask", mask, "value", value);
    checkMask(mask);
    if (value.dim() != 0) {
      throw new ShapeException(
          "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
              + value.dim()
              + " dimension(s).");
    }
    if (value.dtype() != x.dtype()) {
      boolean whole = value.dtype().isIntegral();
      TypeRule.requireHolds(x.dtype(), whole ? (Number) value.itemLong() : (Number) value.item());
    }
  }

  private static Tensor filled(String gradName, Tensor x, Tensor mask, Tensor value) {
    if (!x.isFloatingPoint() && Autograd.records(value)) {
      throw new AutogradException(
          "Autograd not support dtype: "
              + Tensor.typeWord(x.dtype())
              + ": masked_fill with a value that requires a gradient");
    }
    Tensor with = value.isWrappedNumber() ? value : value.detach().to(x.dtype());
    Tensor out = ArithmeticOps.WHERE.apply(mask, with, x.detach());
    long[] shape = x.shape();
    DType type = value.dtype();
    return Autograd.record(
        gradName,
        out,
        new Tensor[] {x, value},
        new Tensor[] {mask},
        (node, g) -> {
          Tensor where = node.saved(0);
          return new Tensor[] {
            node.needs(0) ? Autograd.sumTo(g.maskedFill(where, 0), shape) : null,
            node.needs(1) ? g.maskedFill(where.logicalNot(), 0).sum().to(type) : null
          };
        });
  }

  /** Written element by element where the mask is true, so that expanded tensors can be filled. */
  private static Tensor filled_(Tensor x, Tensor mask, Tensor value) {
    long[] shape = Shapes.broadcast("masked_fill_", x.shape(), mask.shape());
    if (!x.layout().hasShape(shape)) {
      throw new ShapeException(
          "masked_fill_: output with shape "
              + Shapes.text(x.shape())
              + " doesn't match the broadcast shape "
              + Shapes.text(shape));
    }
    return x.set(mask.expand(shape), value);
  }

  /**
   * A number as an operand that does not change the type.
   *
   * @throws DTypeException where the type cannot hold it, in PyTorch's words
   */
  static Tensor number(Number value, DType type) {
    Number held = type.cast(TypeRule.requireHolds(type, value));
    return type == DType.BOOL ? Tensors.full(held, type, Device.CPU) : Tensor.wrapped(held);
  }
}
