package io.kindling.fuzz;

import io.kindling.core.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Steps one after another; {@link #parse} reads what {@link #toString} writes. */
record Program(List<Step> steps) {
  private static final Pattern LEAF =
      Pattern.compile(
          "v(\\d+) = (\\w+) \\[(.*?)\\] (\\w+)( grad)? (?:\\{(.*)}|(\\w+)\\((-?\\d+)\\))");
  private static final Pattern CALL = Pattern.compile("v(\\d+) = (\\w+)\\(([^;]*?)(?:; (.*))?\\)");
  private static final Pattern GRADS = Pattern.compile("grads\\((.*); (\\w+), (-?\\d+)\\)");
  private static final Pattern LITERAL = Pattern.compile("'([^']*)'|\\[([^\\]]*)]|([^,\\s]+)");

  static Program parse(String text) {
    return new Program(
        text.lines().map(String::strip).filter(l -> !l.isEmpty()).map(Program::step).toList());
  }

  private static Step step(String line) {
    Matcher m = LEAF.matcher(line);
    if (m.matches()) {
      List<Number> given =
          m.group(6) == null
              ? null
              : words(m.group(6)).stream().map(w -> (Number) literal(w)).toList();
      Data data =
          given == null
              ? new Data(Data.Kind.valueOf(m.group(7)), Long.parseLong(m.group(8)), null)
              : new Data(Data.Kind.PLAIN, 0, given);
      return new Step.Leaf(
          Integer.parseInt(m.group(1)),
          DType.valueOf(m.group(2).toUpperCase(Locale.ROOT)),
          longs(m.group(3)),
          Arrangement.valueOf(m.group(4)),
          m.group(5) != null,
          data);
    }
    m = CALL.matcher(line);
    if (m.matches()) {
      return new Step.Call(
          Integer.parseInt(m.group(1)), m.group(2), variables(m.group(3)), params(m.group(4)));
    }
    m = GRADS.matcher(line);
    if (m.matches()) {
      return new Step.Grads(
          variables(m.group(1)), Step.Mode.valueOf(m.group(2)), Long.parseLong(m.group(3)));
    }
    throw new IllegalArgumentException("not a step: " + line);
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(",")).map(String::strip).filter(w -> !w.isEmpty()).toList();
  }

  private static long[] longs(String text) {
    return words(text).stream().mapToLong(Long::parseLong).toArray();
  }

  private static List<Integer> variables(String text) {
    return words(text).stream().map(w -> Integer.valueOf(w.substring(1))).toList();
  }

  private static List<@Nullable Object> params(@Nullable String text) {
    List<@Nullable Object> out = new ArrayList<>();
    Matcher m = LITERAL.matcher(text == null ? "" : text);
    while (m.find()) {
      if (m.group(1) != null) {
        out.add(m.group(1));
      } else {
        out.add(m.group(2) != null ? longs(m.group(2)) : literal(m.group(3)));
      }
    }
    return out;
  }

  private static @Nullable Object literal(String word) {
    switch (word) {
      case "null":
        return null;
      case "true":
      case "false":
        return Boolean.valueOf(word);
      default:
    }
    for (DType d : DType.values()) {
      if (d.torchName().equals(word)) {
        return d;
      }
    }
    if (word.matches("-?\\d+")) {
      return Long.valueOf(word);
    }
    return word.matches("[A-Z]+") ? word : Double.valueOf(word);
  }

  @Override
  public String toString() {
    return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
  }
}
