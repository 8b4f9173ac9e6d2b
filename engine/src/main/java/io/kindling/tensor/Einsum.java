package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Einstein summation. A label of size one vanishes at the start and comes back at the end, so that
 * it never has to be stretched. Operands are contracted from left to right: each pair becomes one
 * batched matrix product over the labels [shared and kept | only left | summed | only right], or,
 * where nothing is summed, a product of elements.
 */
final class Einsum {
  private Einsum() {}

  /** A tensor whose dimensions have labels; each label once. */
  private record Labelled(Tensor tensor, String labels) {}

  static Tensor einsum(String equation, Tensor... operands) {
    Arguments.given("einsum", "equation", equation);
    Arguments.noneNull(operands, "einsum", "operands");
    String text = equation.replaceAll("(?<!-) ", "");
    int arrow = text.indexOf("->");
    String[] terms = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (terms.length != operands.length) {
      throw new ShapeException(
          "einsum(): "
              + (operands.length == 0
                  ? "must provide at least one operand"
                  : (operands.length < terms.length ? "fewer" : "more")
                      + " operands were provided than specified in the equation")
              + ": \""
              + equation
              + "\" has "
              + terms.length
              + ", given were "
              + operands.length);
    }
    for (int i = 0; i < terms.length; i++) {
      checkSubscripts(equation, "operand " + i, terms[i]);
    }
    terms = spelledOut(equation, terms, operands);
    String output = implicitOutput(terms);
    if (arrow >= 0) {
      checkSubscripts(equation, "the output", text.substring(arrow + 2));
      output = withEllipsis(text.substring(arrow + 2), terms);
    }
    Map<Character, Long> sizes = sizes(equation, terms, operands);
    checkOutput(equation, output, sizes);
    boolean single = operands.length == 1;
    Labelled left = labelled(operands[0], terms[0], single ? output : "", single);
    for (int i = 1; i < operands.length; i++) {
      String later = output + String.join("", List.of(terms).subList(i + 1, terms.length));
      left = contract(left, labelled(operands[i], terms[i], "", false), later);
    }
    Tensor out = withOnes(sumAway(left, output), output, sizes);
    return out == operands[0] ? IndexOps.alias(out) : out;
  }

