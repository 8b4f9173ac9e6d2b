package io.kindling.train;

import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.ModelFile;
import io.kindling.conf.ModelConfig;
import io.kindling.conf.RunConfig;
import io.kindling.nn.Module;
import io.kindling.replica.ModelFactory;
import io.kindling.report.Progress;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunReport;
import io.kindling.report.RunStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The trainer's part in a run's files. */
final class RunFiles {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  private RunFiles() {}

  /** The configuration with another model's class. */
  static RunConfig withModel(RunConfig config, Class<?> type) {
    ModelConfig model =
        new ModelConfig(type.getName(), config.model().args(), config.model().initSeed());
    return new RunConfig(config.data(), model, config.train(), config.optimizer(), config.engine());
  }

  /** The report of a new run; tells the resolved configuration. */
  static RunReport report(
      Directory directory,
      RunConfig config,
      @Nullable String runId,
      PrintStream out,
      RunDirectory.Found found) {
    Progress progress =
        new Progress(out, out == System.out && Progress.isTerminal(), config.train().logEvery());
    String id =
        runId == null
            ? LocalDateTime.now(ZoneOffset.UTC).format(STAMP)
                + "-"
                + config.sha256().substring(0, 8)
            : runId;
    progress.say("run " + id + " to " + directory + " with");
    config.toYaml().lines().forEach(line -> progress.say("  " + line));
    if (found == RunDirectory.Found.PARTIAL) {
      progress.say("the run that was there did not end well; starting again from the first step");
    }
    return new RunReport(directory, config, id, progress);
  }

  /** Says that there is nothing to do, and gives what is there. */
  static TrainResult completed(
      Directory directory, RunConfig config, ModelFactory factory, PrintStream out)
      throws IOException {
    RunStatus status = Objects.requireNonNull(RunDirectory.status(directory));
    out.printf(
        "%s holds the run %s of this configuration, complete: nothing to do%n",
        directory, status.runId());
    Module model = factory.create();
    ModelFile.load(
        directory.open(RunDirectory.MODEL),
        directory.resolve(RunDirectory.MODEL).toString(),
        model);
    return new TrainResult(status, false, model.eval());
  }

  static void saveModel(Directory directory, Module model, RunConfig config) throws IOException {
    String version = RunFiles.class.getPackage().getImplementationVersion();
    Map<String, String> metadata =
        Map.of(
            "model_class", config.model().className(),
            "kindling_version", version == null ? "unpacked build" : version,
            "config_sha256", config.sha256());
    directory.publish(RunDirectory.MODEL, out -> ModelFile.write(out, model, metadata));
  }
}
