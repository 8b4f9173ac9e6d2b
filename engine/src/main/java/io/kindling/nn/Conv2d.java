package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.device.Scope;
import io.kindling.device.Window;
import io.kindling.tensor.Functional;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * Convolution over images: {@code x [N, C, H, W] -> [N, K, OH, OW]}, or without the batch
 * dimension, with {@code weight [K, C / groups, R, S]} and {@code bias [K]}. Options beyond the
 * kernel are given in words:
 *
 * <pre>{@code
 * new Conv2d(1, 6, 5)
 * new Conv2d(16, 32, Conv2d.kernel(3).stride(2).padding(1).bias(false))
 * }</pre>
 */
public class Conv2d extends Layer {
  private static final long serialVersionUID = 1L;

  public Parameter weight;
  public @Nullable Parameter bias;

  private final int inChannels;
  private final int outChannels;
  private final Options options;
  private final Window window;

  /**
   * How the kernel moves. Each method returns changed options; made by {@link #kernel}.
   *
   * @param kernel its size
   * @param stride its step, 1 by default
   * @param padding zeros added on both sides, 0 by default
   * @param dilation the distance between its elements, 1 by default
   * @param groups into how many separate parts the channels are divided, 1 by default
   * @param bias whether there is one, as by default
   */
  public record Options(
      Size2d kernel, Size2d stride, Size2d padding, Size2d dilation, int groups, boolean bias)
      implements WindowOptions<Options> {

    @Override
    public Options moving(Size2d newStride, Size2d newPadding) {
      return new Options(kernel, newStride, newPadding, dilation, groups, bias);
    }

    public Options dilation(int both) {
      return dilation(both, both);
    }

    public Options dilation(int height, int width) {
      return new Options(kernel, stride, padding, new Size2d(height, width), groups, bias);
    }

    public Options groups(int count) {
      return new Options(kernel, stride, padding, dilation, count, bias);
    }

    public Options bias(boolean has) {
      return new Options(kernel, stride, padding, dilation, groups, has);
    }
  }

  /** Options of a square kernel. */
  public static Options kernel(int size) {
    return kernel(size, size);
  }

  public static Options kernel(int height, int width) {
    Size2d one = Size2d.of(1);
    return new Options(new Size2d(height, width), one, Size2d.of(0), one, 1, true);
  }

  /** A square kernel that moves by one, without padding, with a bias. */
  public Conv2d(int inChannels, int outChannels, int kernelSize) {
    this(inChannels, outChannels, kernel(kernelSize));
  }

  /**
   * A convolution with options.
   *
   * @throws KindlingException if the groups do not divide the channels or a size is out of range
   */
  public Conv2d(int inChannels, int outChannels, Options options) {
    check(inChannels, outChannels, Arguments.notNull(options, "Conv2d", "options"));
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.options = options;
    this.window =
        Size2d.window(
            options.kernel, options.stride, options.padding, options.dilation, options.groups);
    Size2d kernel = options.kernel;
    try (Scope lasting = Scope.none()) {
      this.weight =
          new Parameter(
              Tensors.empty(
                  outChannels, inChannels / options.groups, kernel.height(), kernel.width()));
      this.bias = options.bias ? new Parameter(Tensors.empty(outChannels)) : null;
    }
    resetParameters();
  }

  /** Draws first values again: uniform in ±{@code 1 / sqrt(C / groups R S)}. */
  public final void resetParameters() {
    Init.layerDefaults(weight, bias);
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Functional.conv2d(x, weight, bias, window);
  }

  private static void check(int inChannels, int outChannels, Options o) {
    if (o.groups <= 0) {
      throw new KindlingException("Conv2d: groups must be a positive integer, got " + o.groups);
    }
    if (inChannels < 0 || inChannels % o.groups != 0) {
      throw indivisible("in_channels", inChannels, o.groups);
    }
    if (outChannels < 0 || outChannels % o.groups != 0) {
      throw indivisible("out_channels", outChannels, o.groups);
    }
    if (!Size2d.canMakeWindow(o.kernel, o.stride, o.padding, o.dilation)) {
      throw new KindlingException(
          "Conv2d: expected kernel_size, stride and dilation of 1 or more and padding of 0 or more,"
              + " got kernel_size="
              + o.kernel
              + ", stride="
              + o.stride
              + ", dilation="
              + o.dilation
              + ", padding="
              + o.padding);
    }
  }

  private static KindlingException indivisible(String what, int channels, int groups) {
    return new KindlingException(
        "Conv2d: "
            + what
            + " must be divisible by groups, got "
            + what
            + "="
            + channels
            + " and groups="
            + groups);
  }

  @Override
  protected String extraRepr() {
    StringBuilder text = new StringBuilder();
    text.append(inChannels).append(", ").append(outChannels);
    text.append(", kernel_size=").append(options.kernel);
    text.append(", stride=").append(options.stride);
    if (!options.padding.isBoth(0)) {
      text.append(", padding=").append(options.padding);
    }
    if (!options.dilation.isBoth(1)) {
      text.append(", dilation=").append(options.dilation);
    }
    if (options.groups != 1) {
      text.append(", groups=").append(options.groups);
    }
    if (bias == null) {
      text.append(", bias=False");
    }
    return text.toString();
  }
}
