package io.kindling.fuzz;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.tensor.Autograd;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs programs on Kindling. */
final class Ours extends Machine<Tensor> {

  @Override
  Tensor constant(DType dtype, long[] shape, Number[] values) {
    Tensor t =
        dtype.isFloatingPoint()
            ? Tensors.fromArray(
                Arrays.stream(values).mapToDouble(Number::doubleValue).toArray(), shape)
            : Tensors.fromArray(
                Arrays.stream(values).mapToLong(Number::longValue).toArray(), shape);
    return t.to(dtype);
  }

  @Override
  Tensor leaf(Tensor values, boolean grad) {
    return values.detach().requiresGrad_(grad);
  }

  @Override
  Tensor apply(Op op, List<Tensor> args, Op.Params params) {
    return op.ours().call(args.toArray(new Tensor[0]), params);
  }

  @Override
  boolean requiresGrad(Tensor x) {
    return x.requiresGrad();
  }

  @Override
  Seen look(int step, String what, Tensor x) {
    return new Seen(
        step,
        what,
        null,
        true,
        x.dtype(),
        x.shape(),
        x.stride(),
        x.requiresGrad(),
        x.isLeaf(),
        x.isFloatingPoint() ? x.toDoubleArray() : x.toLongArray());
  }

  @Override
  boolean isTyped(RuntimeException e) {
    return e instanceof KindlingException;
  }

  @Override
  void backward(Tensor root, Tensor gradient, boolean retain) {
    root.backward(gradient, retain, false);
  }

  @Override
  @Nullable Tensor grad(Tensor leaf) {
    return leaf.grad();
  }

  @Override
  List<@Nullable Tensor> grads(
      List<Tensor> roots, List<Tensor> gradients, List<Tensor> inputs, boolean create) {
    return Autograd.grad(roots, inputs, gradients, create, create, true);
  }
}
