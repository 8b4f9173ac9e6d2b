package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DeviceException;
import io.kindling.device.Backend;
import io.kindling.device.Device;
import io.kindling.device.Operand;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.Storage;
import io.kindling.device.Strided;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From tensors to the backend of the device on which they lie. All kernels run here: a storage is
 * freed once nothing reaches it, even while native code still reads its address, so that operands
 * are held until the work is done.
 */
final class Dispatch {
  private Dispatch() {}

  /**
   * Runs {@code work} on the backend of the operands' device.
   *
   * @param operands what is read and what is written; null and numbers do not count
   * @throws DeviceException if the operands lie on different devices
   */
  static <T extends @Nullable Object> T on(
      String operator, @Nullable Tensor[] operands, Function<Backend, T> work) {
    Backend backend = Backends.of(device(operator, operands));
    try {
      return work.apply(backend);
    } catch (RuntimeException | Error e) {
      contentUnknown(operands);
      throw e;
    } finally {
      Reference.reachabilityFence(operands);
    }
  }

  /** A kernel that failed may have written a part of what it was to write. */
  private static void contentUnknown(@Nullable Tensor[] operands) {
    for (Tensor t : operands) {
      if (t != null && !t.isWrappedNumber()) {
        t.strided().storage().contentChanged();
      }
    }
  }

  /** As {@link #on}, for work without a result. */
  static void run(String operator, @Nullable Tensor[] operands, Consumer<Backend> work) {
    on(
        operator,
        operands,
        backend -> {
          work.accept(backend);
          return operands;
        });
  }

  /** As {@link #run}, for work that changes {@code written}, which somebody has seen before. */
  static void write(String operator, Tensor written, Tensor[] read, Consumer<Backend> work) {
    Tensor[] operands = Arrays.copyOf(read, read.length + 1);
    operands[read.length] = written;
    run(operator, operands, work);
    written.bumpVersion();
  }

  /** Runs a kernel; a 0-D tensor on the CPU goes with any device, as a number does. */
  static void pointwise(
      PointwiseKernel kernel, DType compute, Tensor[] out, Tensor[] in, double... scalars) {
    Device device = device(kernel.name(), true, in, out[0].device());
    Strided[] outs = new Strided[out.length];
    for (int i = 0; i < out.length; i++) {
      if (!out[i].device().equals(device)) {
        throw mixed(kernel.name(), device, out[i].device());
      }
      outs[i] = out[i].strided();
    }
    Operand[] operands = new Operand[in.length];
    for (int i = 0; i < in.length; i++) {
      operands[i] = operand(in[i], device);
    }
    try {
      Backends.of(device).pointwise(kernel, compute, outs, operands, scalars);
    } catch (RuntimeException | Error e) {
      contentUnknown(out);
      throw e;
    } finally {
      Reference.reachabilityFence(in);
      Reference.reachabilityFence(out);
    }
  }

  /** As {@link #pointwise}, over tensors that somebody has seen before. */
  static void update(
      PointwiseKernel kernel, DType compute, Tensor[] out, Tensor[] in, double... scalars) {
    pointwise(kernel, compute, out, in, scalars);
    for (Tensor t : out) {
      t.bumpVersion();
    }
  }

  static @Nullable Strided strided(@Nullable Tensor t) {
    return t == null ? null : t.strided();
  }

  private static Operand operand(Tensor t, Device device) {
    Number number = t.number();
    if (number == null && isHostScalar(t) && !device.isCpu()) {
      number = t.dtype().isIntegral() ? (Number) t.itemLong() : (Number) t.item();
    }
    return number == null ? t.strided() : new Operand.Scalar(number);
  }

  private static boolean isHostScalar(Tensor t) {
    return t.dim() == 0 && t.device().isCpu();
  }

  /**
   * Where an operator on these tensors runs.
   *
   * @throws DeviceException if they lie on different devices
   */
  static Device device(String operator, @Nullable Tensor... operands) {
    return device(operator, false, operands, Device.CPU);
  }

  /**
   * Where an elementwise operator on these tensors runs.
   *
   * @throws DeviceException if they lie on different devices
   */
  static Device pointwiseDevice(String operator, Tensor... in) {
    return device(operator, true, in, Device.CPU);
  }

  /** The device of the operands; {@code otherwise} where none has to lie on one. */
  private static Device device(
      String operator, boolean hostScalars, @Nullable Tensor[] operands, Device otherwise) {
    Device device = null;
    for (Tensor t : operands) {
      if (t == null || t.isWrappedNumber() || (hostScalars && isHostScalar(t))) {
        continue;
      }
      if (device == null) {
        device = t.device();
      } else if (!t.device().equals(device)) {
        throw mixed(operator, device, t.device());
      }
    }
    return device == null ? otherwise : device;
  }

  private static DeviceException mixed(String operator, Device one, Device other) {
    return new DeviceException(
        operator
            + ": Expected all tensors to be on the same device, but found at least two devices, "
            + one
            + " and "
            + other
            + "!");
  }

  /** Copies each input that shares memory with {@code out} in another arrangement. */
  static Tensor[] unalias(Tensor out, Tensor[] in) {
    Tensor[] result = in;
    for (int i = 0; i < in.length; i++) {
      Storage written = out.strided().storage();
      boolean shares = !in[i].isWrappedNumber() && in[i].strided().storage().overlaps(written);
      boolean same = shares && in[i].strided().storage() == written;
      if (shares && !(same && in[i].layout().equals(out.layout()))) {
        result = result == in ? in.clone() : result;
        result[i] = in[i].detach().clone_();
      }
    }
    return result;
  }
}
