package io.kindling.checkpoint;

import io.kindling.core.Shapes;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model is known by before its first step: the classes of its modules, the plain values in
 * their fields (numbers, text, enums, and arrays, lists and records of these; such as a dropout's
 * rate), names, types and shapes of parameters and buffers, and their values.
 */
public final class ModelTree {
  private ModelTree() {}

  /** SHA-256, in hexadecimal, of a model with its first values. */
  public static String sha256(Module model) {
    return Sha256.of(describe(model) + ModelFile.weightsSha256(model));
  }

  /** A line for each module, parameter and buffer. */
  static String describe(Module model) {
    StringBuilder text = new StringBuilder();
    model
        .namedModules()
        .forEach(
            (path, module) ->
                text.append(path)
                    .append(": ")
                    .append(module.getClass().getName())
                    .append(fields(module))
                    .append('\n'));
    model.namedParameters().forEach((name, p) -> tensor(text, name, p, p.requiresGrad()));
    model.namedBuffers().forEach((name, b) -> tensor(text, name, b, false));
    return text.toString();
  }

  private static void tensor(StringBuilder text, String name, Tensor tensor, boolean trained) {
    text.append(
        String.format(
            "%s %s %s%s%n",
            name, tensor.dtype(), Shapes.text(tensor.shape()), trained ? " trained" : ""));
  }

  private static List<String> fields(Module module) {
    List<String> fields = new ArrayList<>();
    for (Class<?> type = module.getClass(); type != Module.class; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())
            && !Modifier.isTransient(field.getModifiers())) {
          String value = plain(read(field, module));
          if (value != null) {
            fields.add(field.getName() + "=" + value);
          }
        }
      }
    }
    return fields;
  }

  private static @Nullable Object read(Field field, Module module) {
    try {
      field.setAccessible(true);
      return field.get(module);
    } catch (IllegalAccessException | InaccessibleObjectException e) {
      return null;
    }
  }

  /** A value as text; null for what is no plain value. */
  private static @Nullable String plain(@Nullable Object value) {
    if (value instanceof Number
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof String
        || value instanceof Enum) {
      return value.toString();
    }
    if (value instanceof List<?> list) {
      return all(list);
    }
    if (value instanceof Record record) {
      return components(record);
    }
    if (value != null && value.getClass().isArray()) {
      List<@Nullable Object> items = new ArrayList<>();
      for (int i = 0; i < Array.getLength(value); i++) {
        items.add(Array.get(value, i));
      }
      return all(items);
    }
    return null;
  }

  private static @Nullable String all(List<? extends @Nullable Object> items) {
    List<String> texts = new ArrayList<>();
    for (Object item : items) {
      String text = plain(item);
      if (text == null) {
        return null;
      }
      texts.add(text);
    }
    return texts.toString();
  }

  private static @Nullable String components(Record record) {
    List<@Nullable Object> values = new ArrayList<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        values.add(component.getAccessor().invoke(record));
      } catch (ReflectiveOperationException | InaccessibleObjectException e) {
        return null;
      }
    }
    return all(values);
  }
}
