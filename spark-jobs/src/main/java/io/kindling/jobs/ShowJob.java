package io.kindling.jobs;

import io.kindling.checkpoint.Directory;
import io.kindling.io.SafeTensors;
import io.kindling.report.Metrics;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunError;
import io.kindling.report.RunStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/** The job behind the command of the same name; needs Spark's configuration and no Spark. */
final class ShowJob {
  private ShowJob() {}

  static void run(ShowOptions options) throws IOException {
    run(options.path(), System.out);
  }

  static void run(String name, PrintStream out) throws IOException {
    Configuration hadoop = Sessions.hadoop();
    Path path = new Path(name);
    FileSystem files = path.getFileSystem(hadoop);
    if (!files.exists(path)) {
      throw new FileNotFoundException(
          files.makeQualified(path) + " does not exist; show takes a run's output or a model file");
    }
    if (files.getFileStatus(path).isFile()) {
      model(files, path, out);
      return;
    }
    Directory directory = Directory.of(name, hadoop);
    RunStatus status = RunDirectory.status(directory);
    boolean hasModel = directory.has(RunDirectory.MODEL);
    if (status == null && !hasModel) {
      throw new FileNotFoundException(
          directory
              + " holds neither "
              + RunDirectory.STATUS
              + " nor "
              + RunDirectory.MODEL
              + ": it is not the output of a run");
    }
    if (status != null) {
      status(status, out);
    }
    if (hasModel) {
      model(files, directory.resolve(RunDirectory.MODEL), out);
    }
  }

  private static void status(RunStatus status, PrintStream out) {
    out.printf("run            %s%n", status.runId());
    out.printf("state          %s%n", status.state());
    out.printf("config_sha256  %s%n", status.configSha256());
    out.printf(
        "progress       %d epochs, %d steps, %d examples seen%n",
        status.epochs(), status.steps(), status.examplesSeen());
    Metrics metrics = status.metrics();
    metric(out, "train_loss", metrics.trainLoss());
    metric(out, "test_loss", metrics.testLoss());
    metric(out, "test_accuracy", metrics.testAccuracy());
    String weights = status.weightsSha256();
    if (weights != null) {
      out.printf("weights_sha256 %s%n", weights);
    }
    RunError error = status.error();
    if (error != null) {
      out.printf("error          %s%n", error.message());
    }
  }

  private static void metric(PrintStream out, String name, @Nullable Double value) {
    if (value != null) {
      out.printf(Locale.ROOT, "%-14s %.6f%n", name, value);
    }
  }

  private static void model(FileSystem files, Path path, PrintStream out) throws IOException {
    String name = path.toString();
    List<SafeTensors.Entry> entries = SafeTensors.readHeader(files.open(path), name);
    out.printf("model          %s%n", name);
    new TreeMap<>(SafeTensors.readMetadata(files.open(path), name))
        .forEach((key, value) -> out.printf("  %s: %s%n", key, value));
    int width = entries.stream().mapToInt(entry -> entry.name().length()).max().orElse(0);
    long elements = 0;
    long bytes = 0;
    for (SafeTensors.Entry entry : entries) {
      long count = entry.shape().stream().reduce(1L, (a, b) -> a * b);
      elements += count;
      bytes += entry.bytes();
      out.printf(
          Locale.ROOT,
          "  %-" + Math.max(1, width) + "s  %-5s %-20s %,d%n",
          entry.name(),
          entry.dtype(),
          entry.shape(),
          count);
    }
    out.printf(
        Locale.ROOT, "%d tensors, %,d elements, %,d bytes%n", entries.size(), elements, bytes);
  }
}
