package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.device.Device;
import io.kindling.tensor.TensorFormat.Traits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A tensor and the text that PyTorch prints for it; {@code make_print_goldens.py} says the form.
 */
record PrintGolden(
    String name,
    DType dtype,
    Layout layout,
    ElementFormat.Elements elements,
    Traits traits,
    String text) {

  static List<PrintGolden> readAll() throws IOException {
    List<PrintGolden> out = new ArrayList<>();
    Map<String, String> fields = new HashMap<>();
    List<String> text = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    PrintGolden.class.getResourceAsStream("print-goldens.txt"),
                    "print-goldens.txt"),
                StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("|")) {
          text.add(line.substring(1));
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          String[] parts = line.split(" ", 2);
          fields.put(parts[0], parts.length == 2 ? parts[1] : "");
        } else if (!fields.isEmpty()) {
          out.add(of(fields, String.join("\n", text)));
          fields.clear();
          text.clear();
        }
      }
    }
    return out;
  }

  private static PrintGolden of(Map<String, String> fields, String text) {
    DType dtype = DType.valueOf(field(fields, "dtype").toUpperCase(Locale.ROOT));
    String shape = field(fields, "shape");
    Layout layout =
        Layout.contiguous(
            shape.isEmpty()
                ? new long[0]
                : Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray());
    String[] device = fields.getOrDefault("device", "cpu:-1").split(":");
    Traits traits =
        new Traits(
            new Device(device[0], Integer.parseInt(device[1])),
            fields.containsKey("requires_grad") || fields.containsKey("grad_fn"),
            fields.get("grad_fn"));
    return new PrintGolden(
        field(fields, "case"),
        dtype,
        layout,
        elements(dtype, field(fields, "values")),
        traits,
        text);
  }

  private static String field(Map<String, String> fields, String name) {
    return Objects.requireNonNull(fields.get(name), name);
  }

  private static ElementFormat.Elements elements(DType dtype, String spec) {
    String[] words = spec.split(" ");
    String[] rest = Arrays.copyOfRange(words, 1, words.length);
    switch (words[0]) {
      case "bits":
        return new Given(
            Arrays.stream(rest).mapToDouble(word -> fromBits(dtype, word)).toArray(), new long[0]);
      case "ints":
        return new Given(new double[0], Arrays.stream(rest).mapToLong(Long::parseLong).toArray());
      case "made":
        long[] p = Arrays.stream(rest).mapToLong(Long::parseLong).toArray();
        return new Made(dtype, p[0], p[1], p[2], p[3], (int) p[4]);
      default:
        throw new IllegalArgumentException(spec);
    }
  }

  private static double fromBits(DType dtype, String word) {
    long bits = Long.parseUnsignedLong(word, 16);
    return dtype == DType.FLOAT64
        ? Double.longBitsToDouble(bits)
        : Float.intBitsToFloat((int) bits);
  }

  private record Given(double[] reals, long[] integers) implements ElementFormat.Elements {
    @Override
    public double real(long position) {
      return reals[(int) position];
    }

    @Override
    public long integer(long position) {
      return integers[(int) position];
    }
  }

  private record Made(DType dtype, long a, long c, long m, long b, int s)
      implements ElementFormat.Elements {
    @Override
    public double real(long position) {
      return dtype.cast(Math.scalb((double) integer(position), s)).doubleValue();
    }

    @Override
    public long integer(long position) {
      return (a * position + c) % m - b;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
