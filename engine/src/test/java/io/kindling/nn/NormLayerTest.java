package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.ShapeException;
import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Normalising layers")
class NormLayerTest {
  private static org.bytedeco.pytorch.Tensor torch(Tensor x) {
    return org.bytedeco.pytorch.Tensor.create(x.toDoubleArray(), x.numel()).reshape(x.shape());
  }

  private static void assertClose(org.bytedeco.pytorch.Tensor expected, @Nullable Tensor got) {
    double[] values = new double[(int) expected.numel()];
    expected.detach().to(ScalarType.Double).contiguous().data_ptr_double().get(values);
    assertArrayEquals(values, got.toDoubleArray(), 1e-10);
  }

  private static void compare(BatchNorm2d layer, BatchNormOptions theirs) {
    Tensors.manualSeed(3);
    layer.to(DType.FLOAT64);
    BatchNorm2dImpl other = new BatchNorm2dImpl(theirs);
    other.to(ScalarType.Double, false);
    for (int step = 0; step < 4; step++) {
      Tensor x = Tensors.randn(DType.FLOAT64, 3, 4, 5, 2).mul(step + 1).requiresGrad_();
      org.bytedeco.pytorch.Tensor tx = torch(x).set_requires_grad(true);
      layer.train(step < 3);
      other.train(step < 3);
      Tensor y = layer.forward(x);
      org.bytedeco.pytorch.Tensor ty = other.forward(tx);
      assertClose(ty, y);
      y.square().mul(y).sum().backward();
      ty.square().mul(ty).sum().backward();
      assertClose(tx.grad(), x.grad());
      assertClose(other.running_mean(), layer.runningMean);
      assertClose(other.running_var(), layer.runningVar);
      assertClose(other.num_batches_tracked(), layer.numBatchesTracked);
    }
    assertClose(other.weight().grad(), layer.weight.grad());
    assertClose(other.bias().grad(), layer.bias.grad());
  }

  @Test
  @DisplayName("N06 BatchNorm2d trains, follows and evaluates as libtorch's")
  void batchNorm() {
    compare(new BatchNorm2d(4), new BatchNormOptions(4));
    BatchNormOptions fast = new BatchNormOptions(4);
    fast.momentum().put(0.7);
    compare(new BatchNorm2d(4, BatchNorm2d.eps(1e-5).momentum(0.7)), fast);
  }

  @Test
  @DisplayName("N06 without momentum the running statistics are the mean of all batches")
  void cumulative() {
    BatchNorm1d layer = new BatchNorm1d(1, BatchNorm1d.eps(1e-5).momentum(null));
    layer.forward(Tensors.tensor(new double[][] {{0}, {2}}).to(DType.FLOAT32));
    layer.forward(Tensors.tensor(new double[][] {{4}, {6}}).to(DType.FLOAT32));
    assertEquals(3, layer.runningMean.item(), 1e-6);
    assertEquals(2, layer.runningVar.item(), 1e-6);
    layer.resetRunningStats();
    assertEquals(0, layer.runningMean.item());
    assertEquals(0, layer.numBatchesTracked.itemLong());
  }

  @Test
  @DisplayName("N06 evaluation needs memory for its result alone, and has one derivative")
  void evaluation() {
    BatchNorm2d layer = new BatchNorm2d(64);
    layer.eval();
    for (Tensor x :
        List.of(
            Tensors.randn(16, 64, 32, 32),
            Tensors.randn(16, 32, 32, 64).permute(0, 3, 1, 2),
            Tensors.randn(64, 16, 32, 32).transpose(0, 1))) {
      Tensor derived = layer.forward(x);
      assertEquals("NativeBatchNormBackward0", derived.gradFn().name());
      try (GradMode.Guard guard = GradMode.set(false);
          Scope scope = Scope.open()) {
        MemoryPool pool = MemoryPool.host();
        pool.resetPeak();
        long before = pool.stats().inUse();
        Tensor y = layer.forward(x);
        long needed = pool.stats().peak() - before;
        assertTrue(needed < 1.5 * 4 * x.numel(), needed + " bytes for " + x.numel() + " floats");
        assertArrayEquals(derived.detach().toFloatArray(), y.toFloatArray());
      }
    }
  }

  @Test
  @DisplayName("N06 without running statistics evaluation takes the batch's own")
  void untracked() {
    BatchNorm1d layer = new BatchNorm1d(2, BatchNorm1d.eps(0).trackRunningStats(false));
    layer.eval();
    Tensor y = layer.forward(Tensors.tensor(new double[][] {{0, 1}, {2, 5}}).to(DType.FLOAT32));
    assertArrayEquals(new double[] {-1, -1, 1, 1}, y.toDoubleArray(), 1e-6);
  }

  @Test
  @DisplayName("N06 an input of other dimensions, or of one value a channel, is refused")
  void refused() {
    assertRefused(
        "expected 4D input (got 3D input)",
        () -> new BatchNorm2d(3).forward(Tensors.zeros(2, 3, 4)));
    assertRefused(
        "expected 2D or 3D input (got 4D input)",
        () -> new BatchNorm1d(3).forward(Tensors.zeros(2, 3, 4, 4)));
    assertRefused(
        "Expected more than 1 value per channel when training, got input size torch.Size([1, 3])",
        () -> new BatchNorm1d(3).forward(Tensors.zeros(1, 3)));
    assertRefused(
        "running_mean should contain 3 elements not 4",
        () -> new BatchNorm1d(4).forward(Tensors.zeros(2, 3)));
    assertRefused(
        "Given normalized_shape=[4], expected input with shape [*, 4], but got input of size[2, 3]",
        () -> new LayerNorm(4).forward(Tensors.zeros(2, 3)));
  }

  private static void assertRefused(String text, Runnable call) {
    RuntimeException e = assertThrows(RuntimeException.class, call::run);
    Throwable cause = e;
    while (!(cause instanceof ShapeException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage());
    assertEquals(true, message.contains(text), message);
  }

  @Test
  @DisplayName("N06 a batch without examples leaves the running statistics as they are")
  void emptyBatch() {
    for (long[] shape : new long[][] {{0, 2, 3, 3}, {2, 2, 0, 3}}) {
      BatchNorm2d layer = new BatchNorm2d(2);
      assertArrayEquals(shape, layer.forward(Tensors.zeros(shape)).shape());
      assertEquals("[0.0, 0.0]", layer.stateDict().get("running_mean").tolist().toString());
      assertEquals("[1.0, 1.0]", layer.stateDict().get("running_var").tolist().toString());
    }
  }
}
