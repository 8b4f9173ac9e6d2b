package io.kindling.device.formula;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.KindlingException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The formula of a kernel")
class FormulaTest {

  private static String cuda(String formula, DType type) {
    String text = CudaText.of("f", Formula.of(formula), type);
    return text.substring(text.indexOf("v0 = ") + 5, text.indexOf(";"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '"',
      value = {
        "a + b * c               => (x0 + (x1 * x2))",
        "a - b - c               => ((x0 - x1) - x2)",
        "-a * (b + 2)            => ((-x0) * (x1 + float(2)))",
        "a < b && c >= 0 || !a   => (((x0 < x1) & (x2 >= float(0))) | (x0 == float(0)))",
        "a ? b : c               => ((x0 != float(0)) ? x1 : x2)",
        "max(a, 0) + s*min(a, 0) => (k_max(x0, float(0)) + (float(s[0]) * k_min(x0, float(0))))",
        "1.5e-3 / sqrt(a)        => (float(0.0015) / sqrt(x0))",
        "(a != 0) ^ (b != 0)     => ((x0 != float(0)) ^ (x1 != float(0)))"
      })
  @DisplayName("binds as Java's operators do, and becomes CUDA's text")
  void binding(String formula, String expected) {
    assertEquals(expected, cuda(formula, DType.FLOAT32));
  }

  @Test
  @DisplayName("of several statements names what it computes, and may write over an input's name")
  void statements() {
    Formula sgd = Formula.of("p g", "p", "lr decay", "grad = g + decay * p; p = p - lr * grad");
    assertEquals(2, sgd.inputs());
    assertEquals(1, sgd.outputs());
    assertEquals(
        """
        KERNEL void sgd_double(double x0, double x1, const double* s, double* y0) {
          const double v0 = (x1 + (double(s[1]) * x0));
          const double v1 = (x0 - (double(s[0]) * v0));
          *y0 = v1;
        }
        """,
        CudaText.of("sgd", sgd, DType.FLOAT64));
  }

  @Test
  @DisplayName("tells which inputs may come as they lie in memory")
  void kinds() {
    Formula where = Formula.of("a ? b : c");
    assertTrue(where.readsTruth(0));
    assertFalse(where.readsTruth(1));
    assertTrue(where.selects(1) && where.selects(2));
    assertFalse(where.selects(0));
    assertFalse(Formula.of("a > 0 ? a : b").selects(0));
    assertTrue(Formula.of("a == b").givesTruth(0));
    assertFalse(Formula.of("a * (b > 0)").givesTruth(0));
  }

  @Test
  @DisplayName("says whether integers have it")
  void integers() {
    assertTrue(Formula.of("max(a, 0) - floor_divide(b, 2)").fitsIntegers());
    assertFalse(Formula.of("exp(a)").fitsIntegers());
    assertFalse(Formula.of("a / b").fitsIntegers());
    assertFalse(Formula.of("a * 0.5").fitsIntegers());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a +        | expected a number or a name at position 3",
        "a b        | expected an operator or ';' at position 2",
        "f(a)       | no function 'f' at position 2",
        "max(a)     | max takes 2, got 1 at position 6",
        "a + x      | no operand 'x' at position 5",
        "(a + b     | expected ')' at position 6",
        "a ? b      | expected ':' at position 5"
      })
  @DisplayName("that is wrong is an error that says where")
  void errors(String formula, String expected) {
    KindlingException e = assertThrows(KindlingException.class, () -> Formula.of(formula));
    assertEquals("formula \"" + formula + "\": " + expected, e.getMessage());
  }
}
