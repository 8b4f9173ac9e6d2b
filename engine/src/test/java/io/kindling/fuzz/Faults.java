package io.kindling.fuzz;

import static io.kindling.fuzz.Comparison.Kind.ALLOWED;
import static io.kindling.fuzz.Comparison.Kind.DTYPE;
import static io.kindling.fuzz.Comparison.Kind.REFUSED;
import static io.kindling.fuzz.Comparison.Kind.STRIDES;
import static io.kindling.fuzz.Comparison.Kind.VALUES;
import static io.kindling.fuzz.Known.fault;

import java.util.List;

/** Faults that are known. One that is mended fails the tests: take its entry out. */
final class Faults {
  private Faults() {}

  static final List<Known> ALL =
      List.of(
          fault(
              "a norm with p < 0 of no elements",
              ALLOWED,
              "norm",
              "does not have an identity",
              "v0 = float64 [0] DENSE {}",
              "v1 = norm(v0; -1.0, true, [])"),
          fault(
              "out= does not know the types and the memory that the operator refuses",
              ALLOWED,
              ".*Out",
              "Negation, the `-` operator, on a bool tensor|Found dtype|more than one element of the written",
              "v0 = bool [1] DENSE {1}",
              "v1 = negOut(v0, v0)"),
          fault(
                  "the derivative of a variance with fewer elements than its correction",
                  VALUES,
                  "gradient|second derivative",
                  "NaN",
                  "v0 = float64 [1] DENSE grad {1.0}",
                  "v1 = var(v0; 2, false, [0])",
                  "grads(v1; GRAD, 37)")
              .in("(var|std)"),
          fault(
              "a number beyond a half's range is refused where it is set through an index",
              REFUSED,
              "set.*Number",
              "cannot be converted to type .* without overflow",
              "v0 = float16 [1, 1] DENSE {-0.48}",
              "v1 = setNumber(v0; '-1:', 1099511627776)"),
          fault(
                  "one output channel is taken for row-major: the image's gradient is not channels-last",
                  STRIDES,
                  "gradient",
                  "",
                  "v0 = float32 [1, 3, 1, 2] CHANNELS_LAST grad {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}",
                  "v1 = float32 [1, 3, 1, 1] DENSE {-0.48, 0.53, 0.24}",
                  "v2 = conv2dUnbiased(v0, v1; [1, 1, 1, 1, 1, 1, 1, 1, 1])",
                  "grads(v2; RETAINED, 964)")
              .in("CHANNELS_LAST grad(.*\\n)*.*conv2d")
              .onOneDnn(),
          fault(
              "relu, sin, log1p and remainders lose the sign of zero",
              VALUES,
              "reciprocal|rsqrt|div.*|pow.*|floorDivide.*|remainder.*",
              "(?s)[^-]Infinity.*-Infinity|-Infinity.*[^-]Infinity",
              "v0 = float32 [1] DENSE {-0.0}",
              "v1 = sin(v0)",
              "v2 = reciprocal(v1)"),
          fault(
              "an exponent beyond 2^53 goes through double",
              VALUES,
              "powNumber_?",
              "torch\\.int64",
              "v0 = int64 [1] DENSE {-7}",
              "v1 = powNumber(v0; 9007199254740993)"),
          fault(
                  "a bound that is NaN lets the gradient through",
                  VALUES,
                  "gradient",
                  "",
                  "v0 = float64 [1] DENSE grad {-0.48}",
                  "v1 = clamp(v0; NaN, null)",
                  "grads(v1; GRAD, 899)")
              .in("clamp.*NaN"),
          fault(
              "a squared error of a 0-D target of a wider type",
              DTYPE,
              "mseLoss",
              "",
              "v0 = float32 [1] DENSE {1.0}",
              "v1 = float64 [] DENSE {1.0}",
              "v2 = mseLoss(v0, v1; 2)"),
          fault(
              "division of float32 and float16 by infinity",
              VALUES,
              "(floorDivide|remainder).*",
              "torch\\.b?float(16|32).*NaN",
              "v0 = float32 [2] DENSE {1.0, -1.0}",
              "v1 = remainderNumber(v0; Infinity)"),
          fault(
                  "products with infinities and zeros, twice",
                  VALUES,
                  "second derivative|gradient",
                  "NaN",
                  "v0 = float64 [4] DENSE grad {1.0, Infinity, -0.0, -0.0}",
                  "v1 = prodAll(v0)",
                  "grads(v1; GRAD, 857)")
              .in("prod"));
}
