package io.kindling.device;

import io.kindling.core.DType;
import io.kindling.device.formula.Formula;

/**
 * A kernel over whole rows: a {@link Formula} that may also use what is one for a row ({@code
 * rowsum}, {@code rowmax}, ...), or the position of a row's extreme.
 */
public final class RowKernel {
  /** Which element of the first input is looked for; the first of equals, and NaN before all. */
  public enum Position {
    NONE,
    LARGEST,
    SMALLEST
  }

  private static final Formula NOTHING = Formula.of("a");

  private final String name;
  private final Formula formula;
  private final Position position;

  private RowKernel(String name, Formula formula, Position position) {
    this.name = name;
    this.formula = formula;
    this.position = position;
  }

  /** One output, a row as long as the inputs'. */
  public static RowKernel of(String name, String formula) {
    return new RowKernel(name, Formula.of(formula), Position.NONE);
  }

  /** No output but the int64 position. */
  public static RowKernel position(String name, Position position) {
    return new RowKernel(name, NOTHING, position);
  }

  /** Also the name by which a native library's faster form is looked up. */
  public String name() {
    return name;
  }

  public Formula formula() {
    return formula;
  }

  public Position position() {
    return position;
  }

  /** Whether it runs in this compute type: float32, float64 or int64. */
  public boolean runsIn(DType compute) {
    return compute.isFloatingPoint() || formula.fitsIntegers();
  }

  @Override
  public String toString() {
    return name;
  }
}
