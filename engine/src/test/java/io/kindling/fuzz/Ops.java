package io.kindling.fuzz;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** All operators by name. */
final class Ops {
  private static final Map<String, Op> ALL = new LinkedHashMap<>();

  static {
    List<Op> all = new ArrayList<>();
    all.addAll(Pointwise.ops());
    all.addAll(Writes.ops());
    all.addAll(Views.ops());
    all.addAll(Indices.ops());
    all.addAll(Reductions.ops());
    all.addAll(Products.ops());
    all.addAll(Layers.ops());
    for (Op op : all) {
      if (ALL.put(op.name(), op) != null) {
        throw new IllegalStateException("two operators are called " + op.name());
      }
    }
  }

  private Ops() {}

  static Op get(String name) {
    return Objects.requireNonNull(ALL.get(name), name);
  }

  static List<Op> all() {
    return List.copyOf(ALL.values());
  }
}
