package io.kindling.replica;

import io.kindling.conf.ConfigException;
import io.kindling.conf.ModelConfig;
import io.kindling.core.DeviceException;
import io.kindling.core.KindlingException;
import io.kindling.core.MemoryException;
import io.kindling.nn.Module;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;
import io.kindling.vision.TwoLayerNet;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The model of {@code model.class} with the constructor that {@code model.args} fit. */
record ConfiguredModel(ModelConfig config) implements ModelFactory {
  private static final Map<String, Class<? extends Module>> SHORT_NAMES =
      new TreeMap<>(Map.of("mlp", Mlp.class, "lenet", LeNet.class, "two_layer", TwoLayerNet.class));

  @Override
  public Module create() {
    Class<? extends Module> type = type();
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      @Nullable Object @Nullable [] arguments = ModelArguments.fit(constructor, config);
      if (arguments != null) {
        return construct(constructor, arguments);
      }
    }
    throw new ConfigException(
        "model.args",
        String.format(
            "model.args: no constructor of %s takes %s; it has: %s%s",
            type.getName(), given(), constructors(type), hint(type)));
  }

  private Class<? extends Module> type() {
    String name = config.className();
    Class<? extends Module> known = SHORT_NAMES.get(name);
    if (known != null) {
      return known;
    }
    Class<?> type;
    try {
      // Its static code runs only once it is known to be a model.
      type = Class.forName(name, false, classLoader());
    } catch (ClassNotFoundException e) {
      throw new ConfigException("model.class", notFound(name));
    } catch (LinkageError e) {
      throw new ConfigException(
          "model.class",
          "model.class: "
              + name
              + " cannot be loaded: "
              + e
              + "; is a class that it uses missing from --jars?");
    }
    if (!Module.class.isAssignableFrom(type) || Modifier.isAbstract(type.getModifiers())) {
      throw new ConfigException(
          "model.class",
          String.format(
              "model.class: %s is %s; expected a class that extends %s",
              name,
              Module.class.isAssignableFrom(type) ? "abstract" : "not a Module",
              Module.class.getName()));
    }
    return type.asSubclass(Module.class);
  }

  /** The classes of --jars are the context class loader's. */
  private static @Nullable ClassLoader classLoader() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return loader == null ? ConfiguredModel.class.getClassLoader() : loader;
  }

  private static String notFound(String name) {
    return "model.class: there is no class "
        + name
        + " on the job's class path; add its jar with --jars FILE, or use one of "
        + String.join(", ", SHORT_NAMES.keySet());
  }

  private static Module construct(Constructor<?> constructor, @Nullable Object[] arguments) {
    try {
      constructor.setAccessible(true);
      return (Module) constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof MemoryException || cause instanceof DeviceException) {
        throw (KindlingException) cause; // The arguments are not at fault.
      }
      if (cause instanceof KindlingException) {
        ConfigException failure =
            new ConfigException(
                "model.args",
                "the constructor " + signature(constructor) + " failed: " + cause.getMessage());
        failure.initCause(cause);
        throw failure;
      }
      throw broken("the constructor " + signature(constructor), cause);
    } catch (ExceptionInInitializerError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw broken("the static initialiser of " + constructor.getDeclaringClass().getName(), cause);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new ConfigException(
          "model.class", "the constructor " + signature(constructor) + " cannot be called: " + e);
    }
  }

  /** The user's own code failed: what it threw, and where. */
  private static KindlingException broken(String what, Throwable cause) {
    if (cause instanceof VirtualMachineError error) {
      throw error; // Used-up memory is not the code's fault.
    }
    StackTraceElement[] stack = cause.getStackTrace();
    String place = stack.length == 0 ? "" : ", at " + stack[0].toString().replaceFirst("^.*/", "");
    return new KindlingException(what + " failed: " + cause + place, cause);
  }

  private String given() {
    Map<String, Object> named = config.namedArgs();
    List<Object> positional = config.positionalArgs();
    if (!named.isEmpty()) {
      return "the arguments " + named;
    }
    return positional.isEmpty() ? "no arguments" : "the arguments " + positional;
  }

  private static String constructors(Class<?> type) {
    return Arrays.stream(type.getDeclaredConstructors())
        .map(ConfiguredModel::signature)
        .collect(Collectors.joining(", "));
  }

  /** Such as {@code Mlp(int... sizes)}. */
  private static String signature(Constructor<?> constructor) {
    String parameters =
        Arrays.stream(constructor.getParameters())
            .map(p -> p.toString().replaceAll("(?:\\w+\\.)+(?=\\w)", ""))
            .collect(Collectors.joining(", "));
    return constructor.getDeclaringClass().getSimpleName() + "(" + parameters + ")";
  }

  /** Names are in a class file only when it was compiled so. */
  private String hint(Class<?> type) {
    boolean unnamed =
        Arrays.stream(type.getDeclaredConstructors())
            .flatMap(constructor -> Arrays.stream(constructor.getParameters()))
            .anyMatch(parameter -> !parameter.isNamePresent());
    return unnamed && !config.namedArgs().isEmpty()
        ? "; compile it with -parameters to give arguments by name, or give them as a list"
        : "";
  }
}
