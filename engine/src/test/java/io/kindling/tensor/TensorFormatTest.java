package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Device;
import io.kindling.tensor.TensorFormat.Traits;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("T09 printing a tensor")
class TensorFormatTest {
  private static final Traits PLAIN = new Traits(Device.CPU, false, null);

  static Stream<PrintGolden> goldens() throws IOException {
    return PrintGolden.readAll().stream();
  }

  /** Those that this machine can hold: on its memory, and not too large for a quick test. */
  static Stream<PrintGolden> tensors() throws IOException {
    return goldens()
        .filter(g -> g.traits().device().equals(Device.CPU))
        .filter(g -> g.layout().numel() <= 200_000);
  }

  @DisplayName("T09 the text is PyTorch's")
  @ParameterizedTest(name = "T09 {0}")
  @MethodSource("goldens")
  void asPyTorch(PrintGolden golden) {
    assertEquals(
        golden.text(),
        TensorFormat.format(golden.dtype(), golden.layout(), golden.elements(), golden.traits()));
  }

  @DisplayName("T09 toString() of a tensor in memory is PyTorch's repr")
  @ParameterizedTest(name = "T09 toString {0}")
  @MethodSource("tensors")
  void tensorAsPyTorch(PrintGolden golden) {
    Tensor t = tensor(golden.dtype(), golden.layout(), golden.elements());
    String gradFn = golden.traits().gradFn();
    if (gradFn != null) {
      t.setHistory(new Named(gradFn), 0);
    } else if (golden.traits().requiresGrad()) {
      t.requiresGrad_();
    }
    assertEquals(golden.text(), t.toString());
  }

  @Test
  @DisplayName("T09 there are at least 120 goldens, and each of the ten types has ten")
  void enoughGoldens() throws IOException {
    assertTrue(goldens().count() >= 120);
    for (DType dtype : DType.values()) {
      assertTrue(goldens().filter(g -> g.dtype() == dtype).count() >= 10, dtype.toString());
    }
  }

  @Test
  @DisplayName("T09 a view prints the elements its strides select")
  void strides() {
    Layout rows = Layout.contiguous(3, 4);
    Positions elements = new Positions();
    String transposed =
        """
        tensor([[ 0,  4,  8],
                [ 1,  5,  9],
                [ 2,  6, 10],
                [ 3,  7, 11]])\
        """;
    assertEquals(
        transposed, TensorFormat.format(DType.INT64, rows.transpose(0, 1), elements, PLAIN));
    Tensor t = tensor(DType.INT64, rows, elements);
    assertEquals(transposed, t.t().toString());
    assertEquals("tensor([5, 6])", t.select(0, 1).narrow(0, 1, 2).toString());
    assertEquals("tensor(11)", t.select(0, -1).select(0, -1).toString());
  }

  @Test
  @DisplayName("T09 the operator that made a tensor is named")
  void operator() {
    Tensor x = tensor(DType.FLOAT32, Layout.contiguous(3), new Positions()).requiresGrad_();
    assertEquals("tensor([0., 1., 2.], requires_grad=True)", x.toString());
    assertEquals("tensor([1., 2., 3.], grad_fn=<AddBackward0>)", x.add(1).toString());
    assertEquals("tensor([0., 1., 2.])", x.detach().toString());
  }

  @Test
  @DisplayName("T09 a summary reads only what it shows")
  void readsOnlyWhatItShows() {
    AtomicInteger reads = new AtomicInteger();
    ElementFormat.Elements counting =
        new ElementFormat.Elements() {
          @Override
          public double real(long position) {
            reads.incrementAndGet();
            return 0.5;
          }

          @Override
          public long integer(long position) {
            throw new AssertionError("a float tensor has no integers");
          }
        };
    TensorFormat.format(DType.FLOAT32, Layout.contiguous(100_000, 100_000), counting, PLAIN);
    assertTrue(reads.get() <= 36 * 4, reads + " reads for 36 elements");
  }

  private static Tensor tensor(DType dtype, Layout layout, ElementFormat.Elements elements) {
    int n = (int) layout.numel();
    Object values =
        dtype.isFloatingPoint()
            ? IntStream.range(0, n).mapToDouble(elements::real).toArray()
            : IntStream.range(0, n).mapToLong(elements::integer).toArray();
    return Tensors.fromArray(values, dtype, layout.shape());
  }

  /** Each element is its position. */
  private static final class Positions implements ElementFormat.Elements {
    @Override
    public double real(long position) {
      return position;
    }

    @Override
    public long integer(long position) {
      return position;
    }
  }

  /** A node of which nothing but the name is asked. */
  private static final class Named extends Node {
    Named(String name) {
      super(name, 0, new Edge[0]);
    }

    @Override
    @Nullable Tensor[] apply(@Nullable Tensor[] grads) {
      return Arrays.copyOf(grads, 0);
    }
  }
}
