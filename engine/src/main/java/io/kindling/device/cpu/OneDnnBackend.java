package io.kindling.device.cpu;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.PointwiseKernel;
import io.kindling.device.RowKernel;
import io.kindling.device.Scope;
import io.kindling.device.Strided;
import io.kindling.device.Window;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * The host with oneDNN: float32 work that oneDNN does faster goes there, everything else to plain
 * Java. Which of the two depends on kinds, shapes and strides alone, never on time or on other
 * threads.
 */
public final class OneDnnBackend extends JavaBackend {

  /**
   * @throws LinkageError if the native library does not load
   */
  OneDnnBackend() {
    Dnnl.load();
  }

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public boolean prefersChannelsLast() {
    return true;
  }

  @Override
  public void gemm(Strided out, Strided a, Strided b, @Nullable Strided bias) {
    boolean empty = out.numel() == 0 || a.numel() == 0;
    if (empty || !isFloat(out, a, b) || (bias != null && !isFloat(bias))) {
      super.gemm(out, a, b, bias);
      return;
    }
    long direction = Product.leading(out.layout());
    if (direction < 0 && bias == null) {
      gemm(transposed(out), transposed(b), transposed(a), null);
      return;
    }
    try (Copies copies = new Copies(this)) {
      Strided to = direction > 0 ? out : copies.like(out);
      Strided left = Product.leading(a.layout()) != 0 ? a : copies.dense(a);
      Strided right = Product.leading(b.layout()) != 0 ? b : copies.dense(b);
      Strided row = bias == null || bias.layout().isContiguous() ? bias : copies.dense(bias);
      Product p = Product.of(to.layout(), left.layout(), right.layout());
      long biasAddress = row == null ? 0 : row.address();
      if (!MatmulPrimitives.run(
          p, to.address(), left.address(), right.address(), biasAddress)) {
        super.gemm(to, left, right, row);
      }
      if (to != out) {
        copy(out, to);
      }
    } finally {
      keepAlive(out, a, b, bias);
    }
  }

  private static Strided transposed(Strided s) {
    return s.with(s.layout().transpose(-1, -2));
  }

  private static boolean isFloat(Strided... operands) {
    for (Strided s : operands) {
      if (s.dtype() != DType.FLOAT32) {
        return false;
      }
    }
    return true;
  }

  /** Raw addresses do not keep a storage reachable. */
  private static void keepAlive(@Nullable Strided... operands) {
    for (Strided s : operands) {
      Reference.reachabilityFence(s);
    }
  }
}
