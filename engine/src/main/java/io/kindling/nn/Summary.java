package io.kindling.nn;

import io.kindling.core.Arguments;
import io.kindling.core.Shapes;
import io.kindling.device.Scope;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A model as a table: its layers, the shape that each returns, the parameters of each, and the
 * memory that a training step of that input takes. The model runs once, in evaluation mode and
 * without recording. Prints as a table.
 *
 * @param rows the model itself, then every module below it, parents first
 * @param parameters elements of all parameters
 * @param trainableParameters elements of those that are not frozen
 * @param inputBytes memory of the input
 * @param activationBytes memory of all layers' outputs and their gradients
 * @param parameterBytes memory of the parameters
 */
public record Summary(
    List<Row> rows,
    long parameters,
    long trainableParameters,
    long inputBytes,
    long activationBytes,
    long parameterBytes) {

  private static final String UNKNOWN = "--";
  private static final int GAP = 4;

  /**
   * One module.
   *
   * @param path dotted; empty for the model itself
   * @param type the class
   * @param outputShape what it returned last; null if it was not called, or is a module of the
   *     user's own that was called by {@code forward} and not by {@code call}
   * @param parameters elements of its own parameters, without its children's
   */
  public record Row(String path, String type, @Nullable List<Long> outputShape, long parameters) {
    int depth() {
      return path.isEmpty() ? 0 : 1 + (int) path.chars().filter(c -> c == '.').count();
    }

    String title() {
      String name = path.substring(path.lastIndexOf('.') + 1);
      return "  ".repeat(depth()) + (path.isEmpty() ? type : name + " (" + type + ")");
    }
  }

  /**
   * Runs the model on zeros of {@code inputShape}, of the type and on the device of its first
   * parameter.
   *
   * @throws LayerException if the shape does not fit, naming the layer
   */
  public static Summary of(Module model, long... inputShape) {
    List<Parameter> parameters = Arguments.notNull(model, "Summary", "model").parameters();
    try (Scope scope = Scope.open()) {
      boolean none = parameters.isEmpty();
      return of(
          model,
          none ? Tensors.zeros(inputShape) : parameters.get(0).detach().newZeros(inputShape));
    }
  }

  /** Runs the model on {@code input}. */
  public static Summary of(Module model, Tensor input) {
    Arguments.notNull(input, "Summary", "input");
    return of(model, () -> model.call(input));
  }

  /**
   * Runs a model of several inputs or outputs: {@code Summary.of(net, () -> net.call(net::forward,
   * a, b))}. The shape of a module that returns several tensors is that of the first.
   *
   * @param call calls the model by {@code call}, so that its inputs are seen
   */
  public static Summary of(Module model, Runnable call) {
    IdentityHashMap<Module, List<Long>> shapes = new IdentityHashMap<>();
    long[] inputs = {0};
    long[] activations = {0};
    IdentityHashMap<Module, Boolean> modes = new IdentityHashMap<>();
    Arguments.notNull(model, "Summary", "model")
        .modules()
        .forEach(module -> modes.put(module, module.isTraining()));
    model.eval();
    try (Scope scope = Scope.open();
        GradMode.Guard guard = Tensors.noGrad()) {
      Calls.listen(
          (module, in, out) -> {
            out.stream().findFirst().ifPresent(first -> shapes.put(module, sizes(first)));
            activations[0] += module.children().isEmpty() ? 2 * bytes(out) : 0;
            inputs[0] = module == model ? bytes(in) : inputs[0];
          },
          call);
    } finally {
      modes.forEach(Module::setTraining);
    }
    return collect(model, shapes, inputs[0], activations[0]);
  }

  private static Summary collect(
      Module model,
      IdentityHashMap<Module, List<Long>> shapes,
      long inputBytes,
      long activationBytes) {
    IdentityHashMap<Module, Long> own = new IdentityHashMap<>();
    List<Row> rows = new ArrayList<>();
    model
        .namedModules()
        .forEach(
            (path, module) -> {
              module.forOwnParameters((name, p) -> own.merge(module, p.numel(), Long::sum));
              rows.add(
                  new Row(
                      path, module.typeName(), shapes.get(module), own.getOrDefault(module, 0L)));
            });
    long all = 0;
    long trainable = 0;
    long parameterBytes = 0;
    for (Parameter p : model.parameters()) {
      all += p.numel();
      trainable += p.requiresGrad() ? p.numel() : 0;
      parameterBytes += bytes(List.of(p));
    }
    return new Summary(
        List.copyOf(rows), all, trainable, inputBytes, activationBytes, parameterBytes);
  }

  private static List<Long> sizes(Tensor t) {
    List<Long> out = new ArrayList<>();
    for (long size : t.shape()) {
      out.add(size);
    }
    return List.copyOf(out);
  }

  private static long bytes(List<? extends Tensor> tensors) {
    return tensors.stream().mapToLong(t -> Shapes.numel(t.shape()) * t.dtype().size()).sum();
  }

  /** The table. */
  @Override
  public String toString() {
    List<String[]> cells = new ArrayList<>();
    cells.add(new String[] {"Layer (type)", "Output Shape", "Param #"});
    for (Row row : rows) {
      List<Long> shape = row.outputShape();
      cells.add(
          new String[] {
            row.title(),
            shape == null ? UNKNOWN : shape.toString(),
            row.parameters() == 0 ? UNKNOWN : grouped(row.parameters())
          });
    }
    int first = width(cells, 0) + GAP;
    int second = width(cells, 1) + GAP;
    int third = width(cells, 2);
    String rule = "=".repeat(first + second + third);
    StringBuilder text = new StringBuilder(rule).append('\n');
    for (int i = 0; i < cells.size(); i++) {
      String[] c = cells.get(i);
      text.append(pad(c[0], first)).append(pad(c[1], second));
      text.append(" ".repeat(third - c[2].length())).append(c[2]).append('\n');
      if (i == 0 || i == cells.size() - 1) {
        text.append(rule).append('\n');
      }
    }
    line(text, "Total params", grouped(parameters));
    line(text, "Trainable params", grouped(trainableParameters));
    line(text, "Non-trainable params", grouped(parameters - trainableParameters));
    text.append(rule).append('\n');
    line(text, "Input size", mib(inputBytes));
    line(text, "Forward/backward pass size", mib(activationBytes));
    line(text, "Params size", mib(parameterBytes));
    line(text, "Estimated total size", mib(inputBytes + activationBytes + parameterBytes));
    return text.append(rule).toString();
  }

  private static int width(List<String[]> cells, int column) {
    return cells.stream().mapToInt(c -> c[column].length()).max().orElse(0);
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(name).append(": ").append(value).append('\n');
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.2f MiB", bytes / 1048576.0);
  }
}