  private static void checkSubscripts(String equation, String where, String term) {
    String labels = term.replaceFirst("\\.\\.\\.", "");
    for (char c : labels.toCharArray()) {
      if (c == '.') {
        throw new ShapeException(
            "einsum(): found '.' for "
                + where
                + (labels.equals(term)
                    ? " that is not part of any ellipsis"
                    : " for which an ellipsis was already found")
                + " in \""
                + equation
                + "\"");
      }
      if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) {
        throw new ShapeException(
            "einsum(): invalid subscript given in the equation string, subscripts must be in"
                + " [a-zA-Z]; got '"
                + c
                + "' in \""
                + equation
                + "\"");
      }
    }
  }

  /** Each ellipsis becomes capital letters from the end, so that they broadcast right-aligned. */
  private static String[] spelledOut(String equation, String[] terms, Tensor[] operands) {
    String[] out = terms.clone();
    for (int i = 0; i < terms.length; i++) {
      int named = terms[i].replace("...", "").length();
      int extra = operands[i].dim() - named;
      boolean open = terms[i].contains("...");
      if (extra < 0 || (extra > 0 && !open)) {
        throw new ShapeException(
            "einsum(): the number of subscripts in the equation \""
                + equation
                + "\" ("
                + named
                + ") does not match the number of dimensions ("
                + operands[i].dim()
                + ") for operand "
                + i);
      }
      out[i] = terms[i].replace("...", ellipsis(extra));
    }
    return out;
  }

  /** Private-use characters: never a user's label, and sorted before none of them. */
  private static String ellipsis(int dims) {
    StringBuilder s = new StringBuilder();
    for (int d = dims; d > 0; d--) {
      s.append((char) ('\uE000' + d));
    }
    return s.toString();
  }

  private static int ellipsisRank(String[] terms) {
    int rank = 0;
    for (String t : terms) {
      rank = Math.max(rank, (int) t.chars().filter(c -> c >= '\uE000').count());
    }
    return rank;
  }

  private static String withEllipsis(String output, String[] terms) {
    return output.replace("...", ellipsis(ellipsisRank(terms)));
  }

  /** Labels that appear once, in alphabetical order, after the ellipsis. */
  private static String implicitOutput(String[] terms) {
    Map<Character, Integer> counts = new TreeMap<>();
    for (char c : String.join("", terms).toCharArray()) {
      counts.merge(c, 1, Integer::sum);
    }
    StringBuilder s = new StringBuilder(ellipsis(ellipsisRank(terms)));
    counts.forEach(
        (c, n) -> {
          if (n == 1 && c < '\uE000') {
            s.append(c);
          }
        });
    return s.toString();
  }

  private static Map<Character, Long> sizes(String equation, String[] terms, Tensor[] operands) {
    Map<Character, Long> sizes = new HashMap<>();
    for (int i = 0; i < terms.length; i++) {
      Map<Character, Long> own = new HashMap<>();
      for (int d = 0; d < terms[i].length(); d++) {
        char c = terms[i].charAt(d);
        long n = operands[i].size(d);
        long first = own.computeIfAbsent(c, k -> n);
        if (n != first) {
          throw new ShapeException(
              "einsum(): subscript "
                  + c
                  + " is repeated for operand "
                  + i
                  + " but the sizes don't match, "
                  + n
                  + " != "
                  + first
                  + " in \""
                  + equation
                  + "\"");
        }
        long have = sizes.getOrDefault(c, 1L);
        if (n != have && n != 1 && have != 1) {
          throw new ShapeException(
              "einsum(): subscript "
                  + c
                  + " has size "
                  + n
                  + " for operand "
                  + i
                  + " which does not broadcast with previously seen size "
                  + have
                  + " in \""
                  + equation
                  + "\"");
        }
        sizes.put(c, have == 1 ? n : have);
      }
    }
    return sizes;
  }

  private static void checkOutput(String equation, String output, Map<Character, Long> sizes) {
    for (int i = 0; i < output.length(); i++) {
      char c = output.charAt(i);
      String wrong =
          output.indexOf(c) < i
              ? " appears more than once in the output"
              : sizes.containsKey(c)
                  ? null
                  : " does not appear in the equation for any input operand";
      if (wrong != null) {
        throw new ShapeException(
            "einsum(): output subscript " + c + wrong + " in \"" + equation + "\"");
      }
    }
  }

  /**
   * A label that repeats walks its diagonal, and one of size one goes. In a sum of a single operand
   * only those of the output go: the others are summed, which makes a tensor of its own.
   */
  private static Labelled labelled(Tensor x, String labels, String output, boolean single) {
    Tensor t = x;
    StringBuilder s = new StringBuilder(labels);
    for (int d = 0; d < s.length(); d++) {
      int first = s.indexOf(String.valueOf(s.charAt(d)));
      if (t.size(d) == 1 && (!single || output.indexOf(s.charAt(d)) >= 0)) {
        t = t.squeeze(d);
        s.deleteCharAt(d--);
      } else if (first < d) {
        int again = d;
        t = ViewOps.part("DiagonalBackward0", t, l -> diagonal(l, first, again));
        s.deleteCharAt(d--);
      }
    }
    return new Labelled(t, s.toString());
  }

  /** Dimension {@code first} walks {@code again}, too, which goes. */
  private static Layout diagonal(Layout l, int first, int again) {
    long[] strides = l.strides();
    strides[first] += strides[again];
    long[] shape = l.shape();
    shape[again] = 1;
    return Layout.of(shape, strides, l.offset()).squeeze(again);
  }

  private static Labelled sumAway(Labelled x, String keep) {
    List<Integer> dims = new ArrayList<>();
    StringBuilder left = new StringBuilder();
    for (int d = 0; d < x.labels.length(); d++) {
      if (keep.indexOf(x.labels.charAt(d)) < 0) {
        dims.add(d);
      } else {
        left.append(x.labels.charAt(d));
      }
    }
    if (dims.isEmpty()) {
      return x;
    }
    int[] over = dims.stream().mapToInt(Integer::intValue).toArray();
    return new Labelled(x.tensor.sum(over), left.toString());
  }

  private static Tensor arrange(Labelled x, String output) {
    if (x.labels.equals(output)) {
      return x.tensor;
    }
    int[] order = output.chars().map(x.labels::indexOf).toArray();
    return x.tensor.permute(order);
  }

  /** The labels in the order of the output, those of size one put in. */
  private static Tensor withOnes(Labelled x, String output, Map<Character, Long> sizes) {
    StringBuilder labels = new StringBuilder();
    output.chars().filter(c -> !isOne(sizes, (char) c)).forEach(c -> labels.append((char) c));
    Tensor t = arrange(x, labels.toString());
    for (int d = 0; d < output.length(); d++) {
      t = isOne(sizes, output.charAt(d)) ? t.unsqueeze(d) : t;
    }
    return t;
  }

  private static boolean isOne(Map<Character, Long> sizes, char label) {
    return sizes.getOrDefault(label, 1L) == 1;
  }

  private static Labelled contract(Labelled a0, Labelled b0, String later) {
    Labelled a = sumAway(a0, later + b0.labels);
    Labelled b = sumAway(b0, later + a0.labels);
    StringBuilder batch = new StringBuilder();
    StringBuilder summed = new StringBuilder();
    StringBuilder onlyA = new StringBuilder();
    StringBuilder onlyB = new StringBuilder();
    for (char c : a.labels.toCharArray()) {
      boolean shared = b.labels.indexOf(c) >= 0;
      (!shared ? onlyA : later.indexOf(c) >= 0 ? batch : summed).append(c);
    }
    for (char c : b.labels.toCharArray()) {
      if (a.labels.indexOf(c) < 0) {
        onlyB.append(c);
      }
    }
    String labels = batch.toString() + onlyA + onlyB;
    if (summed.isEmpty()) {
      Tensor left = arrange(a, batch.toString() + onlyA);
      Tensor right = arrange(b, batch.toString() + onlyB);
      for (int i = 0; i < onlyB.length(); i++) {
        left = left.unsqueeze(-1);
      }
      for (int i = 0; i < onlyA.length(); i++) {
        right = right.unsqueeze(batch.length());
      }
      return new Labelled(left.mul(right), labels);
    }
    Map<Character, Long> sizes = new HashMap<>();
    for (Labelled x : List.of(a, b)) {
      for (int d = 0; d < x.labels.length(); d++) {
        sizes.put(x.labels.charAt(d), x.tensor.size(d));
      }
    }
    Tensor left = grouped(a, sizes, batch, onlyA, summed);
    Tensor right = grouped(b, sizes, batch, summed, onlyB);
    return new Labelled(left.bmm(right).reshape(shape(sizes, labels)), labels);
  }

  /** The tensor as {@code [batch, rows, columns]}, each a group of labels. */
  private static Tensor grouped(Labelled x, Map<Character, Long> sizes, CharSequence... groups) {
    long[] merged = new long[groups.length];
    for (int i = 0; i < groups.length; i++) {
      merged[i] = Shapes.numel(shape(sizes, groups[i]));
    }
    return arrange(x, String.join("", groups)).reshape(merged);
  }

  private static long[] shape(Map<Character, Long> sizes, CharSequence labels) {
    return labels.chars().mapToLong(c -> sizes.get((char) c)).toArray();
  }
}
