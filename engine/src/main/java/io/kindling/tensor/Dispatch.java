package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DeviceException;
import io.kindling.device.Backend;
import io.kindling.device.Operand;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Strided;
import io.kindling.device.cpu.Cpu;
import java.lang.ref.Reference;

/** From tensors to the backend of the device on which they lie. */
final class Dispatch {
  private Dispatch() {}

  /**
   * @throws DeviceException if the tensors lie on different devices
   */
  static Backend backend(String operator, Tensor... tensors) {
    for (Tensor t : tensors) {
      if (!t.isWrappedNumber() && !t.device().equals(tensors[0].device())) {
        throw new DeviceException(
            operator
                + ": Expected all tensors to be on the same device, but found at least two devices, "
                + tensors[0].device()
                + " and "
                + t.device()
                + "!");
      }
    }
    return Cpu.backend();
  }

  static void pointwise(
      PointwiseKernel kernel, DType compute, Tensor out, Tensor[] in, double[] scalars) {
    Operand[] operands = new Operand[in.length];
    for (int i = 0; i < in.length; i++) {
      Number number = in[i].number();
      operands[i] = number == null ? in[i].strided() : new Operand.Scalar(number);
    }
    backend(kernel.name(), in)
        .pointwise(kernel, compute, new Strided[] {out.strided()}, operands, scalars);
    // A storage is freed once nothing reaches it, even while native code still reads its address.
    Reference.reachabilityFence(in);
    Reference.reachabilityFence(out);
  }

  /** Copies each input that shares memory with {@code out} in another arrangement. */
  static Tensor[] unalias(Tensor out, Tensor[] in) {
    Tensor[] result = in;
    for (int i = 0; i < in.length; i++) {
      boolean shares =
          !in[i].isWrappedNumber() && in[i].strided().storage() == out.strided().storage();
      if (shares && !in[i].layout().equals(out.layout())) {
        result = result == in ? in.clone() : result;
        result[i] = in[i].detach().clone_();
      }
    }
    return result;
  }
}
