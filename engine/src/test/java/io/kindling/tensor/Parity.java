package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;

/** One call in Kindling and in libtorch: the same result and gradients, or refused by both. */
final class Parity {
  private Parity() {}

  /** As {@link #assertSame}, for an operator of one input. */
  static void assertSame(
      String what,
      Tensor x,
      Function<Tensor, Tensor> ours,
      Function<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> theirs) {
    assertSame(what, v -> ours.apply(v[0]), v -> theirs.apply(v[0]), x);
  }

  /** Inputs that require a gradient are leaves of both programs; their gradients are compared. */
  static void assertSame(String what, OpRow.Ours ours, OpRow.Theirs theirs, Tensor... x) {
    try (PointerScope scope = Torch.scope()) {
      org.bytedeco.pytorch.Tensor[] y = Torch.of(x);
      org.bytedeco.pytorch.Tensor expected;
      try {
        expected = theirs.apply(y);
      } catch (RuntimeException e) {
        assertThrows(
            KindlingException.class,
            () -> ours.apply(x),
            () -> what + ": libtorch refuses this: " + e.getMessage());
        return;
      }
      Tensor out = ours.apply(x);
      close(what, expected, out);
      assertEquals(expected.requires_grad(), out.requiresGrad(), what + ": requires_grad");
      if (out.requiresGrad()) {
        expected.sum().backward();
        out.sum().backward();
        gradients(what, y, x);
      }
    }
  }

  private static void gradients(String what, org.bytedeco.pytorch.Tensor[] y, Tensor[] x) {
    for (int i = 0; i < x.length; i++) {
      String which = what + ": gradient of input " + i;
      if (y[i].grad().defined()) {
        assertNotNull(x[i].grad(), which);
        close(which, y[i].grad(), x[i].grad());
        x[i].setGrad(null);
      } else {
        assertNull(x[i].grad(), which);
      }
    }
  }

  private static void close(String what, org.bytedeco.pytorch.Tensor expected, Tensor actual) {
    assertFalse(actual == null, what);
    boolean wide = actual.dtype() == DType.FLOAT64;
    Torch.assertClose(what, expected, actual, wide ? 1e-9 : 2e-5, wide ? 1e-11 : 1e-5);
  }
}
