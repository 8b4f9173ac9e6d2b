package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Window;
import org.jspecify.annotations.Nullable;

/** What convolutions and pools refuse, in PyTorch's order and words. */
final class WindowChecks {
  private WindowChecks() {}

  private static void check(boolean holds, Object... words) {
    if (!holds) {
      StringBuilder text = new StringBuilder();
      for (Object w : words) {
        text.append(w instanceof Tensor t ? Shapes.text(t.shape()) : w);
      }
      throw new ShapeException(text.toString());
    }
  }

  /**
   * @throws ShapeException if shapes do not fit each other
   * @throws DTypeException if types differ
   */
  static void convolution(Tensor x, Tensor w, @Nullable Tensor bias, Window v) {
    check(
        x.dim() == 4,
        "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: ",
        x);
    check(w.dim() == 4, "conv2d: expected a weight [K, C/groups, R, S], got ", w);
    String given = "Given groups=" + v.groups() + ", ";
    check(
        w.size(0) >= v.groups(),
        given + "expected weight to be at least " + v.groups(),
        " at dimension 0, but got weight of size ",
        w,
        " instead");
    check(
        w.size(0) % v.groups() == 0,
        given + "expected weight to be divisible by " + v.groups(),
        " at dimension 0, but got weight of size [",
        w,
        "] instead");
    check(
        x.size(1) == w.size(1) * v.groups(),
        given + "weight of size ",
        w,
        ", expected input",
        x,
        " to have " + w.size(1) * v.groups() + " channels, but got " + x.size(1),
        " channels instead");
    check(
        bias == null || bias.layout().hasShape(w.size(0)),
        "Given weight of size ",
        w,
        ", expected bias to be 1-dimensional with " + w.size(0),
        " elements, but got bias of size ",
        bias == null ? "" : bias,
        " instead");
    check(
        v.outHeight(x.size(2)) >= 1 && v.outWidth(x.size(3)) >= 1,
        "Calculated padded input size per channel: (",
        (x.size(2) + 2L * v.padH()) + " x " + (x.size(3) + 2L * v.padW()),
        "). Kernel size: (",
        ((long) v.dilationH() * (v.kernelH() - 1) + 1) + " x ",
        ((long) v.dilationW() * (v.kernelW() - 1) + 1),
        "). Kernel size can't be greater than actual input size");
    sameType(x, w, "weight");
    if (bias != null) {
      sameType(x, bias, "bias");
    }
    boolean dilated = v.dilationH() > 1 || v.dilationW() > 1;
    boolean refused = dilated ? TypeRule.isNarrow(x.dtype()) : x.dtype() == DType.BOOL;
    if (x.numel() > 0 && refused) {
      String kernel = dilated ? "slow_conv_dilated<>" : "slow_conv2d_cpu";
      throw TypeRule.notImplemented(kernel, x.dtype());
    }
    check(
        x.numel() > 0 || x.size(0) == 0 || x.size(1) == 0,
        "Only zero batch or zero channel inputs are supported, but got input shape: ",
        x);
  }

  private static void sameType(Tensor x, Tensor other, String what) {
    if (x.dtype() != other.dtype()) {
      throw new DTypeException(
          "Input type ("
              + Tensor.typeWord(x.dtype())
              + ") and "
              + what
              + " type ("
              + Tensor.typeWord(other.dtype())
              + ") should be the same");
    }
  }

  /**
   * The input of a pool: [N, C, H, W] or [C, H, W], where only N may be 0.
   *
   * @throws ShapeException if it or the window does not fit
   */
  static void pool(Tensor x, Window v) {
    int r = x.dim();
    padding(v.padH(), v.kernelH(), v.dilationH());
    padding(v.padW(), v.kernelW(), v.dilationW());
    boolean full = r == 3 || r == 4;
    for (int d = r - 3; d < r && full; d++) {
      full = x.size(d) > 0;
    }
    check(
        full,
        "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:",
        x);
    check(
        v.padH() <= v.kernelH() / 2 && v.padW() <= v.kernelW() / 2,
        "pad should be smaller than or equal to half of kernel size, but got padW = " + v.padW(),
        ", padH = " + v.padH() + ", kW = " + v.kernelW() + ", kH = " + v.kernelH());
    long c = x.size(r - 3);
    long h = x.size(r - 2);
    long w = x.size(r - 1);
    check(
        v.outHeight(h) >= 1 && v.outWidth(w) >= 1,
        "Given input size: (" + c + "x" + h + "x" + w,
        "). Calculated output size: (" + c + "x" + v.outHeight(h) + "x" + v.outWidth(w),
        "). Output size is too small");
  }

  private static void padding(int pad, int kernel, int dilation) {
    check(
        pad <= ((kernel - 1) * (long) dilation + 1) / 2,
        "pad should be at most half of effective kernel size, but got pad=" + pad,
        ", kernel_size=" + kernel + " and dilation=" + dilation);
  }
}
