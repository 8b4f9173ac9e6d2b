package io.kindling.fuzz;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rare cases, each as a program that libtorch runs too. */
@DisplayName("As libtorch")
class AgreementTest {
  private static Arguments row(String name, String... program) {
    return Arguments.of(name, String.join("\n", program));
  }

  static Stream<Arguments> programs() {
    return Stream.of(
            arithmetic(), signsOfZero(), quotientsOfZero(), reductions(), writes(), losses())
        .flatMap(s -> s);
  }

  private static Stream<Arguments> arithmetic() {
    return Stream.of(
        row(
            "an exponent that a double does not hold",
            "v0 = int64 [3] DENSE {-7, 3, 2}",
            "v1 = powNumber(v0; 9007199254740993)",
            "v2 = powNumber_(v0; 9007199254740993)"),
        row(
            "a root as a power, of -0 and -infinity",
            "v0 = float32 [3] DENSE grad {-0.0, -Infinity, 4.0}",
            "v1 = powNumber(v0; 0.5)",
            "v2 = powNumber(v0; -0.5)",
            "grads(v1, v2; GRAD, 3)"),
        row(
            "NaN as the lower bound of a clamp lets no gradient through",
            "v0 = float64 [2] DENSE grad {-0.48, 2.0}",
            "v1 = clamp(v0; NaN, null)",
            "grads(v1; GRAD, 899)"),
        row(
            "NaN as the upper bound of a clamp lets no gradient through",
            "v0 = float32 [2] DENSE grad {-0.48, 2.0}",
            "v1 = clamp(v0; null, NaN)",
            "grads(v1; GRAD, 899)"),
        row(
            "float32 over infinity: the remainder is the dividend or the infinity",
            "v0 = float32 [2] DENSE {1.0, -1.0}",
            "v1 = remainderNumber(v0; Infinity)",
            "v2 = remainderNumber(v0; -Infinity)"),
        row(
            "float32 over infinity: the quotient is 0 or -1",
            "v0 = float32 [2] DENSE {1.0, -1.0}",
            "v1 = floorDivideNumber(v0; Infinity)",
            "v2 = floorDivideNumber(v0; -Infinity)"),
        row(
            "float16 over infinity",
            "v0 = float16 [2] DENSE {1.0, -1.0}",
            "v1 = remainderNumber(v0; Infinity)",
            "v2 = floorDivideNumber(v0; -Infinity)"),
        row(
            "infinity over float32 and over zero",
            "v0 = float32 [4] DENSE {Infinity, -Infinity, 1.0, 0.0}",
            "v1 = float32 [4] DENSE {3.0, 0.0, 0.0, 0.0}",
            "v2 = remainder(v0, v1)",
            "v3 = floorDivide(v0, v1)"));
  }

  private static Stream<Arguments> signsOfZero() {
    return Stream.of("sin", "log1p", "tanh", "erf", "sqrt")
        .flatMap(op -> Stream.of("float32", "float64").map(type -> signOfZero(type, op)));
  }

  private static Arguments signOfZero(String type, String op) {
    return row(
        "the sign of zero after " + op + " of " + type,
        "v0 = " + type + " [3] DENSE {-0.0, 0.0, -0.0}",
        "v1 = " + op + "(v0)",
        "v2 = reciprocal(v1)");
  }

  private static Stream<Arguments> quotientsOfZero() {
    return Stream.of("remainder", "floorDivide")
        .flatMap(
            op ->
                Stream.of("float32", "float64", "float16")
                    .map(
                        type ->
                            row(
                                "the sign of zero after " + op + " of " + type,
                                "v0 = " + type + " [6] DENSE {-0.0, 0.0, -0.0, 0.0, -6.0, 6.0}",
                                "v1 = " + type + " [6] DENSE {3.0, 3.0, -3.0, -3.0, 3.0, -3.0}",
                                "v2 = " + op + "(v0, v1)",
                                "v3 = reciprocal(v2)")));
  }

