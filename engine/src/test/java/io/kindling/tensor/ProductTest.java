package io.kindling.tensor;

import static io.kindling.core.DType.BOOL;
import static io.kindling.core.DType.FLOAT64;
import static io.kindling.core.DType.INT64;
import static io.kindling.tensor.Errors.assertError;
import static io.kindling.tensor.Tensors.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import java.util.Objects;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Products")
class ProductTest {
  private static Tensor matrix(long rows, long columns) {
    return Tensors.arange(0, rows * columns, 1.0).view(rows, columns);
  }

  private static String nodeOf(Tensor x) {
    return Objects.requireNonNull(x.gradFn()).name();
  }

  @Test
  @DisplayName("addmm with beta 0 ignores what is added, NaN and all")
  void betaZero() {
    Tensor bad = tensor(Double.NaN, Double.POSITIVE_INFINITY).requiresGrad_();
    Parity.assertSame(
        "beta 0",
        x -> x[0].addmm(x[1], x[2], 0, 1),
        x -> x[0].addmm(x[1], x[2], Torch.num(0L), Torch.num(1L)),
        bad,
        matrix(2, 3).requiresGrad_(),
        matrix(3, 2).requiresGrad_());
  }

  @Test
  @DisplayName("addmm of integers stays one of integers, whatever the factors")
  void integerFactors() {
    Tensor m = tensor(new long[][] {{1, 2}, {3, 4}});
    for (double[] f : new double[][] {{0.5, 1}, {1, 0.5}, {2.0, 1}, {1.9, 2.9}}) {
      Parity.assertSame(
          f[0] + " " + f[1],
          x -> x[0].addmm(x[1], x[1], f[0], f[1]),
          x -> x[0].addmm(x[1], x[1], Torch.num(f[0]), Torch.num(f[1])),
          tensor(1L, 2L),
          m);
    }
  }

  @Test
  @DisplayName("addmm of anything that expands is one node")
  void addedShapes() {
    long[][] shapes = {{}, {1}, {2}, {1, 2}, {2, 1}, {2, 2}};
    for (long[] s : shapes) {
      Tensor in = Tensors.ones(s).requiresGrad_();
      assertEquals("AddmmBackward0", nodeOf(in.addmm(matrix(2, 3), matrix(3, 2), 2, 3)));
      Parity.assertSame(
          java.util.Arrays.toString(s),
          x -> x[0].addmm(x[1], x[2], 2, 3),
          x -> x[0].addmm(x[1], x[2], Torch.num(2L), Torch.num(3L)),
          in,
          matrix(2, 3).requiresGrad_(),
          matrix(3, 2).requiresGrad_());
    }
    assertError(
        ShapeException.class,
        "The expanded size of the tensor (2) must match the existing size (3) at non-singleton"
            + " dimension 1.  Target sizes: [2, 2].  Tensor sizes: [3]",
        () -> Tensors.ones(3).addmm(matrix(2, 3), matrix(3, 2)));
    assertError(
        ShapeException.class,
        "The expanded size of the tensor (1)",
        () -> Tensors.ones(2).addmm(matrix(1, 3), matrix(3, 1)));
  }

  @Test
  @DisplayName("a matrix times a vector is mv")
  void matrixTimesVector() {
    Tensor m = matrix(2, 3).requiresGrad_();
    assertEquals("MvBackward0", nodeOf(m.matmul(tensor(1.0, 2.0, 3.0))));
    assertArrayEquals(new float[] {8, 26}, m.mv(tensor(1.0, 2.0, 3.0)).toFloatArray());
    assertError(
        ShapeException.class,
        "size mismatch, got mat (2x3), vec (2)",
        () -> m.mv(tensor(1.0, 2.0)));
  }

  @Test
  @DisplayName("bool has no products, in PyTorch's words")
  void bool() {
    Tensor m = Tensors.ones(BOOL, 2, 2);
    Tensor v = Tensors.ones(BOOL, 2);
    String text = "\"%s\" not implemented for 'Bool'";
    assertError(DTypeException.class, String.format(text, "addmm_impl_cpu_"), () -> m.mm(m));
    assertError(DTypeException.class, String.format(text, "addmm_impl_cpu_"), () -> m.addmm(m, m));
    assertError(DTypeException.class, String.format(text, "addmv_impl_cpu"), () -> m.mv(v));
    assertError(DTypeException.class, String.format(text, "dot"), () -> v.dot(v));
    Tensor b = m.unsqueeze(0);
    assertError(DTypeException.class, String.format(text, "bmm"), () -> b.bmm(b));
  }

