package io.kindling.train;

import io.kindling.checkpoint.Background;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.checkpoint.ModelTree;
import io.kindling.conf.RunConfig;
import io.kindling.nn.Module;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.ReplicaSpec;
import io.kindling.report.Identity;
import io.kindling.report.Progress;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunReport;
import io.kindling.report.RunStatus;
import io.kindling.source.Source;
import io.kindling.source.Split;
import io.kindling.tensor.Tensor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** The trainer's part in a run's files. */
final class RunFiles {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  private RunFiles() {}

  /** The report of a new run; tells the resolved configuration. */
  static RunReport report(
      Directory directory,
      RunConfig config,
      @Nullable String runId,
      PrintStream out,
      @Nullable RunStatus there,
      Background background) {
    Progress progress =
        new Progress(out, out == System.out && Progress.isTerminal(), config.train().logEvery());
    String id = name(config, runId, there);
    progress.say("run " + id + " to " + directory + " with");
    config.toYaml().lines().forEach(line -> progress.say("  " + line));
    return new RunReport(directory, config, id, progress, background);
  }

  /** What was given, else what the run is called that goes on, else the time. */
  static String name(RunConfig config, @Nullable String runId, @Nullable RunStatus there) {
    if (runId != null) {
      return runId;
    }
    return there != null
        ? there.runId()
        : LocalDateTime.now(ZoneOffset.UTC).format(STAMP) + "-" + config.sha256().substring(0, 8);
  }

  /**
   * Says that there is nothing to do, and gives what is there.
   *
   * @return null where model or data are others, and the run may be replaced
   * @throws org.apache.hadoop.fs.FileAlreadyExistsException where it may not
   */
  static @Nullable TrainResult completed(
      Directory directory,
      RunConfig config,
      ModelFactory factory,
      boolean overwrite,
      PrintStream out,
      Configuration hadoop)
      throws IOException {
    RunStatus status = Objects.requireNonNull(RunDirectory.status(directory));
    Module model = ReplicaSpec.buildModel(factory, config.initSeed());
    String differences = differences(status, config, model, hadoop);
    if (!differences.isEmpty()) {
      if (!overwrite) {
        throw RunDirectory.refusal(directory, status, differences);
      }
      return null;
    }
    out.printf(
        "%s holds the run %s of this configuration, complete: nothing to do%n",
        directory, status.runId());
    ModelFile.load(
        directory.open(RunDirectory.MODEL),
        directory.resolve(RunDirectory.MODEL).toString(),
        model);
    return new TrainResult(status, false, model.eval());
  }

  /** The kernels of this host decide nothing any more; data that are gone cannot be compared. */
  private static String differences(
      RunStatus status, RunConfig config, Module model, Configuration hadoop) throws IOException {
    Identity there = status.identity();
    if (there == null) {
      return "";
    }
    String data = there.dataSha256();
    try {
      Source source = Source.of(config.data(), hadoop);
      data = TrainingData.fingerprint(source.open(Split.TRAIN), source.open(Split.TEST), hadoop);
    } catch (FileNotFoundException e) {
      // Deleted since, or never made here.
    }
    Identity is = new Identity(ModelTree.sha256(model), data, there.kernels());
    return String.join(", ", is.differences(there));
  }

  /** A model's file, with what it is of. */
  static void writeModel(OutputStream out, Map<String, Tensor> state, RunConfig config)
      throws IOException {
    String version = RunFiles.class.getPackage().getImplementationVersion();
    ModelFile.write(
        out,
        state,
        Map.of(
            "model_class", config.model().className(),
            "kindling_version", version == null ? "unpacked build" : version,
            "config_sha256", config.sha256()));
  }
}
