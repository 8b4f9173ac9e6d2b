package io.kindling.nn;

import io.kindling.core.KindlingException;
import io.kindling.tensor.Tensor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a module class that may hold children, parameters or buffers, superclass first and
 * in the order of their declaration (in which every common JVM reports them). Looked up once a
 * class; the values are read each time, so that assigning a field is all it takes to replace a
 * child.
 */
final class ModuleFields {
  private static final ClassValue<List<Slot>> SLOTS =
      new ClassValue<>() {
        @Override
        protected List<Slot> computeValue(Class<?> type) {
          List<Slot> slots = new ArrayList<>();
          collect(type, slots);
          checkDistinct(type, slots);
          return List.copyOf(slots);
        }
      };

  private ModuleFields() {}

  /**
   * One field.
   *
   * @param name as it appears in {@code stateDict()}
   * @param buffer the field's annotation, if it is a buffer
   */
  record Slot(String name, Field field, @Nullable Buffer buffer) {
    /** What stands in the field; null where it is empty. */
    @Nullable Object value(Module module) {
      try {
        return field.get(module);
      } catch (IllegalAccessException e) {
        throw new KindlingException(
            "cannot read the field " + field.getName() + " of " + module.typeName(), e);
      }
    }
  }

  static List<Slot> of(Module module) {
    return SLOTS.get(module.getClass());
  }

  private static void collect(Class<?> type, List<Slot> slots) {
    if (type == Module.class) {
      return;
    }
    collect(type.getSuperclass(), slots);
    for (Field field : type.getDeclaredFields()) {
      // A synthetic field is the outer instance of an inner class, a transient one is no state.
      int outside = Modifier.STATIC | Modifier.TRANSIENT;
      if (!field.isSynthetic() && (field.getModifiers() & outside) == 0 && mayHoldPart(field)) {
        slots.add(slot(field));
      }
    }
  }

  /** A field that hides one of the superclass would take its place in every map of names. */
  private static void checkDistinct(Class<?> type, List<Slot> slots) {
    Set<String> names = new HashSet<>();
    for (Slot slot : slots) {
      if (!names.add(slot.name())) {
        throw new KindlingException(
            type.getSimpleName()
                + " has two parts called \""
                + slot.name()
                + "\"; rename a field, or give it another name with @Name");
      }
    }
  }

  /** Parts in an array or a collection would be neither trained nor saved, and nobody told. */
  private static void refuseParts(Field field) {
    if (isContainer(field.getDeclaringClass())) {
      return;
    }
    Class<?> element = field.getType().getComponentType();
    if (field.getGenericType() instanceof ParameterizedType generic) {
      for (Type argument : generic.getActualTypeArguments()) {
        element = argument instanceof Class<?> c && isPart(c) ? c : element;
      }
    }
    if (element != null && isPart(element)) {
      throw new KindlingException(
          field.getDeclaringClass().getSimpleName()
              + "."
              + field.getName()
              + " holds several parts ("
              + field.getType().getSimpleName()
              + " of "
              + element.getSimpleName()
              + "), which would be neither trained nor saved; use a ModuleList or a Sequential, or"
              + " make the field transient if it only repeats what other fields hold");
    }
  }

  /** A container says itself what it holds. */
  private static boolean isContainer(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(m -> m.getName().equals("heldChildren"));
  }

  private static boolean isPart(Class<?> type) {
    return Module.class.isAssignableFrom(type) || Parameter.class.isAssignableFrom(type);
  }

  private static boolean mayHoldPart(Field field) {
    refuseParts(field);
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
    return tensor || Module.class.isAssignableFrom(field.getType());
  }

  private static Slot slot(Field field) {
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
    return new Slot(chosen, field, field.getAnnotation(Buffer.class));
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
