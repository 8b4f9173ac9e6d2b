package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import io.kindling.device.Window;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Convolutions and pools")
class WindowChecksTest {
  private static Window window(int kernel, int stride, int pad, int dilation, int groups) {
    return new Window(kernel, kernel, stride, stride, pad, pad, dilation, dilation, groups);
  }

  private static long[] shape(String text) {
    return java.util.Arrays.stream(text.trim().split(" ")).mapToLong(Long::parseLong).toArray();
  }

  private static String firstLine(RuntimeException e) {
    return String.valueOf(e.getMessage()).split("\n")[0];
  }

  @ParameterizedTest(name = "[{0}] by [{1}], pad {2}, {3} groups")
  @CsvSource({
    "2 3 0 5, 4 3 2 2, 0, 1",
    "2 3 0 5, 4 3 2 2, 1, 1",
    "3 4 0, 4 3 2 2, 1, 1",
    "2 3 4 4, 0 3 2 2, 0, 1",
    "2 3 4 4, 4 2 2 2, 0, 1",
    "2 4 4 4, 3 2 2 2, 0, 2",
    "2 4 4 4, 1 2 2 2, 0, 2",
    "0 3 0 0, 4 3 2 2, 0, 1",
    "3 0 4, 4 3 2 2, 1, 1",
    "5 5, 4 3 2 2, 0, 1",
    "1 2 3 4 5, 4 3 2 2, 0, 1"
  })
  @DisplayName("N05 a convolution that libtorch refuses is refused in its words")
  void convolution(String x, String w, int pad, int groups) {
    RuntimeException theirs =
        assertThrows(
            RuntimeException.class,
            () ->
                torch.conv2d(
                    torch.zeros(shape(x)),
                    torch.zeros(shape(w)),
                    new TensorOptional(),
                    new long[] {1, 1},
                    new long[] {pad, pad},
                    new long[] {1, 1},
                    groups));
    KindlingException ours =
        assertThrows(
            KindlingException.class,
            () ->
                Functional.conv2d(
                    Tensors.zeros(shape(x)),
                    Tensors.zeros(shape(w)),
                    null,
                    window((int) shape(w)[3], 1, pad, 1, groups)));
    assertEquals(firstLine(theirs), ours.getMessage());
  }

  @ParameterizedTest(name = "[{0}], window {1}, pad {2}, dilation {3}")
  @CsvSource({
    "2 3 0 5, 2, 0, 1",
    "2 0 4 4, 2, 0, 1",
    "0 3 0 0, 2, 1, 1",
    "0 4 4, 2, 0, 1",
    "2 3 1 1, 2, 0, 1",
    "2 3 4 4, 2, 2, 1",
    "2 3 4 4, 2, 2, 3"
  })
  @DisplayName("N05 a pool that libtorch refuses is refused in its words")
  void pool(String x, int kernel, int pad, int dilation) {
    RuntimeException theirs =
        assertThrows(
            RuntimeException.class,
            () ->
                torch.max_pool2d(
                    torch.zeros(shape(x)),
                    new long[] {kernel, kernel},
                    new long[] {kernel, kernel},
                    new long[] {pad, pad},
                    new long[] {dilation, dilation},
                    false));
    KindlingException ours =
        assertThrows(
            KindlingException.class,
            () ->
                Functional.maxPool2d(
                    Tensors.zeros(shape(x)), window(kernel, kernel, pad, dilation, 1)));
    assertEquals(firstLine(theirs), ours.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"weight", "bias"})
  @DisplayName("N05 a parameter of another type than the input is named with both")
  void types(String other) {
    Tensor x = Tensors.zeros(1, 1, 3, 3);
    Tensor w = Tensors.zeros(other.equals("weight") ? DType.FLOAT64 : DType.FLOAT32, 1, 1, 2, 2);
    Tensor b = Tensors.zeros(DType.FLOAT64, 1);
    Errors.assertError(
        io.kindling.core.DTypeException.class,
        "Input type (Float) and " + other + " type (Double) should be the same",
        () -> Functional.conv2d(x, w, b, window(2, 1, 0, 1, 1)));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  @DisplayName("N05 a pool takes the types that libtorch's takes, and refuses others in its words")
  void poolTypes(DType type) {
    org.bytedeco.pytorch.Tensor image = torch.ones(1, 1, 2, 2).to(Torch.type(type));
    long[] two = {2, 2};
    assertEquals(
        refusal(() -> torch.max_pool2d(image, two)),
        refusal(() -> Functional.maxPool2d(Tensors.ones(type, 1, 1, 2, 2), window(2, 2, 0, 1, 1))));
    assertEquals(
        refusal(() -> torch.avg_pool2d(image, two)),
        refusal(
            () ->
                Functional.avgPool2d(Tensors.ones(type, 1, 1, 2, 2), window(2, 2, 0, 1, 1), true)));
  }

  private static String refusal(Runnable call) {
    try {
      call.run();
      return "none";
    } catch (RuntimeException e) {
      return firstLine(e);
    }
  }
}
