package io.kindling.fuzz;

import static io.kindling.fuzz.Comparison.Kind.ALLOWED;
import static io.kindling.fuzz.Comparison.Kind.REFUSED;
import static io.kindling.fuzz.Comparison.Kind.REQUIRES_GRAD;
import static io.kindling.fuzz.Comparison.Kind.UNTYPED;
import static io.kindling.fuzz.Comparison.Kind.VALUES;
import static io.kindling.fuzz.Known.accepted;

import java.util.List;

/** Differences that are meant. An entry that no longer shows fails the tests: take it out. */
final class Differences {
  private Differences() {}

  static final List<Known> ALL =
      List.of(
          accepted(
              "Java's own error for a division of integers by zero",
              UNTYPED,
              "(floorDivide|remainder).*",
              "ArithmeticException: ZeroDivisionError",
              "v0 = int64 [1] DENSE {1}",
              "v1 = floorDivideNumber(v0; 0)"),
          accepted(
              "an operand that shares memory with the target is read before it is written",
              ALLOWED,
              ".*(_|Out)|set",
              "some elements of the input tensor and the written-to tensor refer to a single",
              "v0 = float64 [2, 2] DENSE {1, 2, 3, 4}",
              "v1 = t(v0)",
              "v2 = gtOut(v0, v1, v0)"),
          accepted(
              "what a derivative reads was kept, PyTorch only finds that it was overwritten",
              ALLOWED,
              "gradient|second derivative",
              "modified by an inplace operation",
              "v0 = float64 [1] DENSE grad {2.0}",
              "v1 = mulNumber(v0; 1)",
              "v2 = mul_(v1, v1)",
              "grads(v2; GRAD, 1)"),
          accepted(
              "libtorch has a result of one dimension at hand here and refuses its own",
              ALLOWED,
              "logsumexp",
              "doesn't match the broadcast shape \\[1",
              "v0 = float64 [1] DENSE {1.0}",
              "v1 = logsumexp(v0; false, [])"),
          accepted(
              "a second derivative that is zero everywhere",
              ALLOWED,
              "second derivative",
              "its data is not allocated yet",
              "v0 = float64 [2] DENSE grad {1.0, 2.0}",
              "v1 = abs(v0)",
              "grads(v1; TWICE, 1)"),
          accepted(
              "deprecated in PyTorch",
              REFUSED,
              "mT",
              "out of range",
              "v0 = float64 [] DENSE {1.0}",
              "v1 = mT(v0)"),
          accepted(
              "an integer tensor cannot require gradients",
              REQUIRES_GRAD,
              "set|copy_",
              "torch\\.(bool|u?int\\d+).*\n.*requires grad",
              "v0 = int8 [2, 2] DENSE {1, 2}",
              "v1 = float64 [] DENSE grad {1.0}",
              "v2 = set(v0, v1; '0, :')"),
          accepted(
              "on no elements libtorch does not look at the types",
              REFUSED,
              "mm|bmm|matmul|addmm|linear.*|conv2d.*|softmax|logSoftmax|mseLoss|scatter.*|gather",
              "\\[]$|Expected dtype int64 for index",
              "v0 = uint8 [0] DENSE {}",
              "v1 = softmax(v0; 0, false)"),
          accepted(
              "a copy of an expanded tensor to itself; libtorch does nothing",
              REFUSED,
              "copy_",
              "refers to a single memory location",
              "v0 = float64 [2] EXPANDED {1.0, 1.0}",
              "v1 = copy_(v0, v0)"),
          accepted(
              "C++ leaves open what a float beyond an integer type's range becomes",
              VALUES,
              "to|copy_|.*Out|set.*|cat|stack",
              "torch\\.u?int",
              "v0 = float64 [2] DENSE {1.0E30, NaN}",
              "v1 = to(v0; int16)"),
          accepted(
              "no derivative in PyTorch where the types differ",
              ALLOWED,
              "gradient|second derivative",
              "Found dtype \\w+ but expected",
              "v0 = float32 [1] DENSE {1.0}",
              "v1 = float64 [1] DENSE grad {2.0}",
              "v2 = mseLoss(v0, v1; 0)",
              "grads(v2; GRAD, 2)"),
          accepted(
              "the graph holds nothing that the first backward freed",
              ALLOWED,
              "gradient|second derivative",
              "backward through the graph a second time",
              "v0 = float64 [1, 1] DENSE {1.0}",
              "v1 = float64 [1, 1] DENSE grad {1.0}",
              "v2 = copy_(v0, v1)",
              "v3 = float64 [] DENSE {1.0}",
              "v4 = set(v2, v3; '0, :1:2')",
              "grads(v2, v4; BACKWARD, 115)"),
          accepted(
                  "weights that are no numbers meet the zeros beside the image",
                  VALUES,
                  "gradient|second derivative|conv2d.*",
                  "NaN",
                  "v0 = float64 [1, 4, 1, 1] DENSE grad {1.0}",
                  "v1 = float64 [2, 2, 3, 2] DENSE {0.0, 0.001, 1.5, 0.0, -0.0, Infinity, 65504.0}",
                  "v2 = conv2dUnbiased(v0, v1; [3, 2, 1, 1, 1, 1, 1, 1, 2])",
                  "grads(v2; GRAD, 887)")
              .in("conv2d"),
          accepted(
              "libtorch saved a copy of strided classes, and does not see that they changed",
              REFUSED,
              "v-1",
              "saved by (Nll|CrossEntropy)",
              "v0 = float64 [1, 3, 2] DENSE grad {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}",
              "v1 = int64 [1, 2] STEPPED {2, 1}",
              "v2 = crossEntropy(v0, v1; -100, 2, 0.1)",
              "v3 = fill_(v1; 0)",
              "grads(v2; GRAD, 302)"),
          accepted(
              "a bias of another type, where PyTorch adds it apart",
              REFUSED,
              "linear",
              "self and mat2 must have the same dtype",
              "v0 = float64 [1, 1, 5] DENSE {1.0}",
              "v1 = float64 [3, 5] DENSE {1.0}",
              "v2 = int32 [3] EXPANDED {2}",
              "v3 = linear(v0, v1, v2)"),
          accepted(
                  "erf of float32 is exact, in libtorch to 1e-7",
                  VALUES,
                  ".*",
                  "",
                  "v0 = float32 [4] DENSE {0.5, -0.0, 0.001, 100.0}",
                  "v1 = erf(v0)",
                  "v2 = powNumber(v1; -2)")
              .in("= erf"),
          accepted(
              "a size of -1 for a new dimension, which libtorch takes",
              REFUSED,
              "expand",
              "The expanded size of the tensor \\(-1\\)",
              "v0 = float64 [] DENSE {1.0}",
              "v1 = expand(v0; [0, -1, -1])"),
          accepted(
                  "a target that is a view of an operand: libtorch writes it while it reads",
                  VALUES,
                  ".*_|.*Out|set",
                  "",
                  "v0 = float64 [5, 5] STEPPED PLAIN(932)",
                  "v1 = mT(v0)",
                  "v2 = gtOut(v1, v1, v0)")
              .in("v(\\d+) = \\w+\\(v(\\d+)[^\\n]*\\n(.*\\n)*v\\d+ = \\w+\\(v\\1, .*v\\2"),
          accepted(
              "a product that overflows on the way, in another order",
              VALUES,
              "prod|prodAll",
              "NaN|Infinity",
              "v0 = bfloat16 [1, 4, 3] DENSE {0, 2, 2, 1, 1, 1, 1, 0, 2, 0, 2, 2}",
              "v1 = addAlpha_(v0, v0; 1099511627776)",
              "v2 = prodAll(v1)"),
          accepted(
                  "a norm that is NaN",
                  VALUES,
                  "gradient|second derivative",
                  "NaN",
                  "v0 = float64 [1, 1, 2, 1] DENSE {-0.48, 0.53}",
                  "v1 = mulNumber(v0; NaN)",
                  "v2 = float64 [1, 1, 1, 1] DENSE grad {-0.48}",
                  "v3 = mul_(v1, v2)",
                  "v4 = norm(v3; Infinity, true, [0, 2, -3, 3])",
                  "grads(v4; TWICE, 943)")
              .in("norm"),
          accepted(
                  "a part of the target is read before the target is written, in PyTorch meanwhile",
                  VALUES,
                  ".*_|.*Out|set",
                  "",
                  "v0 = float64 [2, 3] DENSE {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}",
                  "v1 = narrow(v0; 1, 1, 1)",
                  "v2 = sub_(v0, v1)")
              .in("v(\\d+) = \\w+\\(v(\\d+)[^\\n]*\\n(.*\\n)*v\\d+ = \\w+\\(v\\2, .*v\\1"),
          accepted(
                  "the gradient of a leaf whose elements share memory, which was written meanwhile",
                  VALUES,
                  "gradient",
                  "",
                  "v0 = float64 [3] EXPANDED grad {-0.48, 0.53, 0.24}",
                  "v1 = detach(v0)",
                  "v2 = reshape(v0; [3])",
                  "v3 = zero_(v1)",
                  "grads(v2; RETAINED, 978)")
              .in("EXPANDED grad(.*\\n)*.*= detach"),
          accepted(
              "a number is written through a uint8 mask, for which libtorch refuses its own",
              ALLOWED,
              "set",
              "masked_fill_ only supports boolean masks, but got mask with dtype unsigned char",
              "v0 = float64 [0] DENSE {}",
              "v1 = uint8 [0] DENSE {}",
              "v2 = float64 [] DENSE {-0.48}",
              "v3 = set(v0, v1, v2; '$')"),
          accepted(
                  "the larger of 0 and -0 is 0; in PyTorch it is one of the operands",
                  VALUES,
                  "reciprocal|rsqrt|div.*|pow.*|floorDivide.*|remainder.*",
                  "(?s)[^-]Infinity.*-Infinity|-Infinity.*[^-]Infinity",
                  "v0 = float32 [1] DENSE {-0.0}",
                  "v1 = relu(v0)",
                  "v2 = reciprocal(v1)")
              .in("relu|clamp|max|min|leakyRelu"),
          accepted(
              "where it fills one element or none, libtorch does not look at a half's range",
              REFUSED,
              "newFull|fullLike|fill_|scatter_",
              "cannot be converted to type c10::\\w+ without overflow",
              "v0 = float16 [] DENSE {-0.48}",
              "v1 = fullLike(v0; 1099511627776)"),
          accepted(
              "the gradient of a weight that is not dense",
              ALLOWED,
              "gradient",
              "slow_conv2d: grad_weight must be contiguous",
              "v0 = float64 [1, 3, 1, 1] CHANNELS_LAST {-0.48, 0.53, 0.24}",
              "v1 = float64 [1, 3, 2, 1] REVERSED grad {-0.48, 0.53, 0.24, 0.66, -0.48, 1.53}",
              "v2 = float64 [1] DENSE {-0.48}",
              "v3 = conv2d(v0, v1, v2; [3, 1, 1, 1, 1, 1, 1, 1, 1])",
              "grads(v3; GRAD, 602)"));
}
