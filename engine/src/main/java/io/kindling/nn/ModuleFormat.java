package io.kindling.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Prints module trees and the values in them as Python does. */
final class ModuleFormat {
  private ModuleFormat() {}

  static String tree(Module module) {
    ModuleTree.check(module);
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, Module> child : module.childEntries().entrySet()) {
      lines.add("(" + child.getKey() + "): " + indent(child.getValue().toString()));
    }
    return block(module, lines);
  }

  /** A list whose equal neighbours are printed once: {@code (0-2): 3 x ReLU()}. */
  static String list(Module module) {
    ModuleTree.check(module);
    List<String> lines = new ArrayList<>();
    List<String> texts = module.childEntries().values().stream().map(Module::toString).toList();
    int start = 0;
    while (start < texts.size()) {
      int end = start + 1;
      while (end < texts.size() && texts.get(end).equals(texts.get(start))) {
        end++;
      }
      int count = end - start;
      String head =
          count == 1 ? "(" + start + "): " : "(" + start + "-" + (end - 1) + "): " + count + " x ";
      lines.add(head + indent(texts.get(start)));
      start = end;
    }
    return block(module, lines);
  }

  private static String block(Module module, List<String> children) {
    String extra = module.extraRepr();
    if (children.isEmpty() && !extra.contains("\n")) {
      return module.typeName() + "(" + extra + ")";
    }
    List<String> lines = new ArrayList<>();
    if (!extra.isEmpty()) {
      lines.addAll(extra.lines().toList());
    }
    lines.addAll(children);
    return module.typeName() + "(\n  " + String.join("\n  ", lines) + "\n)";
  }

  private static String indent(String text) {
    return text.replace("\n", "\n  ");
  }

  static String bool(boolean value) {
    return value ? "True" : "False";
  }

  /** The shortest text that reads back as the number, in Python's notation: {@code 1e-05}. */
  static String number(double value) {
    for (int digits = 1; digits < 17; digits++) {
      String text = String.format(java.util.Locale.ROOT, "%." + (digits - 1) + "e", value);
      if (Double.parseDouble(text) == value) {
        return shorten(text, value);
      }
    }
    return Double.toString(value);
  }

  private static String shorten(String scientific, double value) {
    int exponent = Integer.parseInt(scientific.substring(scientific.indexOf('e') + 1));
    if (value == 0 || (exponent >= -4 && exponent < 16)) {
      String plain = new java.math.BigDecimal(scientific).toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    return scientific;
  }
}
