package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.RandomStream;
import io.kindling.core.Shapes;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of one call of an operator: shapes, arrangements in memory and where the values come
 * from.
 *
 * @param inputs one an argument
 * @param smooth whether differences can be taken here: no kinks, no infinities
 * @param onlyFloating whether the values exist in floating point only
 */
record OpSample(List<Input> inputs, boolean smooth, boolean onlyFloating) {

  /** How a tensor lies in memory. */
  enum Arrangement {
    DENSE,
    /** The first and the last dimension swapped. */
    TRANSPOSED,
    /** Every other element of the last dimension of something larger, from an offset. */
    STEPPED,
    /** The first dimension repeated with stride zero. */
    EXPANDED,
    /** NHWC. */
    CHANNELS_LAST
  }

  /** The values of a tensor, element by element. */
  interface Values {
    double next(RandomStream r, int i, DType dtype);
  }

  /**
   * One argument.
   *
   * @param dtype the type where it is not the test's
   * @param differentiable false for an argument that never requires a gradient
   */
  record Input(
      long[] shape,
      Arrangement arrangement,
      Values values,
      @Nullable DType dtype,
      boolean differentiable) {
    Input as(Arrangement other) {
      return new Input(shape, other, values, dtype, differentiable);
    }

    Input of(Values other) {
      return new Input(shape, arrangement, other, dtype, differentiable);
    }

    Input typed(DType other) {
      return new Input(shape, arrangement, values, other, differentiable);
    }

    Input constant() {
      return new Input(shape, arrangement, values, dtype, false);
    }

    Tensor make(DType common, RandomStream r) {
      DType type = dtype == null ? common : dtype;
      Tensor x = blank(type);
      double[] v = new double[Math.toIntExact(Shapes.numel(shape))];
      for (int i = 0; i < v.length; i++) {
        v[i] = values.next(r, i, type);
      }
      Tensor source = Tensors.fromArray(v, shape).to(type);
      if (arrangement == Arrangement.EXPANDED && shape.length > 0 && shape[0] > 0) {
        x.narrow(0, 0, 1).copy_(source.narrow(0, 0, 1));
      } else {
        x.copy_(source);
      }
      return x.detach();
    }

    private Tensor blank(DType type) {
      int rank = shape.length;
      if (rank == 0 || arrangement == Arrangement.DENSE) {
        return Tensors.zeros(type, shape);
      }
      long[] s = shape.clone();
      switch (arrangement) {
        case TRANSPOSED -> {
          s[0] = shape[rank - 1];
          s[rank - 1] = shape[0];
          return Tensors.zeros(type, s).transpose(0, rank - 1);
        }
        case STEPPED -> {
          s[rank - 1] = 2 * shape[rank - 1] + 1;
          Tensor wide = Tensors.zeros(type, s);
          Layout l = wide.layout().slice(rank - 1, 1, s[rank - 1], 2);
          return wide.viewOf(l);
        }
        case EXPANDED -> {
          s[0] = 1;
          return Tensors.zeros(type, s).expand(shape);
        }
        default -> {
          return Tensor.allocate(DefaultDevice.current(), type, Layout.channelsLast(shape), "test")
              .zero_();
        }
      }
    }

    @Override
    public String toString() {
      return Arrays.toString(shape)
          + (arrangement == Arrangement.DENSE ? "" : " " + arrangement)
          + (dtype == null ? "" : " " + dtype);
    }
  }

  static Input in(long... shape) {
    return new Input(shape, Arrangement.DENSE, OpSample::standard, null, true);
  }

  static OpSample of(Input... inputs) {
    return new OpSample(List.of(inputs), true, false);
  }

  OpSample kinked() {
    return new OpSample(inputs, false, onlyFloating);
  }

  OpSample floatingOnly() {
    return new OpSample(inputs, smooth, true);
  }

  long numel() {
    return inputs.stream().mapToLong(i -> Shapes.numel(i.shape())).sum();
  }

  Tensor[] make(DType common, long seed) {
    RandomStream r = RandomStream.of(seed);
    return inputs.stream().map(i -> i.make(common, r)).toArray(Tensor[]::new);
  }

  @Override
  public String toString() {
    return inputs.toString();
  }

  // ---- values

  /** Around zero and never near it; small integers, none of them zero. */
  static double standard(RandomStream r, int i, DType dtype) {
    double u = r.nextDouble();
    double sign = r.nextLong(2) == 0 ? -1 : 1;
    return switch (dtype) {
      case BOOL -> r.nextLong(2);
      case UINT8 -> 1 + r.nextLong(9);
      case INT64 -> sign * (1 + r.nextLong(9));
      default -> sign * (0.2 + 1.8 * u);
    };
  }

  static double positive(RandomStream r, int i, DType dtype) {
    return dtype.isFloatingPoint() ? 0.3 + 2 * r.nextDouble() : Math.abs(standard(r, i, dtype));
  }

  /** All different and far from each other, so that no difference changes their order. */
  static double distinct(RandomStream r, int i, DType dtype) {
    return dtype.isFloatingPoint() ? (i * 7 % 31) * 0.25 - 3 + i / 31 * 0.1 : standard(r, i, dtype);
  }

  /** Zeros among ones and others; what a product or a truth test trips over. */
  static double sparse(RandomStream r, int i, DType dtype) {
    return r.nextLong(3) == 0 ? 0 : standard(r, i, dtype);
  }

  /** Few different values, so that they tie. */
  static double ties(RandomStream r, int i, DType dtype) {
    return dtype == DType.BOOL ? r.nextLong(2) : r.nextLong(3);
  }

  private static final double[] KINKS = {-2, -1, -0.5, -0.0, 0, 0.5, 1, 2, 1.5, -1.5, 2.5};

  static double kinks(RandomStream r, int i, DType dtype) {
    double v = KINKS[i % KINKS.length];
    return dtype == DType.BOOL || dtype == DType.UINT8 ? Math.abs(v) : v;
  }

  private static final double[] SPECIAL = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -0.0, 1, -1, 1e-30, 30, -30
  };

  static double special(RandomStream r, int i, DType dtype) {
    return SPECIAL[i % SPECIAL.length];
  }

  /** Positions in {@code [0, n)}. */
  static Values below(long n) {
    return (r, i, dtype) -> r.nextLong(n);
  }

  static Values between(double low, double high) {
    return (r, i, dtype) -> low + (high - low) * r.nextDouble();
  }
}
