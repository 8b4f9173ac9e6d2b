package io.kindling.nn;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a module class that may hold children, parameters or buffers, superclass first and
 * in the order of their declaration (in which every common JVM reports them). Looked up once a
 * class; the values are read each time and decide what is a part, so that assigning a field is all
 * it takes to replace a child, and a field may be of any type.
 */
final class ModuleFields {
  private static final ClassValue<List<Slot>> SLOTS =
      new ClassValue<>() {
        @Override
        protected List<Slot> computeValue(Class<?> type) {
          List<Slot> slots = new ArrayList<>();
          collect(type, slots);
          return List.copyOf(slots);
        }
      };

  private ModuleFields() {}

  /**
   * One field.
   *
   * @param name as it appears in {@code stateDict()}
   * @param buffer the field's annotation, if it is a buffer
   * @param told whether its class is a container, which says itself what it holds
   */
  record Slot(String name, Field field, @Nullable Buffer buffer, boolean told) {}

  /** A child, parameter or buffer: what stood in a field when asked. */
  record Part(String name, Object value, @Nullable Buffer buffer) {}

  static List<Slot> of(Class<? extends Module> type) {
    return SLOTS.get(type);
  }

  /**
   * The parts that stand in the fields now.
   *
   * @throws KindlingException if a field holds parts where they would not be found, or two parts
   *     have the same name
   */
  static List<Part> parts(Module module) {
    List<Part> parts = new ArrayList<>();
    for (Slot slot : of(module.getClass())) {
      Object value = read(slot.field, module);
      if (value == null) {
        continue;
      }
      if (slot.buffer != null || HeldParts.isPart(value)) {
        parts.add(new Part(slot.name, value, slot.buffer));
      } else if (!slot.told) {
        refuse(slot.field, value);
      }
    }
    checkDistinct(module, parts);
    return parts;
  }

  static @Nullable Object read(Field field, Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new KindlingException(
          "cannot read the field "
              + field.getName()
              + " of "
              + field.getDeclaringClass().getSimpleName(),
          e);
    }
  }

  private static void collect(Class<?> type, List<Slot> slots) {
    if (type == Module.class) {
      return;
    }
    collect(type.getSuperclass(), slots);
    boolean container =
        Arrays.stream(type.getDeclaredMethods()).anyMatch(m -> m.getName().equals("heldChildren"));
    for (Field field : type.getDeclaredFields()) {
      // A synthetic field is the outer instance of an inner class, a transient one is no state.
      int outside = Modifier.STATIC | Modifier.TRANSIENT;
      if (!field.isSynthetic() && (field.getModifiers() & outside) == 0) {
        check(field, container);
        if (HeldParts.mayHold(field)) {
          slots.add(slot(field, container));
        }
      }
    }
  }

  /** A field that hides one of the superclass would take its place in every map of names. */
  private static void checkDistinct(Module module, List<Part> parts) {
    Set<String> names = new HashSet<>();
    for (Part part : parts) {
      if (!names.add(part.name)) {
        throw new KindlingException(
            module.typeName()
                + " has two parts called \""
                + part.name
                + "\"; rename a field, or give it another name with @Name");
      }
    }
  }

  /** Parts in an array or a collection would be neither trained nor saved, and nobody told. */
  private static void refuse(Field field, Object value) {
    Object part = HeldParts.find(value);
    if (part != null) {
      Class<?> type = field.getType();
      Class<?> holder = HeldParts.isHolder(type) || type.isArray() ? type : value.getClass();
      throw new KindlingException(HeldParts.refusal(field, holder, part.getClass()));
    }
  }

  private static void check(Field field, boolean container) {
    Class<?> declared = HeldParts.declared(field);
    if (declared != null && !container) {
      throw new KindlingException(HeldParts.refusal(field, field.getType(), declared));
    }
    boolean tensor = Tensor.class.isAssignableFrom(field.getType());
    if (!tensor && field.isAnnotationPresent(Buffer.class)) {
      throw new KindlingException(
          "@Buffer stands on the field "
              + field.getName()
              + " of "
              + field.getDeclaringClass().getSimpleName()
              + ", expected a Tensor, got "
              + field.getType().getSimpleName());
    }
  }

  private static Slot slot(Field field, boolean container) {
    try {
      field.setAccessible(true);
    } catch (InaccessibleObjectException e) {
      throw new KindlingException(
          "cannot read the fields of "
              + field.getDeclaringClass().getName()
              + ": open its package to io.kindling.nn in module-info.java",
          e);
    }
    Name name = field.getAnnotation(Name.class);
    String chosen = name == null ? field.getName() : checkName(name.value());
    return new Slot(chosen, field, field.getAnnotation(Buffer.class), container);
  }

  /** A name without dots, so that dotted paths stay unambiguous. */
  static String checkName(String name) {
    if (name.isEmpty() || name.contains(".")) {
      throw new KindlingException(
          "module name can't be empty or contain \".\", got: \"" + name + "\"");
    }
    return name;
  }
}
