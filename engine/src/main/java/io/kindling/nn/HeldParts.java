package io.kindling.nn;

import io.kindling.tensor.Tensor;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parts inside of arrays, collections, maps, records and the like, where a module does not look for
 * them: what a declared type may hold, and what a value does hold.
 */
final class HeldParts {
  private static final List<Class<?>> HOLDERS =
      List.of(Collection.class, Map.class, Optional.class, AtomicReference.class);

  private static final ClassValue<List<Field>> RECORD_FIELDS =
      new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
          return Arrays.stream(type.getDeclaredFields())
              .filter(field -> !Modifier.isStatic(field.getModifiers()) && mayHold(field))
              .filter(Field::trySetAccessible)
              .toList();
        }
      };

  private HeldParts() {}

  static boolean isPart(@Nullable Object value) {
    return value instanceof Module || value instanceof Parameter;
  }

  private static boolean isPart(Class<?> type) {
    return Module.class.isAssignableFrom(type) || Parameter.class.isAssignableFrom(type);
  }

  static boolean isHolder(Class<?> type) {
    return HOLDERS.stream().anyMatch(holder -> holder.isAssignableFrom(type));
  }

  /** Whether a value in the field can ever be a part or hold one. */
  static boolean mayHold(Field field) {
    return elements(field).stream()
        .anyMatch(
            type ->
                isPart(type)
                    || isHolder(type)
                    || !(type.isPrimitive()
                        || type.isEnum()
                        || Modifier.isFinal(type.getModifiers())));
  }

  /** The part that the declaration of a field which is no part says it holds; null if none. */
  static @Nullable Class<?> declared(Field field) {
    return isPart(field.getType())
        ? null
        : elements(field).stream().filter(HeldParts::isPart).findFirst().orElse(null);
  }

  private static Set<Class<?>> elements(Field field) {
    Set<Class<?>> out = new HashSet<>();
    collect(field.getGenericType(), out);
    return out;
  }

  /** The classes inside of all arrays, holders and records; a type variable may be anything. */
  private static void collect(Type type, Set<Class<?>> out) {
    if (type instanceof GenericArrayType array) {
      collect(array.getGenericComponentType(), out);
    } else if (type instanceof WildcardType wildcard) {
      collect(wildcard.getUpperBounds()[0], out);
    } else if (type instanceof ParameterizedType generic) {
      // Another class may use its type arguments for anything.
      Class<?> raw = (Class<?>) generic.getRawType();
      boolean known = isHolder(raw) && raw.getName().startsWith("java.util.");
      for (Type inner : known ? generic.getActualTypeArguments() : new Type[] {raw}) {
        collect(inner, out);
      }
    } else if (type instanceof Class<?> array && array.isArray()) {
      collect(array.getComponentType(), out);
    } else if (type instanceof Class<?> plain) {
      if (out.add(plain) && plain.isRecord()) {
        for (RecordComponent component : plain.getRecordComponents()) {
          collect(component.getGenericType(), out);
        }
      }
    } else {
      out.add(Object.class);
    }
  }

  /** The first part inside of a value which is no part; null if there is none. */
  static @Nullable Object find(@Nullable Object value) {
    Collection<?> contents = contents(value);
    return contents.isEmpty() ? null : find(value, contents, new IdentityHashMap<>());
  }

  private static @Nullable Object find(
      @Nullable Object value, Collection<?> contents, IdentityHashMap<Object, Boolean> seen) {
    if (seen.put(value, true) != null) {
      return null;
    }
    for (Object element : contents) {
      Object found = isPart(element) ? element : find(element, contents(element), seen);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** All tensors in what a forward returned: a tensor, or an array, list, map or record of some. */
  static List<Tensor> tensors(@Nullable Object value) {
    return value instanceof Tensor tensor
        ? List.of(tensor)
        : contents(value).stream().flatMap(element -> tensors(element).stream()).toList();
  }

  private static Collection<?> contents(@Nullable Object value) {
    if (value instanceof Collection<?> collection) {
      return collection;
    }
    if (value instanceof Map<?, ?> map) {
      return Stream.concat(map.keySet().stream(), map.values().stream()).toList();
    }
    if (value instanceof Object[] array) {
      return Arrays.asList(array);
    }
    if (value instanceof Optional<?> optional) {
      return optional.stream().toList();
    }
    if (value instanceof AtomicReference<?> reference) {
      return Collections.singletonList(reference.get());
    }
    return value instanceof Record ? recordValues(value) : List.of();
  }

  private static List<@Nullable Object> recordValues(Object value) {
    List<@Nullable Object> out = new ArrayList<>();
    for (Field field : RECORD_FIELDS.get(value.getClass())) {
      out.add(ModuleFields.read(field, value));
    }
    return out;
  }

  /** What to say of a field that holds a part which would be lost. */
  static String refusal(Field field, Class<?> holder, Class<?> part) {
    boolean several =
        holder.isArray()
            || Collection.class.isAssignableFrom(holder)
            || Map.class.isAssignableFrom(holder);
    return field.getDeclaringClass().getSimpleName()
        + "."
        + field.getName()
        + (several ? " holds several parts (" : " holds a part inside of it (")
        + holder.getSimpleName()
        + " of "
        + part.getSimpleName()
        + "), which would be neither trained nor saved; "
        + (several ? "use a ModuleList or a Sequential" : "keep the part in a field of its own")
        + ", or make the field transient if it only repeats what other fields hold";
  }
}
