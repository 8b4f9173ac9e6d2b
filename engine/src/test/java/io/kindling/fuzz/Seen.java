package io.kindling.fuzz;

import io.kindling.core.DType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one side shows of a tensor at one point of a program, or how it refused.
 *
 * @param step the index of the step
 * @param what of which variable
 * @param refusal the error, or null; for a gradient that is absent {@link #ABSENT}
 * @param typed whether the error is one that users are promised
 * @param values {@code double[]} or {@code long[]}
 */
record Seen(
    int step,
    String what,
    @Nullable String refusal,
    boolean typed,
    @Nullable DType dtype,
    long[] shape,
    long[] strides,
    boolean requiresGrad,
    boolean leaf,
    @Nullable Object values) {
  static final String ABSENT = "no gradient";

  static Seen refused(int step, String what, String error, boolean typed) {
    String first = error.lines().findFirst().orElse("");
    return new Seen(step, what, first, typed, null, new long[0], new long[0], false, false, null);
  }

  /** Not a variable of the program. */
  boolean isGradient() {
    return !what.startsWith("v");
  }

  /** The greatest finite magnitude among its elements, none of an integer's. */
  double largest() {
    double out = 0;
    for (int i = 0; values instanceof double[] && i < size(); i++) {
      double v = Math.abs(at(i));
      out = v <= Double.MAX_VALUE ? Math.max(out, v) : out;
    }
    return out;
  }

  boolean isAbsent() {
    return ABSENT.equals(refusal);
  }

  boolean isZero() {
    for (int i = 0; refusal == null && i < size(); i++) {
      if (at(i) != 0) {
        return false;
      }
    }
    return refusal == null || isAbsent();
  }

  int size() {
    return values instanceof double[] d ? d.length : ((long[]) values).length;
  }

  double at(int i) {
    return values instanceof double[] d ? d[i] : ((long[]) values)[i];
  }

  @Override
  public String toString() {
    if (refusal != null) {
      return refusal;
    }
    String text =
        values instanceof double[] d ? Arrays.toString(d) : Arrays.toString((long[]) values);
    return dtype
        + " "
        + Arrays.toString(shape)
        + " strides "
        + Arrays.toString(strides)
        + (requiresGrad ? leaf ? " leaf, requires grad " : " requires grad " : " ")
        + (text.length() > 400 ? text.substring(0, 400) + "..." : text);
  }
}
