package io.kindling.tensor;

import io.kindling.core.IndexException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One place of an index expression, as between the commas of {@code x[1:3, ..., None, -1]}. */
public sealed interface Index {
  /** A single position; its dimension disappears. */
  record At(long position) implements Index {}

  /** {@code start:end:step}; an open end is null. */
  record Range(@Nullable Long start, @Nullable Long end, long step) implements Index {}

  /** As many whole dimensions as are left over. */
  record Ellipsis() implements Index {}

  /** A new dimension of size one. */
  record NewAxis() implements Index {}

  /** A bool mask, or int64 positions. */
  record By(Tensor tensor) implements Index {}

  /** A whole dimension. */
  Index ALL = new Range(null, null, 1);

  Index ELLIPSIS = new Ellipsis();
  Index NEW_AXIS = new NewAxis();

  static Index at(long position) {
    return new At(position);
  }

  static Index range(long start, long end) {
    return new Range(start, end, 1);
  }

  static Index range(@Nullable Long start, @Nullable Long end, long step) {
    return new Range(start, end, step);
  }

  static Index by(Tensor tensor) {
    return new By(tensor);
  }

  static List<Index> of(long... positions) {
    List<Index> out = new ArrayList<>();
    for (long p : positions) {
      out.add(at(p));
    }
    return out;
  }

  /**
   * Reads PyTorch's notation without the brackets: {@code "1:3, ..., None, -1, ::2"}.
   *
   * @throws IndexException naming the part that is not an index
   */
  static List<Index> parse(String text) {
    List<Index> out = new ArrayList<>();
    for (String raw : text.split(",")) {
      String part = raw.trim();
      try {
        if (part.equals("...")) {
          out.add(ELLIPSIS);
        } else if (part.equals("None")) {
          out.add(NEW_AXIS);
        } else if (part.contains(":")) {
          String[] ends = part.split(":", -1);
          if (ends.length > 3) {
            throw new NumberFormatException();
          }
          Long step = ends.length == 3 ? number(ends[2]) : null;
          out.add(new Range(number(ends[0]), number(ends[1]), step == null ? 1 : step));
        } else {
          out.add(at(Long.parseLong(part)));
        }
      } catch (NumberFormatException e) {
        throw new IndexException(
            "not an index: '"
                + part
                + "' in \""
                + text
                + "\"; expected an integer, start:end:step, ... or None");
      }
    }
    return out;
  }

  private static @Nullable Long number(String text) {
    return text.isBlank() ? null : Long.valueOf(text.trim());
  }
}
