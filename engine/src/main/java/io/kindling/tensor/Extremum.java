package io.kindling.tensor;

/**
 * What {@code max(dim)} and {@code min(dim)} find.
 *
 * @param values the extreme of each row
 * @param indices its position along the dimension, int64
 */
public record Extremum(Tensor values, Tensor indices) {}