  private static Stream<Arguments> reductions() {
    return Stream.of(
        row(
            "a norm of negative order of no elements",
            "v0 = float64 [0] DENSE {}",
            "v1 = norm(v0; -1.0, true, [])"),
        row(
            "a norm of negative order over a dimension that is not empty",
            "v0 = float64 [0, 3] DENSE {}",
            "v1 = norm(v0; -1.0, false, [1])"),
        row(
            "a variance over dimensions with fewer elements than its correction",
            "v0 = float64 [1] DENSE grad {1.0}",
            "v1 = var(v0; 2, false, [0])",
            "grads(v1; GRAD, 37)"),
        row(
            "a deviation whose square is beyond float32",
            "v0 = float32 [3] DENSE {1.0E30, 1.0, -1.0E30}",
            "v1 = std(v0; 1, false, [0])"),
        row(
            "a product of zeros and an infinity",
            "v0 = float64 [4] DENSE grad {1.0, Infinity, -0.0, -0.0}",
            "v1 = prodAll(v0)",
            "grads(v1; GRAD, 857)"));
  }

  private static Stream<Arguments> writes() {
    return Stream.of(
        row(
            "out= of an operator that refuses truth values",
            "v0 = bool [1] DENSE {1}",
            "v1 = negOut(v0, v0)"),
        row(
            "out= of an operator that keeps the type",
            "v0 = float32 [1] DENSE {1}",
            "v1 = int32 [1] DENSE {1}",
            "v2 = negOut(v0, v1)"),
        row(
            "a number beyond a half's range set through an index",
            "v0 = float16 [1, 1] DENSE {-0.48}",
            "v1 = setNumber(v0; '-1:', 1099511627776)"));
  }

  private static Stream<Arguments> losses() {
    return Stream.of(
        row(
            "a squared error of a 0-D target of a wider type",
            "v0 = float32 [1] DENSE {1.0}",
            "v1 = float64 [] DENSE {1.0}",
            "v2 = mseLoss(v0, v1; 2)"),
        row(
            "the gradient of a channels-last image under one output channel",
            "v0 = float32 [1, 3, 1, 2] CHANNELS_LAST grad {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}",
            "v1 = float32 [1, 3, 1, 1] DENSE {-0.48, 0.53, 0.24}",
            "v2 = conv2dUnbiased(v0, v1; [1, 1, 1, 1, 1, 1, 1, 1, 1])",
            "grads(v2; RETAINED, 964)"),
        row(
            "a number without dimensions beyond the type of what it fills",
            "v0 = int16 [1] DENSE {2}",
            "v1 = bool [1] DENSE {1}",
            "v2 = int64 [] DENSE {-2147483648}",
            "v3 = maskedFill(v0, v1, v2)"),
        row(
            "what is contiguous in any order goes on in rows",
            "v0 = float64 [1, 1, 1, 2] CHANNELS_LAST {-0.48, 0.53}",
            "v1 = abs(v0)",
            "v2 = expand(v1; [-1, -1, 3, -1])",
            "v3 = rsqrt(v2)"),
        row(
            "an index that changes after it said where to add a constant",
            "v0 = float64 [1] DENSE grad {-0.48}",
            "v1 = int64 [1] DENSE {0}",
            "v2 = float64 [1] DENSE {-0.48}",
            "v3 = scatterAdd(v0, v1, v2; 0)",
            "v4 = addOut(v1, v1, v1)",
            "grads(v3; GRAD, 671)"),
        row(
            "the gradient of an image whose channels lie innermost",
            "v0 = float32 [1, 2, 1, 2] REVERSED grad {-0.48, 0.53, 0.24, 0.66}",
            "v1 = float32 [1, 2, 1, 1] DENSE {-0.48, 0.53}",
            "v2 = conv2dUnbiased(v0, v1; [3, 2, 1, 1, 1, 0, 1, 1, 1])",
            "grads(v2; BACKWARD, 211)"),
        row(
            "repeated columns are contiguous",
            "v0 = float32 [2, 3] DENSE {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}",
            "v1 = t(v0)",
            "v2 = repeat(v1; [2, 1])",
            "v3 = view(v2; [12])"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  @DisplayName("A16 rare cases: ")
  void agrees(String name, String program) {
    assertNull(Comparison.run(Program.parse(program)), name);
  }
}
