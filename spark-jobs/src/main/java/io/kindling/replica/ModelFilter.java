package io.kindling.replica;

import io.kindling.nn.Module;
import java.io.ObjectInputFilter;
import java.util.Set;

/**
 * Lets through what the Java form of a tensor, module or optimizer consists of: Kindling's own
 * classes, modules of any origin, numbers, text and the collections that hold them. Whatever else a
 * stream may name is not made, because making it may already run code.
 *
 * @param length of the stream in bytes; no array in it can be longer
 */
record ModelFilter(int length) implements ObjectInputFilter {
  private static final int DEEPEST = 500;

  /** What {@code List.of} and its like give. */
  private static final String IMMUTABLE = "java.util.ImmutableCollections$";

  private static final Set<String> PARTS =
      Set.of(
          "java.lang.Object", // as the element of an array
          "java.lang.String",
          "java.lang.Boolean",
          "java.lang.Enum",
          "java.lang.Number",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Float",
          "java.lang.Double",
          "java.util.ArrayList",
          "java.util.CollSer", // the immutable ones
          "java.util.HashMap",
          "java.util.IdentityHashMap",
          "java.util.LinkedHashMap",
          "java.util.Map$Entry");

  @Override
  public Status checkInput(FilterInfo info) {
    if (info.depth() > DEEPEST || info.arrayLength() > length) {
      return Status.REJECTED;
    }
    Class<?> type = info.serialClass();
    if (type == null) {
      return Status.UNDECIDED;
    }
    while (type.isArray()) {
      type = type.getComponentType();
    }
    if (type.isPrimitive()
        || type.getName().startsWith("io.kindling.")
        || type.getName().startsWith(IMMUTABLE)
        || Module.class.isAssignableFrom(type)
        || PARTS.contains(type.getName())) {
      return Status.ALLOWED;
    }
    throw new IllegalArgumentException(
        type.getName() + " is no part of a tensor, module or optimizer");
  }
}
