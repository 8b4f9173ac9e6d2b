package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Device;
import io.kindling.device.Strided;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Prints a tensor as PyTorch does with its default options. Of more than {@value #THRESHOLD}
 * elements only the {@value #EDGE_ITEMS} at either end of each dimension are read and shown.
 */
final class TensorFormat {
  private static final int THRESHOLD = 1000;
  private static final int EDGE_ITEMS = 3;
  private static final int LINE_WIDTH = 80;
  private static final String PREFIX = "tensor(";

  /**
   * What is printed behind the values.
   *
   * @param device where the tensor is
   * @param requiresGrad whether it takes gradients
   * @param gradFn the name of the operator that made it; null for a leaf
   */
  record Traits(Device device, boolean requiresGrad, @Nullable String gradFn) {}

  private final Layout layout;
  private final boolean summarize;
  private final ElementFormat format;

  private TensorFormat(DType dtype, Layout layout, ElementFormat.Elements elements) {
    this.layout = layout;
    this.summarize = layout.numel() > THRESHOLD;
    this.format = ElementFormat.of(dtype, elements, shown(0, 0).toArray());
  }

  static String format(Tensor t) {
    Node gradFn = t.gradFn();
    Traits traits = new Traits(t.device(), t.requiresGrad(), gradFn == null ? null : gradFn.name());
    boolean asItIs = t.dtype() == DType.BOOL || t.dtype() == DType.UINT8;
    DType read = asItIs ? t.dtype() : t.dtype().computeType();
    Strided data = t.detach().cpu().to(read).strided();
    return format(t.dtype(), data.layout(), inMemory(data), traits);
  }

  /** Prints elements that lie anywhere; the offset of {@code layout} does not count. */
  static String format(DType dtype, Layout layout, ElementFormat.Elements elements, Traits traits) {
    String values =
        layout.numel() == 0 ? "[]" : new TensorFormat(dtype, layout, elements).nested(0, 0);
    return withSuffixes(PREFIX + values, suffixes(dtype, layout, traits));
  }

  private static ElementFormat.Elements inMemory(Strided data) {
    DType dtype = data.dtype();
    float[] single = new float[1];
    double[] real = new double[1];
    long[] integer = new long[1];
    byte[] small = new byte[1];
    return new ElementFormat.Elements() {
      private <A> A at(long position, A one) {
        data.download(position * dtype.size(), one, 0, 1);
        return one;
      }

      @Override
      public double real(long position) {
        return dtype == DType.FLOAT32 ? at(position, single)[0] : at(position, real)[0];
      }

      @Override
      public long integer(long position) {
        return dtype == DType.INT64
            ? at(position, integer)[0]
            : Byte.toUnsignedLong(at(position, small)[0]);
      }
    };
  }

  // ---- values

  private boolean isCut(int dim) {
    return summarize && layout.size(dim) > 2 * EDGE_ITEMS;
  }

  /** The indices of {@code dim} that are shown. */
  private LongStream indices(int dim) {
    long n = layout.size(dim);
    return isCut(dim)
        ? LongStream.concat(LongStream.range(0, EDGE_ITEMS), LongStream.range(n - EDGE_ITEMS, n))
        : LongStream.range(0, n);
  }

  private LongStream shown(int dim, long position) {
    return dim == layout.rank()
        ? LongStream.of(position)
        : indices(dim).flatMap(i -> shown(dim + 1, position + i * layout.stride(dim)));
  }

  private String nested(int dim, long position) {
    if (dim == layout.rank()) {
      return format.padded(position);
    }
    boolean innermost = dim == layout.rank() - 1;
    List<String> items =
        indices(dim)
            .mapToObj(i -> nested(dim + 1, position + i * layout.stride(dim)))
            .collect(Collectors.toCollection(ArrayList::new));
    if (isCut(dim)) {
      items.add(EDGE_ITEMS, innermost ? " ..." : "...");
    }
    int indent = PREFIX.length() + dim;
    String newItem =
        "," + "\n".repeat(Math.max(1, layout.rank() - dim - 1)) + " ".repeat(indent + 1);
    return innermost
        ? "[" + String.join(newItem, lines(items, indent)) + "]"
        : "[" + String.join(newItem, items) + "]";
  }

  /** As many elements a line as fit, and at least one. */
  private List<String> lines(List<String> items, int indent) {
    int perLine = Math.max(1, (LINE_WIDTH - indent) / (format.width() + 2));
    List<String> lines = new ArrayList<>();
    for (int from = 0; from < items.size(); from += perLine) {
      lines.add(String.join(", ", items.subList(from, Math.min(items.size(), from + perLine))));
    }
    return lines;
  }

  // ---- suffixes

  private static List<String> suffixes(DType dtype, Layout layout, Traits traits) {
    List<String> out = new ArrayList<>();
    if (!traits.device().equals(Device.CPU)) {
      out.add("device='" + traits.device() + "'");
    }
    boolean empty = layout.numel() == 0;
    if (empty && layout.rank() != 1) {
      out.add(
          "size="
              + Arrays.stream(layout.shape())
                  .mapToObj(Long::toString)
                  .collect(Collectors.joining(", ", "(", ")")));
    }
    // Without an element to look at, a reader can tell no type but the default.
    boolean told = !empty && (dtype == DType.INT64 || dtype == DType.BOOL);
    if (dtype != DType.FLOAT32 && !told) {
      out.add("dtype=" + dtype);
    }
    if (traits.gradFn() != null) {
      out.add("grad_fn=<" + traits.gradFn() + ">");
    } else if (traits.requiresGrad()) {
      out.add("requires_grad=True");
    }
    return out;
  }

  private static String withSuffixes(String values, List<String> suffixes) {
    StringBuilder out = new StringBuilder(values);
    // Two more than the last line's length, as PyTorch counts it.
    int lineLength = values.length() - values.lastIndexOf('\n') + 1;
    for (String suffix : suffixes) {
      if (lineLength + suffix.length() + 2 > LINE_WIDTH) {
        out.append(",\n").append(" ".repeat(PREFIX.length())).append(suffix);
        lineLength = PREFIX.length() + suffix.length();
      } else {
        out.append(", ").append(suffix);
        lineLength += suffix.length() + 2;
      }
    }
    return out.append(')').toString();
  }
}
