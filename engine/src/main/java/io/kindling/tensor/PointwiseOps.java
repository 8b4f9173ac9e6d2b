package io.kindling.tensor;

import io.kindling.core.KindlingException;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** All elementwise operators by name: what the tables declare, found by looking at them. */
final class PointwiseOps {
  private static final Map<String, PointwiseOp> ALL = collect();

  private PointwiseOps() {}

  private static Map<String, PointwiseOp> collect() {
    Map<String, PointwiseOp> all = new TreeMap<>();
    for (Class<?> table : new Class<?>[] {ArithmeticOps.class, MathOps.class, CompareOps.class}) {
      for (Field f : table.getDeclaredFields()) {
        if (f.getType() == PointwiseOp.class) {
          try {
            PointwiseOp op = (PointwiseOp) f.get(null);
            all.put(op.name(), op);
          } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
          }
        }
      }
    }
    return all;
  }

  static Map<String, PointwiseOp> all() {
    return ALL;
  }

  static PointwiseOp named(String name) {
    PointwiseOp op = ALL.get(name);
    if (op == null || takesNumbers(op)) {
      TreeSet<String> names = new TreeSet<>();
      ALL.values().stream().filter(o -> !takesNumbers(o)).forEach(o -> names.add(o.name()));
      throw new KindlingException(
          "no elementwise operator '"
              + name
              + "' of tensors alone; there are: "
              + String.join(", ", names));
    }
    return op;
  }

  /** Besides tensors, which {@code out=} has no place for. */
  private static boolean takesNumbers(PointwiseOp op) {
    return op.kernel.formula().scalars() > 0;
  }
}
