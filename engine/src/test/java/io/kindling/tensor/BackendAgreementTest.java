package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Backend;
import io.kindling.device.Operand;
import io.kindling.device.Scope;
import io.kindling.device.Strided;
import io.kindling.device.cpu.JavaBackend;
import java.util.Collection;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A native library takes over from a kernel's own definition at some size: both must agree at every
 * size, on ordinary and on special values.
 */
@DisplayName("The backend in use and the kernels' own definitions")
class BackendAgreementTest {
  private static final int[] SIZES = {
    1, 2, 15, 16, 17, 31, 32, 33, 100, 1000, 4095, 4096, 4097, 8191, 8192, 16383, 16384, 20011
  };
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    1e-40f,
    1e30f,
    -1e30f,
    88.7f,
    -100f
  };
  private static final double[] NUMBERS = {2.5, 0.5, 3};

  static Collection<PointwiseOp> operators() {
    return PointwiseOps.all().values();
  }

  private static Tensor values(int n, int seed, boolean special) {
    Random random = new Random(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      boolean edge = special && random.nextInt(50) == 0;
      x[i] = edge ? SPECIAL[random.nextInt(SPECIAL.length)] : (float) random.nextGaussian() * 3;
    }
    return Tensors.fromArray(x, n);
  }

  private static float[] run(Backend backend, PointwiseOp op, Tensor... in) {
    boolean truth = op.kernel.formula().givesTruth(0);
    Tensor out = Tensors.empty(truth ? DType.BOOL : DType.FLOAT32, in[0].shape());
    Operand[] operands = new Operand[in.length];
    for (int i = 0; i < in.length; i++) {
      operands[i] = in[i].strided();
    }
    Strided[] outs = {out.strided()};
    boolean numbers = op.kernel.formula().scalars() > 0;
    backend.pointwise(
        op.kernel, DType.FLOAT32, outs, operands, numbers ? NUMBERS : Tensor.NO_SCALARS);
    return out.toFloat().toFloatArray();
  }

  @ParameterizedTest
  @MethodSource("operators")
  @DisplayName("T15 agree at every size")
  void agree(PointwiseOp op) {
    Backend java = new JavaBackend();
    for (int n : SIZES) {
      for (boolean special : new boolean[] {false, true}) {
        try (Scope scope = Scope.open()) {
          Tensor[] in = new Tensor[op.kernel.formula().inputs()];
          for (int i = 0; i < in.length; i++) {
            in[i] = values(n, 10 * n + i, special);
          }
          float[] expected = run(java, op, in);
          float[] actual = run(Backends.of(Dispatch.device(op.name(), in)), op, in);
          for (int i = 0; i < n; i++) {
            float e = expected[i];
            if (Float.compare(e, actual[i]) == 0 || e == actual[i]) {
              continue;
            }
            // A gradient is multiplied by a difference that may have cancelled.
            float size = Math.max(Math.abs(e), Math.abs(in[0].get(i).toFloatArray()[0]));
            boolean close = Math.abs(e - actual[i]) <= 1e-6 + 4e-6 * size;
            assertTrue(
                close && Float.isFinite(e),
                op.name() + " of " + n + ", at " + i + ": " + e + " and " + actual[i]);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("operators")
  @DisplayName("T13 agree on channels-last and broadcast operands")
  void layouts(PointwiseOp op) {
    Backend java = new JavaBackend();
    Layout nhwc = Layout.channelsLast(4, 16, 18, 18);
    Tensor[] in = new Tensor[op.kernel.formula().inputs()];
    for (int i = 0; i < in.length; i++) {
      Tensor dense = values((int) nhwc.numel(), i, false);
      in[i] = new Tensor(dense.strided().with(nhwc));
    }
    if (in.length > 1) {
      in[1] = values(16, 5, false).view(16, 1, 1);
    }
    float[] expected = run(java, op, in);
    float[] actual = run(Backends.of(Dispatch.device(op.name(), in)), op, in);
    for (int i = 0; i < expected.length; i++) {
      float slack = 1e-6f + 4e-6f * Math.abs(expected[i]);
      boolean same = Float.compare(expected[i], actual[i]) == 0;
      assertTrue(same || Math.abs(expected[i] - actual[i]) <= slack, op.name() + " at " + i);
    }
  }
}
