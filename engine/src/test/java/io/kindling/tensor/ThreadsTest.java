package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Engine;
import io.kindling.device.Scope;
import io.kindling.optim.Adam;
import io.kindling.optim.Optimizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Engine.threads")
class ThreadsTest {
  private static final int N = 700_001;

  private final Map<String, Supplier<Tensor>> work = new LinkedHashMap<>();

  @BeforeEach
  void operators() {
    Tensors.manualSeed(3);
    Tensor a = Tensors.randn(N);
    a.narrow(0, 5, 1).fill_(Float.NaN); // in the first part only: there another kernel computes
    a.narrow(0, N - 7, 1).fill_(Float.POSITIVE_INFINITY);
    Tensor b = Tensors.randn(N);
    Layout nhwc = Layout.channelsLast(6, 16, 60, 64);
    Tensor image = new Tensor(Tensors.randn(nhwc.numel()).strided().with(nhwc));
    Tensor channel = Tensors.randn(16, 1, 1);
    Tensor rows = Tensors.randn(300, 1000);
    Tensor left = Tensors.randn(1200, 700);
    Tensor right = Tensors.randn(700, 900);
    Tensor bias = Tensors.randn(900);
    Tensor batch = Tensors.randn(8, 500, 400);
    work.put("add", () -> a.add(b));
    work.put("exp", a::exp);
    work.put("relu", a::relu);
    work.put("log", () -> b.abs().log());
    work.put("lt", () -> a.lt(b));
    work.put("int64", () -> b.mul(1000).toLong().remainder(7));
    work.put("half", () -> b.to(DType.FLOAT16).mul(3));
    work.put("in place", () -> a.clone_().mul_(1.5).add_(b));
    work.put("transposed", () -> rows.t().add(rows.t().contiguous()));
    work.put("image", () -> image.mul(channel).add(channel));
    work.put("softmax", () -> rows.softmax(1));
    work.put("log_softmax of columns", () -> rows.logSoftmax(0));
    work.put("argmax", () -> rows.argmax(1, false));
    work.put("cumsum", () -> rows.cumsum(1));
    work.put("mm", () -> left.mm(right));
    work.put("mm of views", () -> right.t().mm(left.t()));
    work.put("linear", () -> Functional.linear(left, right.t(), bias));
    work.put("bmm", () -> batch.bmm(batch.transpose(1, 2)));
    work.put("adam", () -> adam(b));
  }

  private static Tensor adam(Tensor start) {
    Tensor p = start.clone_().requiresGrad_();
    Optimizer adam = new Adam(List.of(p));
    for (int i = 0; i < 3; i++) {
      p.setGrad(start.mul(i - 0.5));
      adam.step();
    }
    return p.detach();
  }

  @AfterEach
  void one() {
    Engine.threads(1);
  }

  @Test
  @DisplayName("any number of them gives the same bits")
  void sameBits() {
    for (Map.Entry<String, Supplier<Tensor>> e : work.entrySet()) {
      try (Scope scope = Scope.open()) {
        Engine.threads(1);
        double[] alone = e.getValue().get().toDoubleArray();
        for (int threads : new int[] {2, 3, 5}) {
          Engine.threads(threads);
          assertArrayEquals(
              alone, e.getValue().get().toDoubleArray(), e.getKey() + " of " + threads);
        }
      }
    }
  }
}
