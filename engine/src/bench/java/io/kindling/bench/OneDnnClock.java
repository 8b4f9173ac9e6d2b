package io.kindling.bench;

import io.kindling.bench.Task.Network;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.dnnl.global.dnnl;

/**
 * How long oneDNN's primitives run by oneDNN's own clock, which leaves out everything between Java
 * and the primitive. It prints to the native standard output, so the steps run in another process.
 */
final class OneDnnClock {
  private static final int WARM_UP = 60;
  private static final int STEPS = 2 * Task.BATCHES;

  /**
   * Executions of one kind of primitive in one step.
   *
   * @param calls how many
   * @param micros how long they take together
   */
  record Executions(double calls, double micros) {
    Executions plus(Executions other) {
      return new Executions(calls + other.calls, micros + other.micros);
    }
  }

  private OneDnnClock() {}

  /** Trains in a process of its own and reads what oneDNN prints. */
  static Map<String, Executions> measure(Task task) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(
        List.of(OneDnnClock.class.getName(), task.network().name(), task.adam() + ""));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      Map<String, Executions> sums = new TreeMap<>();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        lines.lines().forEach(line -> add(line, sums));
      }
      if (process.waitFor() != 0 || sums.isEmpty()) {
        throw new IllegalStateException("the process that reads oneDNN's clock failed");
      }
      return sums;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Such as {@code onednn_verbose,v1,primitive,exec,cpu,matmul,brg:avx512_core,...,0.043}. */
  private static void add(String line, Map<String, Executions> sums) {
    List<String> fields = List.of(line.split(","));
    int exec = fields.indexOf("exec");
    if (line.startsWith("onednn_verbose") && exec >= 0) {
      double millis = Double.parseDouble(fields.get(fields.size() - 1));
      String kind = fields.get(exec + 2) + " " + fields.get(exec + 3);
      sums.merge(kind, new Executions(1.0 / STEPS, 1000 * millis / STEPS), Executions::plus);
    }
  }

  /** The other process: the network's name and whether Adam updates it. */
  public static void main(String[] args) {
    Task task = new Task(Network.valueOf(args[0]), Boolean.parseBoolean(args[1]), StepProfile.BATCH);
    Kindling side = new Kindling(task);
    for (int i = 0; i < WARM_UP; i++) {
      side.reset();
      side.train(Task.BATCHES);
    }
    side.reset();
    dnnl.dnnl_set_verbose(1);
    side.train(STEPS);
    dnnl.dnnl_set_verbose(0);
  }
}
