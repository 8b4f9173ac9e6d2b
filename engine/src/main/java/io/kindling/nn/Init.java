package io.kindling.nn;

import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fills parameters with first values: PyTorch's {@code torch.nn.init}. All work in place, record
 * nothing, return their argument and draw from the current generator.
 */
public final class Init {
  /** Which side of a layer keeps its variance. */
  public enum FanMode {
    /** Forward: the number of inputs to each output. */
    FAN_IN,
    /** Backward: the number of outputs that each input reaches. */
    FAN_OUT
  }

  /** What follows the layer. */
  public enum Nonlinearity {
    LINEAR,
    SIGMOID,
    TANH,
    RELU,
    LEAKY_RELU,
    SELU
  }

  private static final double DEFAULT_SLOPE = 0.01;

  private Init() {}

  /** Inputs to each output and outputs of each input of a weight {@code [out, in, ...]}. */
  record Fans(long in, long out) {
    static Fans of(Tensor weight) {
      if (weight.dim() < 2) {
        throw new ShapeException(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got "
                + Shapes.text(weight.shape()));
      }
      long field = 1;
      for (int d = 2; d < weight.dim(); d++) {
        field *= weight.size(d);
      }
      return new Fans(weight.size(1) * field, weight.size(0) * field);
    }
  }

  private static Tensor fill(Tensor x, Consumer<Tensor> by) {
    try (GradMode.Guard guard = Tensors.noGrad()) {
      by.accept(x);
    }
    return x;
  }

  /** Uniform in {@code [from, to)}. */
  public static Tensor uniform_(Tensor x, double from, double to) {
    return fill(x, y -> y.uniform_(from, to));
  }

  public static Tensor normal_(Tensor x, double mean, double std) {
    return fill(x, y -> y.normal_(mean, std));
  }

  public static Tensor constant_(Tensor x, double value) {
    return fill(x, y -> y.fill_(value));
  }

  public static Tensor ones_(Tensor x) {
    return constant_(x, 1);
  }

  public static Tensor zeros_(Tensor x) {
    return constant_(x, 0);
  }

  /** The recommended gain; for a leaky ReLU with PyTorch's default slope of 0.01. */
  public static double calculateGain(Nonlinearity nonlinearity) {
    return calculateGain(nonlinearity, DEFAULT_SLOPE);
  }

  /**
   * The recommended gain.
   *
   * @param slope of the negative side, read for a leaky ReLU only
   */
  public static double calculateGain(Nonlinearity nonlinearity, double slope) {
    return switch (nonlinearity) {
      case LINEAR, SIGMOID -> 1;
      case TANH -> 5.0 / 3;
      case RELU -> Math.sqrt(2);
      case LEAKY_RELU -> Math.sqrt(2 / (1 + slope * slope));
      case SELU -> 3.0 / 4;
    };
  }

  /** Glorot and Bengio 2010: uniform in ±{@code gain sqrt(6 / (fan_in + fan_out))}. */
  public static Tensor xavierUniform_(Tensor x, double gain) {
    double bound = Math.sqrt(3) * xavierStd(x, gain);
    return uniform_(x, -bound, bound);
  }

  public static Tensor xavierUniform_(Tensor x) {
    return xavierUniform_(x, 1);
  }

  /** As {@link #xavierUniform_(Tensor, double)}, from a normal distribution. */
  public static Tensor xavierNormal_(Tensor x, double gain) {
    return normal_(x, 0, xavierStd(x, gain));
  }

  public static Tensor xavierNormal_(Tensor x) {
    return xavierNormal_(x, 1);
  }

  private static double xavierStd(Tensor x, double gain) {
    Fans fans = Fans.of(x);
    return gain * Math.sqrt(2.0 / (fans.in() + fans.out()));
  }

  /**
   * He et al. 2015: uniform in ±{@code gain sqrt(3 / fan)}.
   *
   * @param a the negative slope of a leaky ReLU that follows, 0 for a ReLU
   */
  public static Tensor kaimingUniform_(
      Tensor x, double a, FanMode mode, Nonlinearity nonlinearity) {
    double bound = Math.sqrt(3) * kaimingStd(x, a, mode, nonlinearity);
    return uniform_(x, -bound, bound);
  }

  /** With PyTorch's defaults: fan in, leaky ReLU. */
  public static Tensor kaimingUniform_(Tensor x, double a) {
    return kaimingUniform_(x, a, FanMode.FAN_IN, Nonlinearity.LEAKY_RELU);
  }

  public static Tensor kaimingUniform_(Tensor x) {
    return kaimingUniform_(x, 0);
  }

  /** As {@link #kaimingUniform_(Tensor, double, FanMode, Nonlinearity)}, normally distributed. */
  public static Tensor kaimingNormal_(Tensor x, double a, FanMode mode, Nonlinearity nonlinearity) {
    return normal_(x, 0, kaimingStd(x, a, mode, nonlinearity));
  }

  public static Tensor kaimingNormal_(Tensor x, double a) {
    return kaimingNormal_(x, a, FanMode.FAN_IN, Nonlinearity.LEAKY_RELU);
  }

  public static Tensor kaimingNormal_(Tensor x) {
    return kaimingNormal_(x, 0);
  }

  private static double kaimingStd(Tensor x, double a, FanMode mode, Nonlinearity nonlinearity) {
    Fans fans = Fans.of(x);
    long fan = mode == FanMode.FAN_IN ? fans.in() : fans.out();
    return calculateGain(nonlinearity, a) / Math.sqrt((double) Math.max(1, fan));
  }

  /**
   * Saxe et al. 2013: a random (semi-)orthogonal matrix {@code [rows, everything else]}, times
   * {@code gain}.
   *
   * @throws ShapeException for a tensor of fewer than 2 dimensions
   */
  public static Tensor orthogonal_(Tensor x, double gain) {
    if (x.dim() < 2) {
      throw new ShapeException(
          "Only tensors with 2 or more dimensions are supported, got " + Shapes.text(x.shape()));
    }
    if (x.numel() == 0) {
      return x;
    }
    return fill(x, y -> y.copy_(Orthogonal.rows(y.shape()).mul(gain)));
  }

  public static Tensor orthogonal_(Tensor x) {
    return orthogonal_(x, 1);
  }

  /** What Linear and convolutions start from: both uniform in ±{@code 1 / sqrt(fan_in)}. */
  static void layerDefaults(Tensor weight, @Nullable Tensor bias) {
    kaimingUniform_(weight, Math.sqrt(5));
    long fanIn = Fans.of(weight).in();
    if (bias != null && fanIn > 0) {
      double bound = 1 / Math.sqrt((double) fanIn);
      uniform_(bias, -bound, bound);
    }
  }
}