  @Test
  @DisplayName("operands of two types and shapes that do not fit are refused in PyTorch's words")
  void refused() {
    Tensor m = matrix(2, 2);
    Tensor wide = m.to(FLOAT64);
    assertError(
        DTypeException.class,
        "expected m1 and m2 to have the same dtype, but got: Float != Double",
        () -> Functional.linear(m, wide, null));
    assertError(
        DTypeException.class,
        "mat1 and mat2 must have the same dtype, but got Float and Double",
        () -> Functional.linear(m, wide, wide.select(0, 0)));
    assertError(
        DTypeException.class,
        "self and mat2 must have the same dtype, but got Double and Float",
        () -> Functional.linear(m, m, wide.select(0, 0)));
    assertError(
        DTypeException.class,
        "expected scalar type Float but found Double",
        () -> m.matmul(wide.select(0, 0)));
    assertError(
        DTypeException.class,
        "dot : expected both vectors to have same dtype, but found Float and Double",
        () -> m.select(0, 0).dot(wide.select(0, 0)));
    assertError(ShapeException.class, "self must be a matrix", () -> m.select(0, 0).mm(m));
    assertError(ShapeException.class, "batch1 must be a 3D tensor", () -> m.bmm(m.unsqueeze(0)));
    assertError(
        ShapeException.class,
        "Expected size for first two dimensions of batch2 tensor to be: [1, 2] but got: [1, 3]",
        () -> m.unsqueeze(0).bmm(matrix(3, 2).unsqueeze(0)));
    assertError(
        ShapeException.class,
        "both arguments to linear need to be at least 1D, but they are 0D and 2D",
        () -> Functional.linear(tensor(1.0), m, null));
    assertError(
        KindlingException.class,
        "argument 'weight' must not be null",
        () -> Functional.linear(m, null, null));
    assertError(KindlingException.class, "mm: argument 'mat2'", () -> m.mm(null));
    assertError(
        KindlingException.class, "argument 'operands[1]'", () -> Tensors.einsum("i,i", m, null));
    assertError(KindlingException.class, "argument 'data'", () -> Tensors.tensor((Object) null));
    assertError(
        KindlingException.class,
        "argument 'data[1]'",
        () -> Tensors.tensor(new float[][] {{1}, null}));
  }

  @Test
  @DisplayName("a weight of one dimension is a vector")
  void vectorWeight() {
    Parity.assertSame(
        "linear",
        x -> Functional.linear(x[0], x[1], null),
        x -> torch.linear(x[0], x[1]),
        matrix(2, 3).requiresGrad_(),
        tensor(1.0, 2.0, 3.0).requiresGrad_());
  }

  @Test
  @DisplayName("an einsum that PyTorch refuses is refused, a diagonal is a view")
  void einsum() {
    for (String e : new String[] {"ii", "ii->i"}) {
      assertError(
          ShapeException.class,
          "subscript i is repeated for operand 0 but the sizes don't match, 2 != 1",
          () -> Tensors.einsum(e, matrix(1, 2)));
    }
    assertError(
        ShapeException.class,
        "output subscript i appears more than once in the output",
        () -> Tensors.einsum("i->ii", tensor(1.0, 2.0)));
    assertError(
        ShapeException.class,
        "found '.' for operand 0 that is not part of any ellipsis",
        () -> Tensors.einsum("i.j", matrix(2, 2)));
    assertError(
        ShapeException.class,
        "found '.' for the output for which an ellipsis was already found",
        () -> Tensors.einsum("i->......", tensor(1.0, 2.0)));
    assertError(
        ShapeException.class,
        "fewer operands were provided than specified in the equation",
        () -> Tensors.einsum("i,j", tensor(1.0)));
    Tensor x = matrix(2, 2);
    Tensors.einsum("ii->i", x).fill_(9);
    assertArrayEquals(new float[] {9, 1, 2, 9}, x.toFloatArray());
    assertEquals(
        FLOAT64, Tensors.einsum("i,j->ij", x.select(0, 0), x.to(FLOAT64).select(0, 0)).dtype());
    assertEquals(INT64, Tensors.einsum("i->", tensor(true, true)).dtype());
  }

  @Test
  @DisplayName("an einsum that sums sizes of one is a tensor of its own")
  void sumOfOne() {
    Tensor x = matrix(1, 1).add(5);
    for (String e : new String[] {"ij->", "ij->i", "ii->"}) {
      Tensor sum = Tensors.einsum(e, x);
      sum.fill_(9);
      assertEquals(5, x.item(), e);
    }
    assertEquals("SumBackward1", nodeOf(Tensors.einsum("ij->", x.clone_().requiresGrad_())));
  }
}
