package io.kindling.tensor;

import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Einstein summation. Operands are contracted from left to right; each pair becomes one batched
 * matrix product over the labels [shared and kept | only left | summed | only right].
 */
final class Einsum {
  private Einsum() {}

  /** A tensor whose dimensions have labels; each label once. */
  private record Labelled(Tensor tensor, String labels) {}

  static Tensor einsum(String equation, Tensor... operands) {
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    String[] terms = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (terms.length != operands.length) {
      throw new ShapeException(
          "einsum(): the equation \""
              + equation
              + "\" has "
              + terms.length
              + " operands, but "
              + operands.length
              + " were given");
    }
    checkSubscripts(equation, text);
    terms = spelledOut(equation, terms, operands);
    String output =
        arrow < 0 ? implicitOutput(terms) : withEllipsis(text.substring(arrow + 2), terms);
    checkSizes(equation, terms, operands, output);
    Labelled left = diagonal(operands[0], terms[0]);
    for (int i = 1; i < operands.length; i++) {
      String later = output + String.join("", List.of(terms).subList(i + 1, terms.length));
      left = contract(left, diagonal(operands[i], terms[i]), later);
    }
    return arrange(sumAway(left, output), output);
  }

  private static void checkSubscripts(String equation, String text) {
    String labels = text.replace("...", "").replace("->", "").replace(",", "");
    for (char c : labels.toCharArray()) {
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

  private static void checkSizes(
      String equation, String[] terms, Tensor[] operands, String output) {
    Map<Character, Long> sizes = new HashMap<>();
    for (int i = 0; i < terms.length; i++) {
      for (int d = 0; d < terms[i].length(); d++) {
        long n = operands[i].size(d);
        long have = sizes.getOrDefault(terms[i].charAt(d), 1L);
        if (n != have && n != 1 && have != 1) {
          throw new ShapeException(
              "einsum(): subscript "
                  + terms[i].charAt(d)
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
        sizes.put(terms[i].charAt(d), Math.max(n == 0 ? 0 : n, have == 1 ? n : have));
      }
    }
    for (char c : output.toCharArray()) {
      if (!sizes.containsKey(c)) {
        throw new ShapeException(
            "einsum(): output subscript "
                + c
                + " does not appear in the equation for any input"
                + " operand");
      }
    }
  }

  /** A label that repeats within an operand walks its diagonal. */
  private static Labelled diagonal(Tensor x, String labels) {
    Tensor t = x;
    StringBuilder s = new StringBuilder(labels);
    for (int d = 0; d < s.length(); d++) {
      int again = s.indexOf(String.valueOf(s.charAt(d)), d + 1);
      if (again > 0) {
        long n = t.size(d);
        long[] shape = t.shape();
        shape[again] = 1;
        long[] ones = new long[t.dim()];
        java.util.Arrays.fill(ones, 1);
        ones[d] = n;
        Tensor at = Tensors.arange(n).to(t.device()).reshape(ones).expand(shape);
        t = t.gather(again, at).squeeze(again);
        s.deleteCharAt(again);
        d--;
      }
    }
    return new Labelled(t, s.toString());
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
    int[] order = new int[output.length()];
    for (int i = 0; i < order.length; i++) {
      order[i] = x.labels.indexOf(output.charAt(i));
    }
    return order.length == 0 ? x.tensor : x.tensor.permute(order);
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
    Map<Character, Long> sizes = new HashMap<>();
    for (Labelled x : List.of(a, b)) {
      for (int d = 0; d < x.labels.length(); d++) {
        sizes.merge(x.labels.charAt(d), x.tensor.size(d), (m, n) -> m == 1 ? n : m);
      }
    }
    Tensor left = grouped(a, sizes, batch, onlyA, summed);
    Tensor right = grouped(b, sizes, batch, summed, onlyB);
    String labels = batch.toString() + onlyA + onlyB;
    long[] shape = labels.chars().mapToLong(c -> sizes.get((char) c)).toArray();
    return new Labelled(left.bmm(right).reshape(shape), labels);
  }

  /** The tensor as {@code [batch, rows, columns]}, each a group of labels. */
  private static Tensor grouped(Labelled x, Map<Character, Long> sizes, CharSequence... groups) {
    String order = String.join("", groups);
    long[] full = order.chars().mapToLong(c -> sizes.get((char) c)).toArray();
    long[] merged = new long[groups.length];
    for (int i = 0; i < groups.length; i++) {
      merged[i] = Shapes.numel(groups[i].chars().mapToLong(c -> sizes.get((char) c)).toArray());
    }
    return arrange(x, order).expand(full).reshape(merged);
  }
}
