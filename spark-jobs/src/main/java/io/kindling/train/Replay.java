package io.kindling.train;

import io.kindling.checkpoint.Checkpoints;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.checkpoint.ModelTree;
import io.kindling.conf.RunConfig;
import io.kindling.core.DataException;
import io.kindling.device.cpu.Cpu;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.EngineSetup;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.StepParameters;
import io.kindling.report.Identity;
import io.kindling.report.Losses;
import io.kindling.report.RunStatus;
import io.kindling.report.StepBudget;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Trains a finished run again, or its last steps, and compares losses and weights. Writes nothing.
 *
 * @param from the step after which the replay began; 0 for the start
 * @param to the last step
 * @param losses how many of those that the run logged were compared
 * @param difference where it parts from the run; null where it does not
 */
public record Replay(long from, long to, int losses, @Nullable String difference) {
  /**
   * Replays a run.
   *
   * @param steps the least number of last steps, from a checkpoint before them; 0 for all
   * @throws java.io.FileNotFoundException if there is no run that ended well
   * @throws DataException if model, data or kernels are not those of the run, or a checkpoint is
   *     damaged
   */
  public static Replay of(SparkSession spark, Directory run, long steps, Consumer<String> say)
      throws IOException {
    RunStatus status = RunComparison.finished(run);
    RunConfig config = RunComparison.config(run);
    EngineSetup.apply(config.engine());
    ModelFactory factory = ModelFactory.of(config.model());
    try (TrainingData data = TrainingData.open(spark.sparkContext(), config, factory, say)) {
      MasterModel master = new MasterModel(data.spec().buildModel(), config);
      requireSame(run, status, master, data);
      Checkpoints checkpoints = new Checkpoints(run);
      long from = steps == 0 ? 0 : start(checkpoints, status.steps() - steps);
      if (from > 0) {
        Saves.load(checkpoints.at(from), master, from);
      }
      boolean lastIsSaved = !config.train().restoreBest();
      return replay(run, status, data, master, checkpoints, from, lastIsSaved);
    }
  }

  private static void requireSame(
      Directory run, RunStatus status, MasterModel master, TrainingData data) {
    Identity there = status.identity();
    Identity is =
        new Identity(ModelTree.sha256(master.model()), data.sha256(), Cpu.backend().fingerprint());
    List<String> differences = there == null ? List.of() : is.differences(there);
    if (!differences.isEmpty()) {
      throw new DataException(
          "the run in " + run + " cannot be replayed here: " + String.join(", ", differences));
    }
  }

  private static long start(Checkpoints checkpoints, long latest) throws IOException {
    for (long step : checkpoints.steps()) {
      if (step <= latest) {
        List<String> faults = checkpoints.faults(step);
        if (!faults.isEmpty()) {
          throw new DataException(
              checkpoints.at(step) + " is damaged: " + String.join("; ", faults));
        }
        return step;
      }
    }
    return 0;
  }

  private static Replay replay(
      Directory run,
      RunStatus status,
      TrainingData data,
      MasterModel master,
      Checkpoints checkpoints,
      long from,
      boolean lastIsSaved)
      throws IOException {
    SortedMap<Long, Double> logged = Losses.read(run);
    List<Long> saved = checkpoints.steps();
    StepParameters values = master.values();
    int compared = 0;
    for (long step = from; step < status.steps(); step++) {
      int epoch = (int) (step / data.stepsPerEpoch());
      long inEpoch = step % data.stepsPerEpoch();
      StepParameters before = values;
      ShardResult total = data.gradient(before, epoch, inEpoch, new StepBudget());
      values = master.step(total, before, () -> data.notFinite(before, epoch, inEpoch));
      long made = step + 1;
      if (logged.containsKey(made)) {
        compared++;
      }
      String difference =
          RunComparison.firstStep(
              logged, new TreeMap<>(Map.of(made, total.lossSum() / total.examples())));
      if (difference == null && saved.contains(made)) {
        difference = tensor(checkpoints.at(made), master, "after step " + made);
      }
      if (difference != null) {
        return new Replay(from, made, compared, difference);
      }
    }
    if (!lastIsSaved) { // The best one is; its checkpoint was compared on the way.
      return new Replay(from, status.steps(), compared, null);
    }
    String difference = tensor(run, master, "of the model");
    String weights = ModelFile.weightsSha256(master.model());
    if (difference == null && !Objects.equals(weights, status.weightsSha256())) {
      difference = "weights_sha256 (was " + status.weightsSha256() + ", is " + weights + ")";
    }
    return new Replay(from, status.steps(), compared, difference);
  }

  private static @Nullable String tensor(Directory there, MasterModel master, String where)
      throws IOException {
    String tensor =
        RunComparison.firstTensor(
            RunComparison.tensors(there), RunComparison.hashes(master.model().stateDict()));
    return tensor == null ? null : tensor + " " + where;
  }
}
