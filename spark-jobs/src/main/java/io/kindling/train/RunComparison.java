package io.kindling.train;

import io.kindling.checkpoint.Checkpoints;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.conf.ConfigLoader;
import io.kindling.conf.Layer;
import io.kindling.conf.RunConfig;
import io.kindling.device.Scope;
import io.kindling.io.SafeTensors;
import io.kindling.report.Losses;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunStatus;
import io.kindling.tensor.Tensor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where two runs, or a run and its replay, part from each other. */
public final class RunComparison {
  private RunComparison() {}

  /**
   * What differs between two runs that ended well: keys of the configuration, model, data, kernels,
   * the first logged step with another loss and the first tensor with other bits.
   *
   * @return empty where the weights and all losses that both logged are equal
   */
  public static List<String> differences(Directory one, Directory other) throws IOException {
    List<String> found = new ArrayList<>();
    RunStatus first = finished(one);
    RunStatus second = finished(other);
    String step = firstStep(Losses.read(one), Losses.read(other));
    String tensor = firstTensor(one, other);
    if (step == null
        && tensor == null
        && Objects.equals(first.weightsSha256(), second.weightsSha256())) {
      return found;
    }
    found.addAll(config(other).differences(one.readText(RunDirectory.CONFIG)));
    if (first.identity() != null && second.identity() != null) {
      found.addAll(second.identity().differences(first.identity()));
    }
    if (first.steps() != second.steps()) {
      found.add("the steps (was " + first.steps() + ", is " + second.steps() + ")");
    }
    found.add(step == null ? "no loss that both logged" : step);
    found.add(tensor == null ? "no tensor" : tensor);
    return found;
  }

  /**
   * The status of a run that ended well.
   *
   * @throws FileNotFoundException if there is none
   */
  static RunStatus finished(Directory run) throws IOException {
    RunStatus status = RunDirectory.status(run);
    if (status == null || !run.has(RunDirectory.SUCCESS)) {
      throw new FileNotFoundException(
          run + " does not hold a run that ended well (" + RunDirectory.SUCCESS + ")");
    }
    return status;
  }

  /** The configuration of a run, as it left it. */
  static RunConfig config(Directory run) throws IOException {
    String name = run.resolve(RunDirectory.CONFIG).toString();
    return ConfigLoader.load(List.of(Layer.yaml(name, run.readText(RunDirectory.CONFIG))));
  }

  /** Of the steps that both logged; null where their losses are equal. */
  static @Nullable String firstStep(SortedMap<Long, Double> was, SortedMap<Long, Double> is) {
    for (Map.Entry<Long, Double> entry : was.entrySet()) {
      Double loss = is.get(entry.getKey());
      if (loss != null && !loss.equals(entry.getValue())) {
        return String.format(
            "the loss of step %d (was %s, is %s)", entry.getKey(), entry.getValue(), loss);
      }
    }
    return null;
  }

  /** In the first checkpoint that both have, else in the models. */
  private static @Nullable String firstTensor(Directory one, Directory other) throws IOException {
    Checkpoints there = new Checkpoints(one);
    Checkpoints here = new Checkpoints(other);
    List<Long> common = new ArrayList<>(there.steps());
    common.retainAll(here.steps());
    common.sort(null);
    for (long step : common) {
      String tensor = firstTensor(tensors(there.at(step)), tensors(here.at(step)));
      if (tensor != null) {
        return tensor + " after step " + step;
      }
    }
    String tensor = firstTensor(tensors(one), tensors(other));
    return tensor == null ? null : tensor + " of the models";
  }

  /** The hash of each tensor in the model's file of a directory, by name. */
  static SortedMap<String, String> tensors(Directory directory) throws IOException {
    String name = directory.resolve(RunDirectory.MODEL).toString();
    try (Scope scope = Scope.open()) {
      return hashes(SafeTensors.read(directory.open(RunDirectory.MODEL), name));
    }
  }

  static SortedMap<String, String> hashes(Map<String, Tensor> tensors) {
    SortedMap<String, String> hashes = new TreeMap<>();
    tensors.forEach((name, tensor) -> hashes.put(name, ModelFile.sha256(tensor)));
    return hashes;
  }

  /** In the order of their names; null where all are equal. */
  static @Nullable String firstTensor(SortedMap<String, String> was, SortedMap<String, String> is) {
    for (Map.Entry<String, String> entry : was.entrySet()) {
      if (!entry.getValue().equals(is.get(entry.getKey()))) {
        return "the tensor " + entry.getKey();
      }
    }
    return was.size() == is.size() ? null : "the number of tensors";
  }
}
